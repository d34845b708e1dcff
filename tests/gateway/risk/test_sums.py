"""What scopes have at risk is the fold of the orders that are open, whatever happened before; a
restart, one that begins at a snapshot, and a reload of the limits make the same.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.orders.order_types import BUYS
from gateway.risk.exposure import Sums
from gateway.risk.limits import SUMMED, LimitTable
from gateway.risk.scope_limits import ScopeLimits
from gateway.risk.scopes import KINDS
from gateway.risk.stakes import claimed_price, open_quantity
from gateway.snapshot import snapshot
from gateway.state import State
from tests.gateway.bench import BETA, SECOND, Bench, instrument, limits_off
from tests.gateway.test_state import FIRST_DATE, PRICES, QUANTITIES, Run

SOMETHING = Decimal(10**12)
LIMITED = {"max_open_orders": SOMETHING, "max_gross_notional": SOMETHING, "max_long": SOMETHING}
SCOPES = ["firm", *[f"{kind}:*" for kind in KINDS[1:]]]
EVERYTHING = [ScopeLimits(scope, None, LIMITED) for scope in SCOPES]
SOME = [ScopeLimits(scope, None, LIMITED) for scope in ("firm", "strategy:MOMO", "symbol:IBM")]


class Scoped(Run):
    """Orders of several accounts, symbols, strategies and sides, under limits of every scope."""

    def __init__(self, limits: list[ScopeLimits]) -> None:
        super().__init__(slices=False)
        instruments = [instrument(sector="TECH"), instrument("OIL", multiplier=Decimal(10))]
        reference = self.bench.setup.reference
        self.bench = Bench(limits_off(), *limits, instruments=instruments, shared={"BETA": "ACME"})
        self.bench.setup.reference.actions = reference.actions
        for client in self.bench.setup.clients.values():
            client.strategy_tag = "5001"

    def enter(self, data: st.DataObject) -> None:
        symbol, strategy = data.draw(st.sampled_from(["IBM", "OIL"])), data.draw(STRATEGIES)
        body = f"35=D|11={self.new_id()}|55={symbol}|54={data.draw(SIDES)}|60=20261121-12:00:00"
        body += f"|1={data.draw(st.sampled_from(['ONE', 'TWO']))}|38={data.draw(QUANTITIES)}|40=2"
        body += f"|44={data.draw(PRICES)}|59={data.draw(st.sampled_from('01'))}"
        link = data.draw(st.sampled_from([1, BETA]))
        self.keep(self.bench.client(body + (f"|5001={strategy}" if strategy else ""), link))

    def limits(self, data: st.DataObject) -> None:
        """An operator sets a limit, for good or for a time, or has one as configured again."""
        key = data.draw(CHANGED_SCOPES), data.draw(CHANGED_LIMITS)
        core, now = self.bench.core, self.bench.now
        if data.draw(st.booleans()):
            value = data.draw(st.sampled_from(["off", "1", "3", "5000", "100000"]))
            until = data.draw(st.sampled_from([0, now + SECOND, now + 5 * SECOND]))
            self.keep(self.bench.took(core.set_limit(key, value, "", until, "ann", "why", now)))
        else:
            self.keep(self.bench.took(core.withdraw_limit(key, "ann", "why", now)))


CHANGED_SCOPES = st.sampled_from(
    ["firm", "client:ACME", "client:*", "account:ONE", "session:*", "symbol:OIL", "strategy:MOMO"]
)
CHANGED_LIMITS = st.sampled_from(
    ["max_open_orders", "max_open_notional", "max_long", "refuse_self_match", "max_quantity"]
)
STRATEGIES = st.sampled_from(["", "MOMO", "PAIRS"])
SIDES = st.sampled_from("125")


def folded(state: State, table: LimitTable) -> dict[tuple[int, str], dict[str, Any]]:
    """The sums of what is open, from scratch."""
    found: dict[tuple[int, str], dict[str, Any]] = defaultdict(
        lambda: {"open_orders": 0, "open_buys": Decimal(0), "open_sells": Decimal(0), "unknown": 0}
    )
    for order in state.book.open.values():
        subjects = table.subjects(
            state.client_name(order.link), order.account, order.symbol, order.broker, order.strategy
        )
        for kind, name in enumerate(subjects):
            names = table.named_in(kind, SUMMED)
            if kind == KINDS.index("account") or name in names or ("*" in names and name):
                sums = found[kind, name]
                sums["open_orders"] += 1
                sums["open_buys" if order.side in BUYS else "open_sells"] += order.exposure()
                sums["unknown"] += order.unknown
    return dict(found)


def summed(state: State) -> dict[tuple[int, str], dict[str, Any]]:
    """The sums as they are kept."""
    return {(kind, name): open_of(sums) for kind, name, sums in state.exposures if sums.open_orders}


def open_of(sums: Sums) -> dict[str, Any]:
    names = ("open_orders", "open_buys", "open_sells", "unknown")
    return {name: getattr(sums, name) for name in names}


def assert_stakes_are_what_open_orders_may_make(state: State) -> None:
    """Units and prices by account and symbol, from scratch."""
    units: dict[tuple[str, str, bool], Decimal] = defaultdict(Decimal)
    prices: dict[tuple[str, str, bool], list[tuple[Decimal, int]]] = defaultdict(list)
    for order in state.book.open.values():
        key = (order.account, order.symbol, order.side in BUYS)
        units[key] += open_quantity(order, order.exposure())
        price = claimed_price(order)
        prices[key] += [(price, order.order_no)] if price is not None else []
    places = {(account, symbol) for account, symbol, _ in units}
    stakes = state.exposures.stakes
    for account, symbol in places:
        stake = stakes.of(account, symbol)
        assert stake.buys == units[account, symbol, True]
        assert stake.sells == units[account, symbol, False]
        assert stake.bids == sorted(prices[account, symbol, True])
        assert stake.offers == sorted(prices[account, symbol, False])
    assert len(stakes) <= len(places)


def done(state: State) -> dict[str, tuple[Decimal, Decimal]]:
    """What each account bought and sold on the newest date, as it is kept."""
    accounts = state.exposures.accounts.items()
    return {name: (s.bought, s.sold) for name, s in accounts if s.bought or s.sold}


def executed(state: State) -> dict[str, tuple[Decimal, Decimal]]:
    """The same, from all executions in force."""
    found: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for order in state.book:
        for execution in (order.executions or {}).values():
            if execution.date == state.exposures.date:
                money = execution.last_qty * execution.last_px
                money *= 10 if order.symbol == "OIL" else 1
                found[order.account][0 if order.side in BUYS else 1] += money
    return {name: (bought, sold) for name, (bought, sold) in found.items() if bought or sold}


def from_snapshot(bench: Bench) -> State:
    state = State(bench.limits, bench.refused_max)
    for now, payload in snapshot(bench.core.state, bench.now):
        state.fold(payload, now)
    return state


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_sums_are_the_fold_of_open_orders_whatever_happens(data: st.DataObject) -> None:
    run = Scoped(EVERYTHING)
    bench = run.bench
    bench.roll_day(FIRST_DATE)
    for _ in range(data.draw(st.integers(1, 40))):
        bench.now += data.draw(st.integers(0, 3)) * SECOND
        moves = [run.enter, run.enter, run.client, run.broker, run.broker, run.broker_moves]
        data.draw(st.sampled_from(moves))(data)
    live = bench.core.state
    wanted = folded(live, bench.limits)
    assert summed(live) == wanted
    assert summed(bench.refolded()) == wanted
    if all(order.history is not None for order in live.book.open.values()):
        assert summed(from_snapshot(bench)) == wanted  # else an older segment is read as well
    assert_stakes_are_what_open_orders_may_make(live)
    assert done(live) == done(bench.refolded()) == executed(live)
    other = LimitTable([limits_off(), *SOME], clients={"BETA": "ACME"})
    live.use_limits(other)
    assert summed(live) == folded(live, other)
    assert done(live) == executed(live)
    for order in list(live.book.open.values()):
        bench.broker(f"35=8|11={order.broker_cl_ord_id}|37=B|17=Z|150=4|39=4|14=0|151=0")
    assert summed(live) == folded(live, other)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_sums_are_that_fold_also_while_limits_change(data: st.DataObject) -> None:
    run = Scoped(SOME)
    bench = run.bench
    bench.roll_day(FIRST_DATE)
    for _ in range(data.draw(st.integers(1, 40))):
        bench.now += data.draw(st.integers(0, 3)) * SECOND
        moves = [run.enter, run.enter, run.client, run.broker, run.broker_moves, run.limits]
        data.draw(st.sampled_from(moves))(data)
    live = bench.core.state
    wanted = folded(live, bench.limits)
    assert summed(live) == wanted
    assert_stakes_are_what_open_orders_may_make(live)
    assert done(live) == executed(live)
    again = bench.refolded()
    assert summed(again) == wanted
    assert done(again) == done(live)
    assert again.limit_changes.in_force == live.limit_changes.in_force
    if all(order.history is not None for order in live.book.open.values()):
        state = from_snapshot(bench)
        assert summed(state) == wanted
        assert state.limit_changes.in_force == live.limit_changes.in_force
    for order in list(live.book.open.values()):
        bench.broker(f"35=8|11={order.broker_cl_ord_id}|37=B|17=Z|150=4|39=4|14=0|151=0")
    assert summed(live) == folded(live, bench.limits)
