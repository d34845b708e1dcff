"""Operators look at orders while the sessions go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.control.views import OrderFilter
from gateway.order_desk import LOOKED_AT_ONCE, OrderDesk
from tests.gateway.links import Gate


class Desk(OrderDesk):
    """That of a gate."""

    def __init__(self, gate: Gate) -> None:
        self._engine = gate.engine


def test_sessions_have_their_turn_while_a_long_list_is_made(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    broker_ids = [gate.bench.order(f"C{number}")[0]["11"] for number in range(LOOKED_AT_ONCE + 2)]
    listing = Desk(gate).orders(OrderFilter(open_only=True, limit=1000))
    listing.send(None)  # so many are looked at, the newest first
    gate.bench.broker(f"35=8|11={broker_ids[0]}|37=B|17=E|150=8|39=8")
    with pytest.raises(StopIteration) as ended:
        listing.send(None)
    names = [order.cl_ord_id for order in ended.value.value]
    assert names == [f"C{number}" for number in range(LOOKED_AT_ONCE + 1, 0, -1)]
