"""A broker to test against: a FIX acceptor (4.2, 4.4, 5.0SP2) with a book and a taste for trouble.

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
