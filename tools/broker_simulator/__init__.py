"""A broker to test against: a FIX 4.2 or 4.4 acceptor with an order book and a taste for trouble.

`python -m tools.broker_simulator --help` tells how to run it; BrokerSimulator is the same as a
library, for asyncio.
"""

from __future__ import annotations

from tools.broker_simulator.scenarios import SCENARIOS, Scenario
from tools.broker_simulator.settings import BrokerSettings
from tools.broker_simulator.simulator import BrokerSimulator, BrokerStats
from tools.broker_simulator.truth import ExecutionMade, RequestSeen, TruthLog

__all__ = [
    "SCENARIOS",
    "BrokerSettings",
    "BrokerSimulator",
    "BrokerStats",
    "ExecutionMade",
    "RequestSeen",
    "Scenario",
    "TruthLog",
]
