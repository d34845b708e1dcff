"""Orphans as operators see them."""

from __future__ import annotations

from pathlib import Path

from gateway.orphan_desk import OrphanDesk
from tests.gateway.links import Gate


class Desk(OrphanDesk):
    """That of a gate."""

    def __init__(self, gate: Gate) -> None:
        self._engine = gate.engine


def test_an_orphan_says_what_did_not_fit_and_whose_it_is(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    broker_id = gate.bench.order("X")[0]["11"]
    trade = "150=F|39=1|55=IBM|32=5|31=9|14=5|151=0"
    gate.bench.broker(f"35=8|11=NOBODY|37=B9|17=E1|1=ACC7|54=1|{trade}")
    gate.bench.broker(f"35=8|11={broker_id}|37=B1|17=E2|54=2|{trade}")
    wrong_side, unknown = Desk(gate).orphans()
    assert (unknown.account, wrong_side.account) == ("ACC7", "")
    assert unknown.why == (
        "trade: no order here has ClOrdID(11)=NOBODY or OrderID(37)=B9 at this broker"
    )
    order_id = gate.bench.found().order_id
    assert wrong_side.why == (
        f"trade with ExecID(17)=E2: Side(54)=2, that of order {order_id} is 1"
    )
