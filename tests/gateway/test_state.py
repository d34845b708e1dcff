"""The state is a fold: whatever happens, the same events make the same state, and it adds up."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.corporate_actions import CorporateAction, CorporateActions
from gateway.decision import Decision
from gateway.events import LinkStateChanged, encode
from gateway.orders.order import Order
from gateway.orders.sheet import ENLARGE_FILLED, ICEBERG, Sheet, full_sheet
from gateway.risk.levels import LEVELS
from gateway.snapshot import history_needed, snapshot
from gateway.state import State
from tests.gateway.bench import ACME, SECOND, Bench, limits_off

QUANTITIES = st.integers(1, 300)
PRICES = st.sampled_from(["99", "100", "100.5"])
EXEC_TYPES = st.sampled_from(
    ["0", "3", "4", "5", "6", "7", "8", "9", "A", "B", "C", "D", "E", "F", "G", "H", "I", "L"]
)


FIRST_DATE = 20261101
ACTIONS = [
    CorporateAction(FIRST_DATE + 2, "IBM", "split", new=Decimal(2)),
    CorporateAction(FIRST_DATE + 3, "IBM", "dividend", amount=Decimal("0.50")),
    CorporateAction(FIRST_DATE + 5, "IBM", "split", new=Decimal(1), old=Decimal(3)),
]


class Run:
    """A client and a broker that say anything at all, in any order."""

    def __init__(self, *, slices: bool) -> None:
        self.bench = Bench(limits_off(max_open_notional=100_000, price_collar_pct=50))
        self.slices = slices
        if slices:
            self.bench.core.setup.clients[ACME].emulates = frozenset({ICEBERG})
            all_ = full_sheet("FIX.4.4")
            self.bench.core.setup.brokers["SIM"].sheet = Sheet(
                all_.order_types, all_.times_in_force, all_.messages, frozenset({ENLARGE_FILLED})
            )
        self.bench.setup.reference.actions = CorporateActions(ACTIONS)
        self.ids = 0
        self.broker_ids: list[str] = []

    def new_id(self) -> str:
        self.ids += 1
        return f"ID{self.ids}"

    def any_client_id(self, data: st.DataObject) -> str:
        return f"ID{data.draw(st.integers(1, max(self.ids, 1)))}"

    def keep(self, sent: list[dict[str, str]]) -> None:
        self.broker_ids += [m["11"] for m in sent if m["35"] in "DFG"]
        for message in sent:
            if message["35"] == "8" and message["150"] not in "8I":
                self.adds_up(message)
            if message["35"] == "D":
                self.not_too_much(message)

    def not_too_much(self, sent: dict[str, str]) -> None:
        """No slice is more than what is left of its order."""
        order = self.bench.core.state.book.find_at_broker("SIM", sent["11"])
        assert order is not None
        if order.slice is not None and order.broker_cl_ord_id == sent["11"]:
            assert Decimal(sent["38"]) == order.slice.order_qty > 0
            if order.leaves_qty:
                assert order.slice.leaves_qty + order.slice.others <= order.leaves_qty

    def adds_up(self, report: dict[str, str]) -> None:
        """OrderQty = CumQty + LeavesQty while the order works; LeavesQty is 0 when it ended."""
        quantity, cum, leaves = (Decimal(report[tag]) for tag in ("38", "14", "151"))
        order = self.bench.core.state.book.find_order_id(report["37"])
        assert order is not None
        if report["39"] in "48C":
            assert leaves == 0, report
        elif cum <= quantity and not (order.done_for_day or order.calculated):
            assert quantity == cum + leaves, report

    def client(self, data: st.DataObject) -> None:
        kind = data.draw(st.sampled_from("DDDFGH"))
        body = f"35={kind}|11={self.new_id()}|55=IBM|54=1|60=20261121-12:00:00"
        if kind in "FG":
            body += f"|41={self.any_client_id(data)}"
        body += f"|38={data.draw(QUANTITIES)}"
        if kind in "DG":
            body += f"|40=2|44={data.draw(PRICES)}|59={data.draw(st.sampled_from('01'))}"
            if self.slices:
                body += f"|111={data.draw(st.sampled_from([20, 100, 300]))}"
        self.keep(self.bench.client(body, ACME))

    def broker(self, data: st.DataObject) -> None:
        if not self.broker_ids:
            return
        named = data.draw(st.sampled_from(self.broker_ids))
        if data.draw(st.integers(0, 9)) == 0:
            self.keep(self.bench.broker(f"35=9|11={named}|37=B|39=0|434=1|102=0"))
            return
        exec_type = data.draw(EXEC_TYPES)
        execs = st.integers(1, 12)
        ids = f"17=E{data.draw(execs)}|19=E{data.draw(execs)}"
        body = f"35=8|11={named}|37=B|150={exec_type}|39=0|{ids}"
        if exec_type in "FG":
            body += f"|32={data.draw(QUANTITIES)}|31={data.draw(PRICES)}"
        if exec_type == "I":
            status = data.draw(st.sampled_from("012345678ACE"))
            body += f"|14={data.draw(st.sampled_from([0, 0, 100]))}|38={data.draw(QUANTITIES)}"
            body = body.replace("|39=0|", f"|39={status}|")
        if exec_type in "5D":
            body += f"|38={data.draw(QUANTITIES)}"
        self.keep(self.bench.broker(body))

    def broker_moves(self, data: st.DataObject) -> None:
        core, now = self.bench.core, self.bench.now
        moves = ["up", "down", "reset", "tick", "roll", "more", "halt", "resume", "sweep"]
        move = data.draw(st.sampled_from(moves))
        decision: Decision | None = None
        if move == "up":
            decision = core.broker_up("SIM", now)
        elif move == "down":
            core.setup.brokers["SIM"].up = False
        elif move == "roll":
            date = max(core.state.day.date, FIRST_DATE) + 1
            decision = core.begin_day(date, "", "", now)
        elif move == "halt":
            level, cancels = data.draw(st.sampled_from(LEVELS[1:])), data.draw(st.booleans())
            decision = core.halt("symbol:IBM", cancels, "op", "why", now, level)
        elif move == "sweep":
            decision = core.cancel_some(frozenset(), now)
        elif move == "resume":
            decision = core.resume("symbol:IBM", "op", "why", now)
        elif move == "more":
            decision = core.roll_some(2, frozenset(), now)
        elif move == "reset":
            decision = core.messages_lost("SIM", "numbers were reset", now)
        else:
            decision = core.tick(now)
        if decision is not None:
            self.keep(self.bench.took(decision))


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_happens_a_restart_finds_the_same_state(data: st.DataObject) -> None:
    run = Run(slices=data.draw(st.booleans()))
    for _ in range(data.draw(st.integers(1, 40))):
        run.bench.now += data.draw(st.integers(0, 3)) * SECOND
        data.draw(
            st.sampled_from([run.client, run.client, run.broker, run.broker, run.broker_moves])
        )(data)
    live = run.bench.core.state
    assert facts(run.bench.refolded()) == facts(live)
    assert_exposure_is_what_open_orders_have_at_risk(live)
    assert_a_snapshot_makes_the_open_orders_again(run.bench)


def facts(state: State) -> tuple[object, ...]:
    """All of a state that trading depends on, comparable."""
    orders = {order.order_no: order_facts(order) for order in state.book}
    exposures = {
        account: (e.open_orders, e.open_notional)
        for account, e in state.exposures.accounts.items()
        if e.open_orders or e.open_notional
    }
    prices = {symbol: (p.price, p.time_ns) for symbol, p in state.last_prices.items()}
    counters = (
        state.order_no,
        state.request_no,
        [(s, e) for s, e in state.levels.snapshot()],
        sorted(state.queued),
        sorted(state.held),
        state.day.rolls,
    )
    return orders, exposures, prices, counters, sorted(state.book.open), state.parked.items()


SLICE = ("number", "first", "order_qty", "cum_qty", "others")


def order_facts(order: Order) -> object:
    ledger = {
        i: (e.last_qty, e.last_px, e.date, e.told_date, e.counts)
        for i, e in (order.executions or {}).items()
    }
    requests = [
        (r.cl_ord_id, r.broker_cl_ord_id, r.acknowledged, r.slice_qty) for r in order.open_requests
    ]
    return (
        order.order_id,
        order.cl_ord_id,
        order.broker_cl_ord_id,
        order.ord_status,
        order.cum_qty,
        order.leaves_qty,
        order.avg_px,
        order.report_count,
        order.date,
        order.before_qty,
        order.before_notional,
        order.adjusted,
        [order.terms.price, order.terms.stop_px, order.terms.order_qty, order.terms.risk_price],
        order.unknown,
        order.accepted,
        None if order.slice is None else [getattr(order.slice, name) for name in SLICE],
        None if order.held is None else (order.held.reason, order.held.detail, order.held.since_ns),
        order.taken_here,
        ledger,
        requests,
    )


def assert_exposure_is_what_open_orders_have_at_risk(state: State) -> None:
    expected = sum((o.exposure() for o in state.book.open.values()), Decimal(0))
    held = sum((e.open_notional for e in state.exposures.accounts.values()), Decimal(0))
    assert held == expected
    assert sum(e.open_orders for e in state.exposures.accounts.values()) == len(state.book.open)
    assert sum(state.book.open_count(link) for link in state.links) == len(state.book.open)


def assert_a_snapshot_makes_the_open_orders_again(bench: Bench) -> None:
    state = bench.core.state
    again = State(bench.limits, bench.refused_max)
    for time_ns, payload in snapshot(state, bench.now):
        again.fold(payload, time_ns)
    # One that was closed and opened again has no history left: it pins its journal segment.
    whole = {n: o for n, o in state.book.open.items() if o.history is not None}
    assert {n: order_facts(o) for n, o in again.book.open.items()} == {
        n: order_facts(o) for n, o in whole.items()
    }
    assert (again.order_no, again.request_no) == (state.order_no, state.request_no)
    assert facts(again)[2] == facts(state)[2]


def test_an_order_that_was_opened_again_pins_the_segment_at_whose_head_it_was_last_told() -> None:
    """That of its first end, which is kept as long as the order is known; that of its entry may be
    gone by then. At the head of a later one it has no history to tell.
    """
    bench = Bench()
    bench.core.state.segment = 3
    broker_id = bench.order()[0]["11"]
    bench.core.state.segment = 7
    report = f"35=8|11={broker_id}|37=B|17=E1|150=F|39=2|32=100|31=100|14=100|151=0"
    bench.broker(report)
    assert history_needed(bench.core.state, 9) == 9
    bench.core.state.segment = 8
    bench.broker(f"35=8|11={broker_id}|37=B|17=E2|19=E1|150=H|39=0|14=0|151=100")
    bench.broker(report.replace("E1", "E3"))
    bench.core.state.segment = 9
    bench.broker(f"35=8|11={broker_id}|37=B|17=E4|19=E3|150=H|39=0|14=0|151=100")
    assert list(bench.core.state.book.open) == [1]
    assert history_needed(bench.core.state, 9) == 7


def test_closed_orders_are_forgotten_with_all_their_ids_when_their_days_are_over() -> None:
    bench = Bench()
    first = bench.order("A")[0]["11"]
    bench.order("B")
    bench.broker(f"35=8|11={first}|37=BR|17=E1|150=F|39=2|32=100|31=100|14=100|151=0")
    bench.now += 10 * SECOND
    book = bench.core.state.book
    assert book.forget_closed_before(bench.now, 9) == 1
    assert book.numbers() == [2]
    assert not book.is_used(ACME, "A")
    assert book.find_at_broker("SIM", first, "BR") is None
    assert book.is_used(ACME, "B")


def test_a_late_bust_reaches_an_order_that_lies_on_the_shelf() -> None:
    bench = Bench()
    first, second, third = (bench.order(name)[0]["11"] for name in "ABC")
    book = bench.core.state.book
    closed = book.open[1]
    for broker_id in (first, second, third):
        bench.broker(
            f"35=8|11={broker_id}|37=O{broker_id}|17=E{broker_id}|150=F|39=2"
            "|32=100|31=100|14=100|151=0"
        )
    told = bench.broker(f"35=8|11={first}|37=O{first}|17=X|19=E{first}|150=H|39=0|14=0|151=100")
    assert [(m["11"], m["150"], m["14"]) for m in told] == [("A", "H", "0")]
    busted = book.get(1)
    assert busted is not None
    assert busted is not closed, "it was made again from its bytes"
    assert (busted.cum_qty, closed.cum_qty, list(book.open)) == (0, 100, [1])
    assert facts(bench.refolded()) == facts(bench.core.state)


def test_an_order_that_closes_again_and_again_keeps_no_other_from_being_forgotten() -> None:
    bench = Bench()
    first, second = (bench.order(name)[0]["11"] for name in "AB")
    bench.broker(f"35=8|11={first}|37=BR|17=E1|150=F|39=2|32=100|31=100|14=100|151=0")
    bench.broker(f"35=8|11={second}|37=BS|17=E2|150=F|39=2|32=100|31=100|14=100|151=0")
    bench.now += 10 * SECOND
    bench.broker(f"35=8|11={first}|37=BR|17=E3|19=E1|150=G|39=2|32=100|31=101|14=100|151=0")
    book = bench.core.state.book
    assert book.forget_closed_before(bench.now, 9) == 1
    assert book.numbers() == [1]


def test_so_many_orders_are_forgotten_at_once_and_no_more() -> None:
    bench = Bench()
    for name in "ABC":
        broker_id = bench.order(name)[0]["11"]
        bench.broker(f"35=8|11={broker_id}|37=B{name}|17=E{name}|150=8|39=8")
    book = bench.core.state.book
    assert book.forget_closed_before(bench.now + 1, 2) == 2
    assert book.numbers() == [3]
    assert book.forget_closed_before(bench.now + 1, 2) == 1


def test_a_snapshot_keeps_a_session_disabled() -> None:
    bench = Bench()
    disabled = LinkStateChanged(ACME, "DISABLED", "by an operator")
    bench.core.state.apply(disabled, bench.now, encode(disabled))
    again = State(bench.limits, bench.refused_max)
    for time_ns, payload in snapshot(bench.core.state, bench.now):
        again.fold(payload, time_ns)
    assert again.links[ACME].state == "DISABLED"


def test_every_id_of_a_forgotten_chain_is_forgotten() -> None:
    bench = Bench()
    first = bench.order("A")[0]["11"]
    replace = "35=G|11=R|41=A|55=IBM|54=1|38=50|40=2|44=100|60=20261121-12:00:00"
    second = bench.client(replace)[0]["11"]
    bench.broker(f"35=8|11={second}|37=BR|17=E1|150=5|39=0|38=50|14=0|151=50")
    bench.broker(f"35=8|11={second}|37=BR|17=E2|150=4|39=4|14=0|151=0")
    book = bench.core.state.book
    assert book.find_at_broker("SIM", first) is not None
    assert book.forget_closed_before(bench.now + 1, 9) == 1
    assert [book.find_of_client(ACME, cl_ord_id) for cl_ord_id in "AR"] == [None, None]
    assert book.find_at_broker("SIM", first, second, "BR") is None
    assert not len(book)
