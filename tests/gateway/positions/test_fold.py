"""Whatever happens in whatever order, positions are what a fold from scratch of all that is still
true makes; a restart, and one that begins at a later segment, make the same, however late its
snapshot was told.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.corporate_actions import CorporateAction, CorporateActions
from gateway.events import PositionAdjusted, encode
from gateway.orders.order import Order
from gateway.orders.order_types import BUYS
from gateway.positions import entries
from gateway.positions.actions import Action, act
from gateway.positions.entries import plain
from gateway.positions.holding import Holding
from gateway.reference import ReferencePrice
from gateway.snapshot import snapshot
from gateway.state import State
from tests.gateway.bench import NOON, SECOND, Bench, instrument
from tests.gateway.positions.folded import all_numbers, cash, cash_by_lots, exact

SYMBOLS = ("IBM", "NEWX", "FUT")
KEYS = tuple((a, s, g) for a in ("ACC", "OTHER") for s in SYMBOLS for g in ("", "MOMO"))
DAY = 86_400 * SECOND
Key = tuple[str, str, str]


@pytest.fixture(autouse=True)
def _exact() -> Iterator[None]:
    with exact():
        yield


class Fill:
    """An execution that was told, as it is to be counted now: `quantity` 0 once it was busted."""

    def __init__(self, exec_id: str, order: Order, quantity: Decimal, price: Decimal) -> None:
        self.exec_id = exec_id
        self.order = order
        self.quantity = quantity
        self.price = price
        self.commission = ("0", "")
        self.date = 0


class Telling:
    """A snapshot of a world, of which `told` is told so far. `at_once`: all of it, told right at
    its moment, before the event `began_at`.
    """

    def __init__(self, world: World) -> None:
        self.at_once = list(snapshot(world.state, world.bench.now))
        self._rest = snapshot(world.state, world.bench.now)
        self.told: list[tuple[int, bytes]] = []
        self.began_at = len(world.bench.events)

    def goes_on(self, most: int) -> bool:
        """Tell so much more; whether there may be more yet."""
        told = list(islice(self._rest, most))
        self.told += told
        return len(told) == most


class World:
    """A gateway in memory, with an independent record of what happened, in its order."""

    def __init__(self) -> None:
        instruments = [instrument(s) for s in ("IBM", "NEWX")]
        instruments.append(instrument("FUT", multiplier=Decimal(50), currency="EUR"))
        closes = {s: ReferencePrice(Decimal(100), NOON) for s in SYMBOLS}
        self.bench = Bench(instruments=instruments, closes=closes)
        self.bench.setup.clients[1].strategy_tag = "5001"
        self.bench.roll_day(20261123)
        self.date = 20261123
        self.number = 0
        self.orders: list[Order] = []
        self.fills: list[Fill] = []
        self.told: list[Any] = []
        self.later: list[State] = []
        self.tellings: list[Telling] = []
        self.read = 0

    @property
    def state(self) -> State:
        return self.bench.core.state

    def next_id(self) -> str:
        self.number += 1
        return f"N{self.number}"

    def report(self, order: Order, body: str) -> None:
        self.bench.broker(f"35=8|37=B{order.order_no}|11={order.broker_cl_ord_id}|{body}")
        self.catch_up()

    def catch_up(self) -> None:
        """States that began at a later segment are told what has happened since."""
        new, self.read = self.bench.events[self.read :], len(self.bench.events)
        for state in self.later:
            for now, payload in new:
                state.fold(payload, now)

    # --- what may happen ------------------------------------------------------------------------

    def enter(self, key: Key, side: str) -> None:
        account, symbol, strategy = key
        cl_ord_id = self.next_id()
        self.bench.order(
            cl_ord_id, tag1=account, tag55=symbol, tag54=side, tag38="1000000", tag59="1",
            tag5001=strategy,
        )  # fmt: skip
        self.catch_up()
        self.orders.append(self.bench.found(cl_ord_id))

    def fill(self, which: int, quantity: Decimal, price: Decimal, commission: str) -> None:
        if not self.orders:
            return
        order = self.orders[which % len(self.orders)]
        fill = Fill(self.next_id(), order, quantity, price)
        fill.date = self.date
        more = ""
        if commission:
            kind = "123"[self.number % 3]
            fill.commission = (commission, f"{kind}:")
            more = f"|12={commission}|13={kind}"
        body = f"150=F|39=1|17={fill.exec_id}|32={quantity}|31={price}|54={order.side}{more}"
        self.report(order, body)
        self.fills.append(fill)
        self.told.append(fill)

    def bust(self, which: int) -> None:
        fill = self._standing(which)
        if fill is not None:
            self.report(fill.order, f"150=H|39=1|17={self.next_id()}|19={fill.exec_id}")
            fill.quantity = Decimal(0)

    def correct(self, which: int, quantity: Decimal, price: Decimal) -> None:
        fill = self._standing(which)
        if fill is not None:
            exec_id = self.next_id()
            body = f"150=G|39=1|17={exec_id}|19={fill.exec_id}|32={quantity}|31={price}"
            self.report(fill.order, body)
            fill.exec_id, fill.quantity, fill.price = exec_id, quantity, price

    def _standing(self, which: int) -> Fill | None:
        standing = [fill for fill in self.fills if fill.quantity]
        return standing[which % len(standing)] if standing else None

    def close(self, which: int) -> None:
        if self.orders:
            self.report(self.orders[which % len(self.orders)], "150=4|39=4|17=C")

    def act(self, action: CorporateAction) -> None:
        """The next business date begins with an action."""
        self.date += 1
        self.bench.now += DAY
        action.date = self.date
        self.bench.setup.reference.actions = CorporateActions([action])
        self.bench.roll_day(self.date)
        self.catch_up()
        self.told.append(action)

    def adjust(self, key: Key, quantity: Decimal, cost: Decimal) -> None:
        account, symbol, strategy = key
        currency = "EUR" if symbol == "FUT" else "USD"
        held = self.state.positions.find(account, symbol, currency, strategy)
        was = held.now.copy() if held is not None else Holding()
        cost = abs(cost) if quantity > 0 else -abs(cost)
        cost = cost if quantity else Decimal(0)
        event = PositionAdjusted(
            account, symbol, currency, strategy, plain(quantity), plain(cost),
            plain(was.net), plain(was.cost), "ann", "why",
        )  # fmt: skip
        decision = self.bench.core.decision(self.bench.now)
        decision.emit(0, event)
        self.bench.took(decision)
        self.catch_up()
        self.told.append((key, self.date, quantity - was.net, cost - was.cost))

    def look(self) -> None:
        """The next entry of each position makes it see which are needed no more."""
        for position in self.state.positions:
            position.look_at = 1

    def new_segment(self) -> None:
        """A restart may begin here: without orders that are closed."""
        self.later.append(restored(self.bench, self.state))

    def begin_telling(self) -> None:
        """A segment begins, and its snapshot is told bit by bit."""
        self.tellings.append(Telling(self))

    def tell(self, most: int) -> None:
        """Some of each snapshot that is being told."""
        for telling in list(self.tellings):
            if telling.goes_on(most):
                continue
            self.tellings.remove(telling)
            assert telling.told == telling.at_once
            state = folded(self.bench, telling.told + self.bench.events[telling.began_at :])
            self.later.append(state)

    # --- what must be so ------------------------------------------------------------------------

    def from_scratch(self) -> dict[Key, Holding]:
        held: dict[Key, Holding] = {}
        for one in self.told:
            if isinstance(one, Fill):
                self._scratch_fill(held, one)
            elif isinstance(one, CorporateAction):
                _scratch_act(held, one)
            else:
                key, date, quantity, cost = one
                holding = held.setdefault(key, Holding())
                holding.at(date)
                holding.add(quantity, cost)
        return held

    def _scratch_fill(self, held: dict[Key, Holding], fill: Fill) -> None:
        if not fill.quantity:
            return
        order = fill.order
        multiplier = Decimal(50 if order.symbol == "FUT" else 1)
        key = (order.account, order.symbol, order.strategy)
        holding = held.setdefault(key, Holding())
        holding.at(fill.date)
        quantity = fill.quantity if order.side in BUYS else -fill.quantity
        holding.trade(quantity, quantity * fill.price * multiplier)
        commission, kind = fill.commission
        if kind:
            money = quantity * fill.price * multiplier
            currency = "EUR" if order.symbol == "FUT" else "USD"
            entries.pay(holding, kind, Decimal(commission), quantity, money, currency)


def _scratch_act(held: dict[Key, Holding], action: CorporateAction) -> None:
    for key in [key for key in held if key[1] == action.symbol]:
        multiplier = Decimal(50 if action.symbol == "FUT" else 1)
        numbers = (action.new, action.old, action.amount, action.withholding, action.fair_value)
        more = (action.in_lieu, Decimal(1), multiplier)
        if held[key].net:
            held[key].at(action.date)
        moved = act(held[key], Action(action.kind, action.new_symbol, *numbers, *more))
        if moved is not None and moved.net:
            other = held.setdefault((key[0], action.new_symbol, key[2]), Holding())
            other.at(action.date)
            other.take_in(moved.net, moved.cost, moved.lots)


def restored(bench: Bench, state: State) -> State:
    """What a snapshot of a state makes."""
    return folded(bench, list(snapshot(state, bench.now)))


def folded(bench: Bench, told: list[tuple[int, bytes]]) -> State:
    """What events make, each with its time."""
    state = State(bench.limits, bench.refused_max, bench.parked_max)
    for now, payload in told:
        state.fold(payload, now)
    return state


def said(state: State) -> list[bytes]:
    return sorted(encode(event) for event in state.positions.snapshot())


QUANTITIES = st.integers(1, 500).map(Decimal)
PRICES = st.decimals(Decimal("0.01"), Decimal(500), places=2)
WHICH = st.integers(0, 30)
RATIO = st.integers(1, 7).map(Decimal)


@st.composite
def actions(draw: st.DrawFn) -> CorporateAction:
    kind = draw(st.sampled_from(["split", "dividend", "symbol_change", "merger", "reverse_split"]))
    symbol = draw(st.sampled_from(SYMBOLS[:2]))
    values: dict[str, Any] = {}
    if kind in ("symbol_change", "merger"):
        values["new_symbol"] = SYMBOLS[1 - SYMBOLS.index(symbol)]
    if kind == "dividend":
        values = {"amount": draw(PRICES), "withholding": draw(st.sampled_from([Decimal(0), Decimal("0.15")]))}  # fmt: skip  # noqa: E501 - one choice
    elif kind != "symbol_change":
        values |= {"new": draw(RATIO), "old": draw(RATIO)}
        values["in_lieu"] = draw(st.sampled_from([Decimal(0), Decimal("8.60")]))
    if kind == "merger" and draw(st.booleans()):
        values |= {"amount": Decimal(5), "fair_value": Decimal(48)}
    return CorporateAction(0, symbol, kind, **values)


OPS = st.one_of(
    st.tuples(st.just("enter"), st.sampled_from(KEYS), st.sampled_from("125")),
    *[
        st.tuples(st.just("fill"), WHICH, QUANTITIES, PRICES, st.sampled_from(["", "0.05", "-1"]))
        for _ in range(4)
    ],
    st.tuples(st.just("bust"), WHICH),
    st.tuples(st.just("correct"), WHICH, QUANTITIES, PRICES),
    st.tuples(st.just("close"), WHICH),
    st.tuples(st.just("act"), actions()),
    st.tuples(st.just("adjust"), st.sampled_from(KEYS), st.integers(-9, 9).map(Decimal), PRICES),
    st.tuples(st.just("look")),
    st.tuples(st.just("new_segment")),
    st.tuples(st.just("begin_telling")),
    *[st.tuples(st.just("tell"), st.integers(1, 40)) for _ in range(2)],
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(OPS, min_size=10, max_size=60))
def test_positions_are_the_fold_of_what_is_true(ops: list[Any]) -> None:
    with exact():
        world = World()
        for key in KEYS[:3]:
            world.enter(key, "1")
            world.enter(key, "2")
        for name, *arguments in ops:
            getattr(world, name)(*arguments)
        while world.tellings:
            world.tell(1)
        check(world)
        for which in range(3):
            world.bust(7 * which)
        check(world)


def check(world: World) -> None:
    positions = world.state.positions
    scratch = world.from_scratch()
    live = {(p.account, p.symbol, p.strategy): p for p in positions}
    for key, holding in scratch.items():
        found = live[key].now
        assert (found.net, found.cost, found.lots) == (holding.net, holding.cost, holding.lots)
        assert found.realised == holding.realised
        assert (found.realised_fifo, found.income) == (holding.realised_fifo, holding.income)
        paid = {name: money for name, money in (found.commissions or {}).items() if money}
        assert paid == {n: money for n, money in (holding.commissions or {}).items() if money}
        assert found.today(world.date) == holding.today(world.date)
    assert all(p.now.is_empty for key, p in live.items() if key not in scratch)
    for account in ("ACC", "OTHER"):
        for currency in ("USD", "EUR"):
            mine = [p.now for p in positions if (p.account, p.currency) == (account, currency)]
            now = world.bench.now
            assert positions.realised(account, currency) == sum(h.realised for h in mine)
            today = sum(h.today(world.date) for h in mine)
            assert positions.realised_today(account, currency, now) == today
    for position in positions:
        assert sum(q for q, _ in position.now.lots) == position.now.net
    # What moved to another symbol took with it what the two methods differ by.
    assert sum(map(cash, positions)) == sum(map(cash_by_lots, positions))
    for state in (world.bench.refolded(), restored(world.bench, world.state), *world.later):
        assert all_numbers(state) == all_numbers(world.state)
    assert said(world.bench.refolded()) == said(world.state)
    assert said(restored(world.bench, world.state)) == said(world.state)
