"""An order from the shelf is the order that was put there."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.orders.order import ZERO, Order
from gateway.orders.order_parts import BROKER, Division, Execution, Hold, Slice, Terms
from gateway.orders.shelf import can_be_shelved, shelved, unshelved
from tests.gateway.bench import Bench

pytestmark = pytest.mark.skipif(
    not hasattr(Order, "__slots__"), reason="a compiled class does not tell its facts"
)

MARSHALLED_INT = 5
FLAGS = (
    "accepted",
    "calculated",
    "done_for_day",
    "replaced",
    "stopped",
    "suspended",
    "taken_here",
    "unknown",
)


def an_order() -> Order:
    terms = Terms("4", "6", Decimal("1200.50"), "9.990", "9.95", Decimal("9.990"))
    order = Order(7, "A-20261121-000007", 3, "CLÖRD", "ACC", "IBM", "5", terms, 1_795_792_344)
    order.extra = "21=1\x011=Ü\x01"
    order.list_id, order.asked = "L1", Decimal(9)
    order.on_behalf_of, order.way_back = "RÖD", "128=RÖD\x01"
    order.strategy = "MÖMO"
    order.past = ("FIRST",)
    order.leg, order.leg_price = "sweep_leg", "9.97"
    order.route, order.broker = "all", "SIM"
    order.broker_cl_ord_id, order.broker_order_id = "A2611210000009", "B/1"
    order.sent_as, order.time_sent_as, order.expires_ns = "2", "1", 1_795_900_000
    order.slice = Slice(3, Decimal(100), Decimal("1.5"), 1)
    order.slice.cum_qty = Decimal(40)
    order.division = Division(3, (8, 9))
    order.ended, order.text = "4", 'as asked "for"'
    order.report_count, order.segment = 300, 70_000
    order.history = None
    order.date = 20261121
    order.adjusted = 20261122
    order.before_qty, order.before_notional = Decimal(100), Decimal("998.00")
    order.names = [("C0", "A2611210000008"), ("CLÖRD", "A2611210000009")]
    order.executions = {
        "E1": Execution(2, Decimal(100), Decimal("9.98"), 20261120),
        "E2": Execution(3, ZERO, Decimal("1E+2"), 20261121),
    }
    order.cum_qty, order.notional = Decimal(100), Decimal("998.00")
    return order


def facts(order: Order) -> dict[str, object]:
    """Every fact of an order, comparable."""
    found = {name: getattr(order, name) for name in Order.__slots__}
    found["terms"] = [getattr(order.terms, name) for name in Terms.__slots__ if name != "text"]
    if order.slice is not None:
        found["slice"] = [getattr(order.slice, name) for name in Slice.__slots__]
    if order.division is not None:
        found["division"] = (order.division.whole_no, order.division.parts)
    ledger = order.executions
    if ledger is not None:
        rows = [
            (i, e.report_no, e.last_qty, e.counts, e.last_px, e.date) for i, e in ledger.items()
        ]
        found["executions"] = rows
    return found


def test_every_fact_of_an_order_survives() -> None:
    order = an_order()
    blank = facts(Order(0, "", 0, "", "", "", "", Terms("", "", ZERO, "", "", ZERO), 0))
    same = {name for name, value in facts(order).items() if value == blank[name]}
    left = {"held", "open_requests", "reserved"}
    assert same == {*FLAGS, *left}, "a new fact needs a value above"
    assert facts(unshelved(7, shelved(order))) == facts(order)


def test_every_flag_survives_alone() -> None:
    for flag in FLAGS:
        order = an_order()
        setattr(order, flag, True)
        assert facts(unshelved(7, shelved(order))) == facts(order)


def test_an_order_without_executions_and_names_stays_so() -> None:
    order = an_order()
    order.executions, order.names = None, None
    order.cum_qty, order.notional = ZERO, ZERO
    assert facts(unshelved(7, shelved(order))) == facts(order)


def test_an_order_of_one_business_date_stays_so() -> None:
    order = an_order()
    order.before_qty, order.before_notional, order.adjusted = None, ZERO, 0
    assert order.executions is not None
    order.executions["E1"].date = order.date
    assert facts(unshelved(7, shelved(order))) == facts(order)
    short = len(shelved(order))
    order.date = order.executions["E1"].date = order.executions["E2"].date = 0
    assert facts(unshelved(7, shelved(order))) == facts(order)
    assert short - len(shelved(order)) == MARSHALLED_INT


def test_what_is_not_over_is_not_shelved() -> None:
    order = an_order()
    assert can_be_shelved(order)
    order.held = Hold(BROKER, "", 1_795_792_344)
    assert not can_be_shelved(order)
    order.held, order.history = None, []
    assert not can_be_shelved(order)


def test_an_execution_is_booked_though_its_order_id_leads_to_another_order() -> None:
    bench = Bench()
    first, second = (
        bench.client(f"35=D|11={name}|1=ACC|55=IBM|54=1|38=100|40=2|44=100|60=20261121-12:00:00")
        for name in "AB"
    )
    report = "35=8|37={}|17=E{}|150={}|39={}|55=IBM|54=1|14=0|151=0|11={}"
    for number, status in enumerate("04"):
        bench.broker(report.format("OWN", number, status, status, second[0]["11"]))
        bench.broker(report.format("THEIRS", number + 5, status, status, first[0]["11"]))
    trade = report.format("THEIRS", 9, "F", 4, second[0]["11"]) + "|32=10|31=100"
    [told] = bench.broker(trade)
    assert (told["150"], told["14"]) == ("F", "10")
