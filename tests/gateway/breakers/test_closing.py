"""Breakers that close the positions of their scope, by orders of the gateway's own."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.closing import CANCELS_WAIT_NS, PAUSE_NS, TRIES_MAX
from gateway.copies import DropCopy
from gateway.orders.sheet import Sheet
from gateway.risk.levels import HALTED, REDUCE_ONLY
from gateway.risk.limits import LimitTable
from gateway.snapshot import snapshot
from gateway.state import State
from gateway.translate.dialects import DIALECTS
from tests.gateway.bench import ACME, BETA, SECOND, SIM, limits_off, message
from tests.gateway.breakers.trading import Trading, breaker

CLOSING = ("reduce_only", "cancel_open", "close_positions")
ACC = "account:ACC"


def trading(scope: str = "account:*", threshold: str = "100", **options: object) -> Trading:
    return Trading(breaker("position_size", scope, threshold, *CLOSING), **options)


def tripped(**options: object) -> Trading:
    """An account that holds 100 and whose breaker has tripped, and looked once more."""
    bench = trading(**options)
    bench.trade("A")
    bench.look()
    assert bench.tripped() == [ACC]
    return bench


def ours(bench: Trading) -> list[dict[str, str]]:
    """The gateway's own orders so far, oldest first: account, side, quantity, status."""
    book = bench.core.state.book
    return [
        {
            "account": order.account,
            "side": order.side,
            "quantity": f"{order.terms.order_qty:f}",
            "type": order.terms.ord_type + order.terms.time_in_force,
            "status": order.ord_status,
        }
        for order in book
        if order.is_ours
    ]


def answer(bench: Trading, status: str, quantity: int = 0, price: str = "99") -> None:
    """The broker's word on the newest order of ours."""
    [*_, order] = [order for order in bench.core.state.book if order.is_ours]
    bench.execs += 1
    kind = {"0": "0", "8": "8", "2": "F", "1": "F", "4": "4"}[status]
    total = int(order.cum_qty) + quantity
    left = 0 if status in "248" else int(order.terms.order_qty) - total
    text = f"35=8|11={order.broker_cl_ord_id}|37=B{order.order_no}|17=E{bench.execs}|150={kind}"
    text += f"|39={status}|55=IBM|54={order.side}|38={order.terms.order_qty}|14={total}|6={price}"
    bench.broker(f"{text}|151={left}" + (f"|32={quantity}|31={price}" if kind == "F" else ""))


def net(bench: Trading, account: str = "ACC") -> Decimal:
    return bench.core.state.positions.net(account, "IBM")


def level(bench: Trading, scope: str, level_: str) -> None:
    bench.took(bench.core.halt(scope, False, "bob", "no more", bench.now, level_))


def test_a_position_is_closed_by_one_order_at_market_and_that_is_told() -> None:
    bench = tripped()
    assert ours(bench) == [
        {"account": "ACC", "side": "2", "quantity": "100", "type": "10", "status": "A"}
    ]
    for _ in range(5):
        bench.look(after_s=1)
    assert len(ours(bench)) == 1  # it is under way
    answer(bench, "2", 100)
    assert net(bench) == 0
    bench.look(after_s=1)
    bench.look(after_s=1)
    assert bench.told[1:] == [
        "BREAKER: B closes positions of account:ACC: sells 100 IBM for ACC",
        "BREAKER: B: all positions are closed of account:ACC",
    ]


def test_a_short_position_is_bought_back() -> None:
    bench = trading()
    bench.trade("A", tag54="2")
    bench.look()
    answer(bench, "2", 100)
    assert [(one["side"], one["quantity"]) for one in ours(bench)] == [("1", "100")]
    assert net(bench) == 0


def test_the_client_and_drop_copies_are_told_and_the_result_counts() -> None:
    tags = {"8": frozenset({"37", "17", "150", "39", "55", "54", "38", "14", "6", "31", "32"})}
    copy = DropCopy(name="COPY", link=9, dialect=DIALECTS["FIX.4.4"], scopes=["firm"], tags=tags)
    bench = tripped(copies=[copy])
    [order] = [order for order in bench.core.state.book if order.is_ours]
    fill = f"35=8|11={order.broker_cl_ord_id}|37=B9|17=F1|150=F|39=2|55=IBM|54=2|38=100|14=100"
    sent = bench.broker(f"{fill}|6=99|151=0|32=100|31=99")
    assert [(m["link"], m["37"], "11" in m) for m in sent] == [
        (str(ACME), order.order_id, False),
        ("9", order.order_id, False),
    ]
    assert bench.core.state.positions.realised("ACC", "USD") == -100


def test_open_orders_are_canceled_and_over_before_anything_is_sent() -> None:
    bench = trading()
    bench.trade("A")
    bench.enter("OPEN", tag54="2", tag38="30")
    bench.accept("OPEN")
    bench.look()
    open_ = bench.found("OPEN")
    assert open_.pending_cancel is not None
    assert ours(bench) == []
    bench.fill("OPEN", 10)  # in flight
    bench.look(after_s=1)
    assert ours(bench) == []
    request = open_.pending_cancel
    bench.broker(
        f"35=8|11={request.broker_cl_ord_id}|41={open_.broker_cl_ord_id}|37=B2|17=C1|150=4|39=4"
        "|55=IBM|54=2|38=30|14=10|151=0|6=100"
    )
    bench.look(after_s=1)
    assert [one["quantity"] for one in ours(bench)] == ["90"]


