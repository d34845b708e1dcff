"""The simulator's switches: what Alpaca leaves open, does by environment, or may change."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

SWITCHES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "key_id": "PKSIMULATOR",
        "secret_key": "simulator-secret",
        "oauth_token": "simulator-token",
        "rate_limit_per_min": 200,  # 1000 on a paid plan
        "cash": "1000000",
        "extra_symbols": [],  # equities beside the listed ones
        "binary": True,  # frames of trade_updates; the paper URL sends binary ones, live text
        "session": "open",  # or "clock": New York hours decide when orders trade
        "day_end": "expired",  # or "canceled": how a day order ends at the close
        "replace_qty": "total",  # or "remaining": what qty in a PATCH means after a partial fill
        "short_qty_negative": True,  # of positions and position_qty; else the side alone tells
        "price_is_average": False,  # `price` of a fill event; the documents call it the average
        "sparse_timestamps": False,  # documents: on some events alone; alpaca-py needs it on all
        "reject_reason": False,  # whether a rejected event says why
        "wash_trade_status": 422,  # 403 is reported too, 0: the check is off
        "random_partials": 0.0,  # share of marketable orders filled in two parts; paper has 0.1
        "unknown_event": "",  # a name that follows every `new` with an event of that name
        "data_connections": 1,
        "data_symbols_max": 30,
    }
)
