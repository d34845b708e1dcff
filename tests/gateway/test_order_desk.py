"""Operators look at orders while the sessions go on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.cli.order_output import standing
from gateway.control.views import OrderFilter
from gateway.order_desk import LOOKED_AT_ONCE, OrderDesk
from tests.gateway.bench import ACME
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


def test_an_order_shows_its_stop_whom_it_is_for_and_that_it_was_given_by_voice(
    tmp_path: Path,
) -> None:
    gate = Gate(tmp_path)
    gate.bench.order("S", tag40="3", tag99="99", tag44="", tag1="ACC")
    client = gate.bench.setup.clients[ACME]
    client.on_behalf_of = frozenset({"RED"})
    client.accounts = frozenset({"ACC", "PHONE"})
    gate.bench.order("R", tag115="RED", tag1="ACC")
    gate.bench.setup.brokers["SIM"].verbal_orders = True
    gate.bench.broker("35=8|37=V1|17=E1|150=0|39=0|1=PHONE|55=IBM|54=1|38=500|40=2|44=99|14=0")
    views = {view.cl_ord_id: view for view in asyncio.run(Desk(gate).orders(OrderFilter()))}
    assert views["S"].stop_px == "99"
    assert views["R"].on_behalf_of == "RED"
    assert views[""].verbal
    assert [standing(views[name]) for name in ("S", "R", "")] == [
        *("pending_new", "pending_new (on behalf of RED)", "new (verbal)")
    ]


def test_unknown_orders_are_found_by_themselves(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    gate.bench.order("A", tag1="ACC")
    gate.bench.took(gate.bench.core.messages_lost("SIM", "a reset", gate.bench.now))
    gate.bench.order("B", tag1="ACC")
    doubted = asyncio.run(Desk(gate).orders(OrderFilter(unknown=True)))
    assert [view.cl_ord_id for view in doubted] == ["A"]