def test_a_cancel_without_an_answer_is_waited_for_so_long_and_its_units_are_left_out() -> None:
    bench = trading()
    bench.trade("A")
    bench.enter("OPEN", tag54="2", tag38="30")
    bench.accept("OPEN")
    bench.look()
    bench.look(after_s=CANCELS_WAIT_NS / SECOND - 1)
    assert ours(bench) == []
    bench.look(after_s=2)
    assert [one["quantity"] for one in ours(bench)] == ["70"]
    answer(bench, "2", 70)
    bench.fill("OPEN", 30)
    assert net(bench) == 0


def test_halted_stops_it_and_reduce_only_lets_it_go_on() -> None:
    bench = trading()
    bench.trade("A")
    level(bench, "firm", HALTED)
    bench.look()
    bench.look(after_s=3)
    assert ours(bench) == []
    [told] = [text for text in bench.told if "cannot be closed" in text]
    assert told == (
        "BREAKER: B: positions of account:ACC cannot be closed now, firm is halted: ACC IBM"
    )
    bench.took(bench.core.resume("firm", "bob", "on", bench.now, REDUCE_ONLY))
    bench.look(after_s=1)
    assert len(ours(bench)) == 1


def test_a_broker_that_is_away_is_waited_for() -> None:
    bench = trading()
    bench.trade("A")
    bench.setup.brokers["SIM"].up = False
    bench.look()
    assert ours(bench) == []
    bench.took(bench.core.broker_up("SIM", bench.now))
    bench.look(after_s=1)
    assert len(ours(bench)) == 1


def test_one_that_is_rejected_goes_again_a_few_times_with_pauses() -> None:
    bench = tripped()
    for tries in range(1, TRIES_MAX + 1):
        assert len(ours(bench)) == tries
        answer(bench, "8")
        bench.look(after_s=PAUSE_NS / SECOND / 2)
        assert len(ours(bench)) == tries  # it pauses
        bench.look(after_s=float((PAUSE_NS << tries) / SECOND))
    assert len(ours(bench)) == TRIES_MAX
    assert bench.told[-1] == "BREAKER: B: positions stay open: ACC IBM 100 of account:ACC"
    bench.look(after_s=600)
    assert len(ours(bench)) == TRIES_MAX


def test_what_is_left_of_one_that_ended_is_closed_by_the_next() -> None:
    bench = tripped()
    answer(bench, "1", 40)
    answer(bench, "4")
    bench.look(after_s=PAUSE_NS / SECOND + 1)
    assert [one["quantity"] for one in ours(bench)] == ["100", "60"]


def test_one_whose_state_is_unknown_is_never_sent_again() -> None:
    bench = tripped()
    bench.took(bench.core.messages_lost("SIM", "numbers were moved", bench.now))
    [order] = [order for order in bench.core.state.book if order.is_ours]
    assert order.unknown
    for _ in range(5):
        bench.look(after_s=60)
    assert len(ours(bench)) == 1


@pytest.mark.parametrize("is_snapshot", [False, True])
def test_a_restart_in_the_middle_sends_nothing_twice(is_snapshot: bool) -> None:
    bench = tripped()
    again = bench.refolded()
    if is_snapshot:
        payloads = list(snapshot(again, bench.now))
        again = State(bench.limits, 100, 100)
        for now, payload in payloads:
            again.fold(payload, now)
    restarted = tripped()
    restarted.core = type(bench.core)(bench.setup, again)
    restarted.now, restarted.told = bench.now, []
    for _ in range(5):
        restarted.look(after_s=30)
    assert [one["quantity"] for one in ours(restarted)] == ["100"]
    answer(restarted, "8")
    restarted.look(after_s=30)
    assert len(ours(restarted)) == 2
    [trip] = restarted.core.state.breakers.trips.values()
    [(_, newest)] = trip.closings.by_place.values()
    assert newest.tries == 2


def test_what_is_over_stays_over_after_a_restart() -> None:
    bench = tripped()
    answer(bench, "2", 100)
    bench.look(after_s=1)
    again = bench.refolded()
    assert again.breakers.closing == []
    told = State(bench.limits, 100, 100)
    for now, payload in snapshot(again, bench.now):
        told.fold(payload, now)
    assert told.breakers.closing == []
    assert told.breakers.trips.keys() == again.breakers.trips.keys()


def test_positions_of_strategies_are_closed_each_by_itself() -> None:
    bench = Trading(breaker("order_rate", "firm", "0.2", *CLOSING))
    bench.trade("A", tag5001="MM")
    bench.trade("B", tag5001="ARB", tag38="40", tag54="2")
    bench.look()
    orders = [order for order in bench.core.state.book if order.is_ours]
    assert {(o.strategy, o.side, int(o.terms.order_qty)) for o in orders} == {
        ("MM", "2", 100),
        ("ARB", "1", 40),
    }


