"""Alpaca: Trading API v2, trade_updates, quotes.

Complex orders (bracket, oco, oto, mleg), watch lists, portfolio history and historical data are not
here: complex orders are refused. A trailing stop rests until /_sim/act fills it.
"""

from __future__ import annotations

from tools.broker_apis.alpaca.api import Alpaca

__all__ = ["Alpaca"]
