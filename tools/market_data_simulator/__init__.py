"""Market data to test against: a FIX acceptor that answers MarketDataRequest(V) with prices.

`python -m tools.market_data_simulator --help` tells how to run it; MarketDataSimulator is the same
as a library, for asyncio.
"""

from __future__ import annotations

from tools.market_data_simulator.simulator import MarketDataSettings, MarketDataSimulator

__all__ = ["MarketDataSettings", "MarketDataSimulator"]