def test_only_the_scope_of_the_trip_is_closed() -> None:
    bench = Trading(breaker("order_rate", "client:ACME", "0.2", *CLOSING))
    for client in bench.setup.clients.values():
        client.accounts = frozenset({"ACC" if client.link == ACME else "OTHER"})
    bench.trade("A")
    bench.enter("B", BETA, tag1="OTHER")
    order = bench.found("B", BETA)
    bench.broker(
        f"35=8|11={order.broker_cl_ord_id}|37=B7|17=E77|150=F|39=2|55=IBM|54=1|38=100|14=100"
        "|32=100|31=100|151=0|6=100"
    )
    bench.enter("C")
    bench.look()
    bench.look(after_s=CANCELS_WAIT_NS / SECOND)
    assert [one["account"] for one in ours(bench)] == ["ACC"]
    assert net(bench, "OTHER") == 100


def test_a_broker_without_market_orders_gets_a_limit_through_the_market() -> None:
    bench = trading()
    full = bench.setup.brokers["SIM"].sheet
    bench.setup.brokers["SIM"].sheet = Sheet(
        frozenset({"limit"}), frozenset({"day"}), full.messages, full.features
    )
    bench.trade("A")
    bench.look()
    [order] = [order for order in bench.core.state.book if order.is_ours]
    assert (order.terms.ord_type, order.terms.price) == ("2", "95")


def test_a_mass_cancel_of_the_client_leaves_it_alone_and_an_operator_cancels_it() -> None:
    bench = tripped()
    answer(bench, "0")
    sent = bench.client("35=q|11=M|530=7|60=20261121-12:00:00")
    assert [m["35"] for m in sent if m["link"] == str(SIM)] == []
    [order] = [order for order in bench.core.state.book if order.is_ours]
    sent = bench.took(bench.core.cancel_order(order, "bob", "by hand", bench.now))
    assert [m["35"] for m in sent if m["link"] == str(SIM)] == ["F"]


def test_without_the_word_in_the_configuration_it_goes_no_further() -> None:
    bench = tripped()
    answer(bench, "8")
    table = LimitTable(bench.scopes)
    bench.core.state.use_limits(table)
    bench.core.setup.limits = table
    bench.look(after_s=60)
    assert len(ours(bench)) == 1


def test_it_takes_nothing_of_its_client_s_rate_nor_counts_as_refused() -> None:
    rate = limits_off(order_rate_per_s=1)
    bench = Trading(breaker("position_size", "account:*", "100", *CLOSING), limits=(rate,))
    bench.trade("A")
    bench.look(after_s=2)
    assert len(ours(bench)) == 1
    [order] = [order for order in bench.core.state.book if order.is_ours]
    told = f"35=8|11={order.broker_cl_ord_id}|37=B9|17=R1|150=8|39=8|55=IBM|54=2|38=100|14=0"
    body = told.partition("|")[2] + "|151=0|6=0"
    decision = bench.core.message(SIM, message("8", body), "", bench.now)
    assert [link for link, _ in decision.refusals] == [SIM]
    assert bench.enter("B", tag54="2", tag38="10") == ""


def test_a_reset_ends_it() -> None:
    bench = tripped()
    answer(bench, "8")
    bench.reset(ACC)
    assert bench.core.state.breakers.closing == []


STEPS = st.sampled_from(["look", "fill", "part", "reject", "cancel", "restart", "client"])


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_a_position_never_passes_through_zero(steps: list[str]) -> None:
    bench = trading()
    bench.trade("A")
    bench.enter("OPEN", tag54="2", tag38="30")
    bench.accept("OPEN")
    bench.look()
    for number, step in enumerate(steps):
        open_ours = [o for o in bench.core.state.book.open.values() if o.is_ours]
        if step == "look":
            bench.look(after_s=20)
        elif step == "restart":
            bench.core = type(bench.core)(bench.setup, bench.refolded())
        elif step == "client":
            bench.enter(f"C{number}", tag54="2", tag38="25")
        elif not open_ours:
            _fill_others(bench)
        elif step == "fill":
            answer(bench, "2", int(open_ours[-1].leaves_qty))
        elif step == "part" and open_ours[-1].leaves_qty > 1:
            answer(bench, "1", 1)
        elif step in ("reject", "cancel"):
            answer(bench, "8" if step == "reject" and not open_ours[-1].cum_qty else "4")
        assert net(bench) >= 0
    for order in list(bench.core.state.book.open.values()):
        if order.cl_ord_id and order.leaves_qty:
            bench.fill(order.cl_ord_id, int(order.terms.order_qty))
    assert net(bench) >= 0


def _fill_others(bench: Trading) -> None:
    """All that the client has open is executed at once."""
    for order in list(bench.core.state.book.open.values()):
        if order.cl_ord_id and not order.cum_qty:
            bench.fill(order.cl_ord_id, int(order.terms.order_qty))
