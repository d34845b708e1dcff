"""The simulator's switches: how the robot is set up, and how its connector behaves."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

SWITCHES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "secret": "simulator-secret",
        "robot": "FixgateBridge",
        "connector": "Alor",
        "portfolio": "",  # orders for another one are refused; "": all are taken
        "reconnect_s": 0.2,  # so long after a connection is gone the robot connects again
        "beat_s": 5.0,
        "orders_per_s": 0,  # beyond it requests are not taken, with "busy"; 0: no limit
        "busy_s": 0.2,
        "facts_kept": 100_000,  # of the robot's record; older ones cannot be told again
        "lost_after_active": False,  # the terminal loses sight of each order once it works
        "trade_first": False,  # an execution is told before the order is said to work
    }
)
