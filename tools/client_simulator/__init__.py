"""A client to test with: a FIX initiator (4.2, 4.4, 5.0SP2) that checks every number it is told.

`python -m tools.client_simulator --help` tells how to run it; ClientSimulator is the same as a
library, for asyncio.
"""

from __future__ import annotations

from tools.client_simulator.orders import ClientBook, ClientOrder
from tools.client_simulator.settings import ABORT, HALF, ClientSettings
from tools.client_simulator.simulator import ClientSimulator
from tools.client_simulator.stats import ClientStats, latency_us, percentile
from tools.client_simulator.stories import STORIES, Story, parse_mix

__all__ = [
    "ABORT",
    "HALF",
    "STORIES",
    "ClientBook",
    "ClientOrder",
    "ClientSettings",
    "ClientSimulator",
    "ClientStats",
    "Story",
    "latency_us",
    "parse_mix",
    "percentile",
]
