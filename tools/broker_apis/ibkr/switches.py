"""The simulator's switches: what IB leaves open, does by its settings, or may change."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

SWITCHES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "account": "DU1234567",
        "balance": "1000000",
        "read_only": False,  # TWS's "Read-Only API"
        "download_open_orders": True,  # a client is told of its open orders at once
        "messages_per_s": 50,  # more are refused by 100
        "pacing_names_order": True,  # whether 100 says which order it is about
        "violations_max": 3,  # so many cost the connection
        "perm_id_late": True,  # whether the first message of an order has no permId
        "duplicates": True,  # whether each orderStatus comes twice
        "status_of_fills": "after",  # orderStatus "before" or "after" execDetails, or "never"
        "inactive": "Inactive",  # status of what is rejected
        "market_data_type": 1,  # 3: delayed
        "completed_has_fills": True,  # whether completedOrder has its filledQuantity
        "trade_log_days": 1,  # reqExecutions tells those of so many days, today's is one
    }
)
