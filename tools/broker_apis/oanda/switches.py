"""The simulator's switches: what OANDA leaves open, does by environment, or may change."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

SWITCHES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "account_id": "101-001-1234567-001",
        "token": "simulator-token",  # any other is refused, as one of the other environment
        "balance": "100000",
        "requests_per_s": 120,  # more are answered by 429
        "streams_max": 20,
        "heartbeat_s": 5.0,
        "sinceid_max": 1000,  # transactions in one answer
        "client_id_length_max": 128,
        "client_id_freed": True,  # when its order is over another may have it
        "closed_by_client_id": False,  # whether "@client id" finds an order that is over
        "reissue_names_old": False,  # whether what is left after a partial fill says of which order
        "client_order_ids": True,  # whether fills and cancels repeat the client id
        "weekend": False,  # whether the market is halted from Friday to Sunday, 17:00 New York
    }
)
