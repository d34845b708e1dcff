"""Cancels of open orders for the sake of a level of trading, until their brokers have ended them.

The fold knows that orders are to be canceled (`Levels.cancel_to`); this remembers which of them are
still to be looked at and what was tried, and is made anew at a restart. What is held here ends at
once. A cancel that is refused or not answered goes again, a few times, with longer and longer
pauses; a broker that comes back is asked anew. Nobody resends blindly by this: each is a cancel of
its own.
"""

from typing import Final

from gateway.decision import Decision
from gateway.orders.order import Order
from gateway.orders.request_rejects import last_refusal
from gateway.orders.requests import enter_cancel
from gateway.orders.scopes import canceled_by
from gateway.setup import Setup
from gateway.state import State

SECOND_NS: Final = 1_000_000_000
TRIES_MAX: Final = 5
REFUSED_NS: Final = 2 * SECOND_NS
SILENT_NS: Final = 10 * SECOND_NS
LOOK_NS: Final = SECOND_NS
NOBODY: Final[frozenset[str]] = frozenset()
REFUSED: Final = "the cancel was refused"


class Attempt:
    """What was tried with one order: how often, and when last (UTC ns)."""

    __slots__ = ("last_ns", "tries")

    def __init__(self) -> None:
        self.tries = 0
        self.last_ns = 0

    def tried(self, now: int) -> None:
        """Once more."""
        self.last_ns = now
        self.tries += 1

    def is_due(self, now: int, is_answered: bool) -> bool:
        """Whether it is time for one more: sooner after a refusal than while nothing is said."""
        if not self.tries:
            return True
        pause_ns = REFUSED_NS if is_answered else SILENT_NS
        return self.tries < TRIES_MAX and now - self.last_ns >= pause_ns << (self.tries - 1)


class Sweep:
    """Numbers of orders: those that are still `to_look` at now, the next one last, and those that
    are `waiting` for their end. So many cancels were `sent` to brokers since the start.
    """

    __slots__ = ("due_ns", "sent", "to_look", "waiting")

    def __init__(self) -> None:
        self.sent = 0
        self.to_look: list[int] = []
        self.waiting: dict[int, Attempt] = {}
        self.due_ns = 0

    def begin(self, state: State) -> None:
        """Look at all open orders, and try each as if for the first time."""
        self.waiting = {}
        self.go_over(state)

    def go_over(self, state: State) -> None:
        """Look at all open orders; what was tried before is not tried at once again."""
        newest = state.levels.cancel_to
        self.to_look = []
        if newest:
            self.to_look = [number for number in reversed(state.book.open) if number <= newest]

    def look_again(self, state: State, now: int) -> bool:
        """Whether there is something to be looked at. What waits is every second; besides what was
        over and works again.
        """
        if self.to_look:
            return True
        newest = state.levels.cancel_to
        if not newest or now < self.due_ns:
            return False
        again = [n for n in state.book.reopened if n <= newest and n not in self.waiting]
        self.to_look = again + list(reversed(self.waiting))
        self.due_ns = now + LOOK_NS
        return bool(self.to_look)

    def clock_set(self, by_ns: int) -> None:
        """The clock has another time from now on: wait as long as was meant."""
        self.due_ns += by_ns
        for attempt in self.waiting.values():
            attempt.last_ns += by_ns

    def broker_up(self, state: State, broker: str) -> None:
        """A broker is back: its orders are tried anew."""
        for number, attempt in self.waiting.items():
            order = state.book.open.get(number)
            if order is not None and order.broker == broker:
                attempt.tries = 0
        self.due_ns = 0


def go_on(decision: Decision, sweep: Sweep, most: int, busy: frozenset[str]) -> None:
    """Look at so many orders, and cancel those that are due; not of `busy` brokers, which have not
    taken yet what was sent to them.
    """
    for _ in range(min(most, len(sweep.to_look))):
        _look(decision, sweep, sweep.to_look.pop(), busy)


def _look(decision: Decision, sweep: Sweep, order_no: int, busy: frozenset[str]) -> None:
    state = decision.state
    order = state.book.open.get(order_no)
    latch = canceled_by(decision.setup, state, order) if order is not None else None
    if order is None or latch is None or order.is_whole:  # which its parts end
        sweep.waiting.pop(order_no, None)
        return
    attempt = sweep.waiting.get(order_no)
    if attempt is None:
        attempt = sweep.waiting[order_no] = Attempt()
    if order.held is None and not _is_there(decision.setup, order, busy):
        return
    is_asked = order.pending_cancel is not None  # by this, or by somebody else
    if not attempt.is_due(decision.now, not is_asked):
        return
    is_first = not attempt.tries
    attempt.tried(decision.now)
    if is_first and is_asked:
        return
    if order.held is None:
        sweep.sent += 1
    enter_cancel(decision, order, "", order.cl_ord_id, latch.who, latch.why)
    if order.closed:
        del sweep.waiting[order_no]


def _is_there(setup: Setup, order: Order, busy: frozenset[str]) -> bool:
    broker = setup.brokers.get(order.broker)
    return broker is not None and broker.up and broker.name not in busy


def is_stuck(setup: Setup, sweep: Sweep, order: Order) -> bool:
    """Whether nothing will come of an order's cancel but by its broker's coming back or anew."""
    attempt = sweep.waiting.get(order.order_no)
    tried = attempt is not None and attempt.tries >= TRIES_MAX
    return order.held is None and (tried or not _is_there(setup, order, NOBODY))


def open_kind(sweep: Sweep, order: Order) -> str:
    """Why an order that is to be canceled is still open at a broker that is there, for people; not
    what the broker said, which may name the order.
    """
    attempt = sweep.waiting.get(order.order_no)
    tries = attempt.tries if attempt is not None else 0
    if order.pending_cancel is not None:
        return "the cancel is not answered" if tries < TRIES_MAX else f"{tries} cancels unanswered"
    return "not canceled yet" if not tries or order.held is not None else REFUSED


def open_why(sweep: Sweep, order: Order) -> str:
    """The same with the broker's words."""
    kind = open_kind(sweep, order)
    refusal = last_refusal(order) if kind == REFUSED else None
    return f"{kind}: {refusal.text}" if refusal is not None and refusal.text else kind
