"""What operators command: cancels, levels of trading, settlements, prices, orphans.

Pure, as `decide`.
"""

from collections.abc import Sequence
from typing import Final

from gateway import limit_commands, news, trading_session
from gateway.decision import Decision
from gateway.events import ClockSet, OrderSettled, PriceStated, Resumed, TradingLevelSet
from gateway.limit_commands import Permit
from gateway.orders import (
    day_roll,
    held,
    linked,
    orphans,
    queue,
    request_rejects,
    requests,
    slicing,
    sweep,
    switching,
    wholes,
)
from gateway.orders.day_end import DayEnd
from gateway.orders.order import Order
from gateway.orders.scopes import is_in_scope
from gateway.orders.sweep import NOBODY, Sweep
from gateway.orders.telling import SETTLED, report
from gateway.orders.triggers import KINDS
from gateway.positions.saying import Said, say
from gateway.refusal_codes import Code
from gateway.risk.levels import ACTIVE, HALTED
from gateway.risk.limit_changes import Key
from gateway.setup import Client, Setup
from gateway.state import State
from sessions.values import fix_text

OUTCOMES: Final = ("rejected", "canceled", "working")
CANCELED_AT_ONCE: Final = 125


class CommandedCore:
    """Setup and state, and what operators do to them."""

    __slots__ = ("day_end", "refuse_new", "setup", "state", "sweep", "to_roll")

    def __init__(self, setup: Setup, state: State) -> None:
        self.setup = setup
        self.state = state
        self.refuse_new = ""
        self.day_end = DayEnd()
        self.to_roll = day_roll.behind(state)  # numbers of orders, no part of the fold
        self.sweep = Sweep()
        self.sweep.begin(state)
        state.divisions.touched.clear()  # whoever wrote the facts has brought them in line

    def decision(self, now: int) -> Decision:
        """An empty decision for an input that came at `now` (UTC ns)."""
        return Decision(self.setup, self.state, self.refuse_new, now)

    def settled(self, decision: Decision) -> Decision:
        """With all that follows: cancels that were lost go again, and orders that are in parts, or
        linked to those that changed, are brought to what they should be.
        """
        if decision.cancel_again:
            requests.cancel_again(decision)
        if self.state.divisions.touched:
            wholes.settle(decision)
        if self.state.book.lists.touched:
            linked.settle(decision)
        return decision

    def cancel_order(self, order: Order, who: str, why: str, now: int) -> Decision:
        """An operator cancels an order; the client hears of it as an unsolicited cancel."""
        decision = self.decision(now)
        requests.enter_cancel(decision, order, "", order.cl_ord_id, who, why)
        return self.settled(decision)

    def switch_broker(self, name: str, state: str, who: str, why: str, now: int) -> Decision:
        """An operator says whether a broker gets orders."""
        decision = self.decision(now)
        switching.switch(decision, name, state, who, why)
        return self.settled(decision)

    def cancel_each(self, numbers: set[int], who: str, now: int) -> Decision:
        """Cancel orders whose broker is there, and take their numbers out, as of those that ended.
        A cancel that waited for its broker, or is under way, might be lost in a reset. An order in
        parts is canceled when all its brokers are there, and each part that can be, once, before.
        """
        decision = self.decision(now)
        for order_no in sorted(numbers):
            order = self.state.book.open.get(order_no)
            if order is None:
                numbers.discard(order_no)
                continue
            if order.pending_cancel is not None:
                continue
            parts = self.state.divisions.of(order)
            if all(map(self._is_there, parts or (order,))):
                requests.enter_cancel(decision, order, "", order.cl_ord_id, who, "")
                numbers.discard(order_no)
                continue
            for part in parts:
                if part.names is None and self._is_there(part):
                    requests.enter_cancel(decision, part, "", "", who, "")
        return self.settled(decision)

    def _is_there(self, order: Order) -> bool:
        """Whether it is here, or at a broker that is there."""
        broker = self.setup.brokers.get(order.broker)
        return order.held is not None or (broker is not None and broker.up)

    def halt(
        self,
        scope: str,
        cancel_open: bool,
        who: str,
        why: str,
        now: int,
        level: str = HALTED,
    ) -> Decision:
        """Latch a level on a scope, unless a stricter one is; on wish cancel what is open there:
        some of it in this decision, the rest by `cancel_some`.
        """
        decision = self.decision(now)
        self.latch(decision, scope, cancel_open, who, why, level)
        return self.settled(decision)

    def latch(
        self, decision: Decision, scope: str, cancel_open: bool, who: str, why: str, level: str
    ) -> None:
        """The same within a decision."""
        self.set_level(decision, scope, cancel_open, who, why, level)
        if cancel_open:
            self.sweep.begin(self.state)
            sweep.go_on(decision, self.sweep, CANCELED_AT_ONCE, NOBODY)

    def set_level(
        self, decision: Decision, scope: str, cancel_open: bool, who: str, why: str, level: str
    ) -> None:
        """Latch a level likewise; whoever wants orders canceled begins with it."""
        levels = self.state.levels
        before, refusing = levels.by_scope.get(scope), levels.refusing
        level = levels.stricter(scope, level)
        cancel_to = before.cancel_to if before is not None else 0
        if cancel_open:
            cancel_to = self.state.order_no
        decision.emit(0, TradingLevelSet(scope, level, cancel_to, who, why))
        if before is None or level != before.level:
            news.tell_level(decision, scope, level)
            trading_session.tell_changes(decision, refusing)

    def cancel_some(self, busy: frozenset[str], now: int) -> Decision:
        """Go on with what levels of trading have canceled, but for brokers that are `busy`."""
        decision = self.decision(now)
        if self.sweep.look_again(self.state, now):
            sweep.go_on(decision, self.sweep, CANCELED_AT_ONCE, busy)
        return self.settled(decision)

    def _lower(
        self, decision: Decision, scope: str, who: str, why: str, level: str, cancel_to: int = 0
    ) -> None:
        """Let a scope trade again, or at a `level` that is less strict, within a decision."""
        refusing = self.state.levels.refusing
        if level == ACTIVE:
            decision.emit(0, Resumed(scope, who, why))
        else:
            decision.emit(0, TradingLevelSet(scope, level, cancel_to, who, why))
        news.tell_level(decision, scope, level)
        trading_session.tell_changes(decision, refusing)
        queue.release_all(decision)
        held.look_all(decision)
        linked.look_all(decision)

    def clock_set(self, by_ns: int, now: int) -> Decision:
        """The machine's clock was set: what waits, waits as long as was meant."""
        decision = self.decision(now)
        decision.emit(0, ClockSet(by_ns))
        for broker in self.setup.brokers.values():
            broker.acks.clock_set(by_ns)
            broker.inquiry.clock_set(by_ns)
            broker.positions.clock_set(by_ns)
        for client in self.setup.clients.values():
            client.requests.clock_set(by_ns)
        for feed in self.setup.feeds.values():
            feed.clock_set(by_ns)
        self.sweep.clock_set(by_ns)
        return decision

    def news(
        self, clients: Sequence[Client], headline: str, lines: Sequence[str], urgency: str, now: int
    ) -> Decision:
        """An operator tells clients something; nothing changes by it."""
        decision = self.decision(now)
        news.send(decision, clients, headline, lines, urgency)
        return decision

    def settle(self, order: Order, outcome: str, who: str, why: str, now: int) -> Decision:
        """An operator says what became of an order whose state is unknown."""
        assert outcome in OUTCOMES, f"outcome {outcome!r} is none of {OUTCOMES}"
        decision = self.decision(now)
        if outcome != "working":
            request_rejects.refuse_requests(decision, order, Code.TOO_LATE)
        decision.emit(order.order_no, OrderSettled(order.order_no, outcome, who, why))
        exec_type = {"rejected": "8", "canceled": "4", "working": "I"}[outcome]
        text = fix_text(f"{SETTLED} {why}")
        report(decision, order, exec_type, order.cl_ord_id, "", text=text)
        if outcome == "working":
            request_rejects.refuse_lost_requests(decision, order)
            slicing.go_on(decision, order)
        return self.settled(decision)

    def state_price(
        self, symbol: str, kind: str, price: str, who: str, why: str, now: int
    ) -> Decision:
        """An operator says what a symbol trades at ("last") or is quoted at ("bid", "ask")."""
        assert kind in KINDS, f"price {kind!r} is none of {KINDS}"
        decision = self.decision(now)
        decision.emit(0, PriceStated(symbol, kind, price, now, who, why))
        held.look(decision, symbol)
        return self.settled(decision)

    def say_positions(
        self, positions: Sequence[Said], who: str, why: str, now: int, *, imported: bool
    ) -> Decision:
        """A file, or an operator, says what positions are."""
        decision = self.decision(now)
        for said in positions:
            say(decision, said, who, why, imported=imported)
        return decision

    def set_limit(
        self, key: Key, value: str, owner: str, expires_ns: int, who: str, why: str, now: int
    ) -> Decision:
        """An operator sets a limit of a scope, also to "off"; `expires_ns` 0: until withdrawn."""
        decision = self.decision(now)
        limit_commands.set_limit(decision, key, value, owner, expires_ns, who, why)
        return self.settled(decision)

    def withdraw_limit(self, key: Key, who: str, why: str, now: int) -> Decision:
        """An operator has a limit as configured again."""
        decision = self.decision(now)
        limit_commands.withdraw(decision, key, who, why)
        return self.settled(decision)

    def override_limit(
        self, key: Key, value: str, expires_ns: int, people: tuple[str, str], why: str, now: int
    ) -> tuple[Decision, int]:
        """Two `people`, who asks and who approves, have a limit raised; its number as well."""
        decision = self.decision(now)
        asks, approves = people
        number = limit_commands.override(
            decision, key, value, expires_ns, requester=asks, approver=approves, why=why
        )
        return self.settled(decision), number

    def permit_order(
        self, wanted: Permit, expires_ns: int, people: tuple[str, str], why: str, now: int
    ) -> tuple[Decision, int]:
        """Two people let one order pass the limits; likewise."""
        decision = self.decision(now)
        asks, approves = people
        number = limit_commands.permit(
            decision, wanted, expires_ns, requester=asks, approver=approves, why=why
        )
        return self.settled(decision), number

    def revoke_override(self, number: int, who: str, why: str, now: int) -> Decision:
        """An operator ends an override before its time."""
        decision = self.decision(now)
        limit_commands.revoke(decision, number, who, why)
        return self.settled(decision)

    def adopt(self, key: str, order: Order, who: str, why: str, now: int) -> Decision:
        """An operator books the parked execution `key` on an order."""
        decision = self.decision(now)
        orphans.adopt(decision, key, order, who, why)
        return self.settled(decision)

    def book(self, key: str, account: str, who: str, why: str, now: int) -> Decision:
        """An operator has dealt with the orphan `key`; `account` takes it, "" for none."""
        decision = self.decision(now)
        orphans.book(decision, key, account, who, why)
        return self.settled(decision)

    def in_scope(self, order: Order, scope: str) -> bool:
        """Whether a level of `scope` concerns the order."""
        return is_in_scope(self.setup, self.state, order, scope)
