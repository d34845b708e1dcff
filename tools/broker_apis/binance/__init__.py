"""Binance Spot: REST, the WebSocket API with its user data stream, the market stream's bookTicker.

Order lists (OCO and the like), pegged orders, trailing deltas, SOR and historical market data are
not here; order lists are refused as unknown endpoints.
"""

from __future__ import annotations

from tools.broker_apis.binance.api import Binance

__all__ = ["Binance"]
