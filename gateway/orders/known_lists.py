"""The lists of orders that clients sent, found by ListID(66), and the parts that wait for the rest.

A list is known as long as one of its orders is. Changed by events only.
"""

from collections.abc import Callable, Container, Iterator
from decimal import Decimal
from typing import Any, Final

from gateway.events import (
    CancelEntered,
    Event,
    LinkedOrderEnded,
    ListDropped,
    ListEntered,
    ListFragmentEntered,
    OrderAsked,
    OrderLinked,
    OrderListed,
    OrderReplaced,
    OrderUnknown,
    RequestRejected,
    ResizeEntered,
)
from gateway.orders.cancelers import LINKED
from gateway.orders.order import ZERO, Order
from gateway.orders.order_parts import Terms
from gateway.refusal_codes import Code
from gateway.refusals import code_in
from sessions.values import format_decimal, recorded_decimal

CANCELED: Final = "0"


class OrderList:
    """A list that is whole. `numbers`: its orders that are still known. Of linked ones, by number:
    `parents`, `groups`, and `tried`: the OrderQty(38) that was last asked of the broker for the
    sake of others, so that nothing that it refuses is asked again and again. `gone`: those
    that are known no more, with what the others need to know. `surplus` and `filled`, of parents:
    what was last looked at, to tell operators; no part of the fold.
    """

    __slots__ = (
        "entered",
        "entered_ns",
        "filled",
        "gone",
        "groups",
        "numbers",
        "parents",
        "surplus",
        "tried",
    )

    def __init__(self, entered: ListEntered, now: int) -> None:
        self.entered = entered
        self.entered_ns = now
        self.numbers: list[int] = []
        self.parents: dict[int, int] = {}
        self.groups: dict[int, str] = {}
        self.tried: dict[int, str] = {}
        self.gone: dict[int, Order] = {}
        self.surplus = ""
        self.filled: dict[int, tuple[int, Decimal]] = {}


class Waiting:
    """The parts of a list that came, oldest first, and when the first did (UTC ns)."""

    __slots__ = ("parts", "since_ns", "times")

    def __init__(self, now: int) -> None:
        self.since_ns = now
        self.parts: list[ListFragmentEntered] = []
        self.times: list[int] = []


def _ended(known: OrderList, order: Order) -> LinkedOrderEnded:
    """What those that are linked to an order need to know when it is known no more."""
    return LinkedOrderEnded(
        known.entered.link,
        order.order_no,
        known.parents.get(order.order_no, 0),
        known.groups.get(order.order_no, ""),
        order.order_id,
        order.cl_ord_id,
        order.ended,
        str(order.asked),
        str(order.terms.order_qty),
        str(order.cum_qty),
        known.entered.list_id,
    )


def _remembered(event: LinkedOrderEnded) -> Order:
    """So much of an order as that tells."""
    terms = Terms("", "", recorded_decimal(event.order_qty), "", "", ZERO)
    order = Order(event.number, event.order_id, event.link, event.cl_ord_id, "", "", "", terms, 0)
    order.list_id = event.list_id
    order.asked = recorded_decimal(event.asked)
    order.cum_qty = recorded_decimal(event.cum_qty)
    order.ended = event.ended
    order.calculated = not event.ended  # closed, whatever closed it
    return order


def _ends_trying(known: OrderList, order: Order, event: Any) -> bool:
    """Whether what was asked last is done, is lost or may be, or means something else by now. What
    the broker did otherwise than it was asked is not asked again.
    """
    kind = type(event)
    if kind is OrderReplaced:
        return known.tried.get(order.order_no) == format_decimal(order.terms.order_qty)
    if kind is RequestRejected:
        return code_in(event.text) == Code.NOT_RECEIVED
    return kind is OrderUnknown or kind is OrderAsked


def _key(link: int, list_id: str) -> str:
    return f"{link} {list_id}"


class KnownLists:
    """Whole lists, and those in parts. `touched`: linked ones of which an order has changed, to be
    looked at and cleared; it is no part of the fold.
    """

    __slots__ = ("_lists", "_waiting", "touched")

    def __init__(self) -> None:
        self._lists: dict[str, OrderList] = {}
        self._waiting: dict[str, Waiting] = {}
        self.touched: dict[str, OrderList] = {}

    def find(self, link: int, list_id: str) -> OrderList | None:
        """A client's list."""
        return self._lists.get(_key(link, list_id))

    def waiting_of(self, link: int, list_id: str) -> Waiting | None:
        """The parts of a client's list."""
        return self._waiting.get(_key(link, list_id))

    def waiting(self) -> list[Waiting]:
        """All lists in parts, oldest first."""
        return list(self._waiting.values()) if self._waiting else []

    def parts_of(self, link: int) -> int:
        """How many parts of lists of a client wait."""
        return sum([len(w.parts) for w in self._waiting.values() if w.parts[0].link == link])

    def touch(self, order: Order) -> None:
        """Have the list of a linked order looked at."""
        key = _key(order.link, order.list_id)
        known = self._lists.get(key)
        if known is not None:
            self.touched[key] = known

    # --- events -------------------------------------------------------------------------------

    def fragment_entered(self, event: ListFragmentEntered, now: int, _payload: bytes) -> None:
        """A part came."""
        key = _key(event.link, event.list_id)
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = Waiting(now)
        waiting.parts.append(event)
        waiting.times.append(now)

    def dropped(self, event: ListDropped, _now: int, _payload: bytes) -> None:
        """Parts are given up."""
        self._waiting.pop(_key(event.link, event.list_id), None)

    def entered(self, event: ListEntered, now: int, _payload: bytes) -> None:
        """A list is whole."""
        key = _key(event.link, event.list_id)
        self._waiting.pop(key, None)
        self._lists[key] = OrderList(event, now)

    def changed(self, order: Order, event: Any) -> None:
        """An order of a list has changed."""
        key = _key(order.link, order.list_id)
        known = self._lists.get(key)
        if known is None:
            return
        kind = type(event)
        if kind is OrderListed:
            known.numbers.append(order.order_no)
        elif kind is OrderLinked:
            known.parents[order.order_no] = event.parent_no
            known.groups[order.order_no] = event.group
        elif kind is ResizeEntered:
            known.tried[order.order_no] = event.order_qty
        elif kind is CancelEntered and event.who.startswith(LINKED):
            known.tried[order.order_no] = CANCELED
        elif _ends_trying(known, order, event):
            known.tried.pop(order.order_no, None)
        if order.asked:
            self.touched[key] = known

    def forget(self, order: Order) -> None:
        """An order is no longer known; nor is its list, if it was the last."""
        key = _key(order.link, order.list_id)
        known = self._lists.get(key)
        if known is not None and order.order_no in known.numbers:
            known.numbers.remove(order.order_no)
            if order.asked:
                known.gone[order.order_no] = _remembered(_ended(known, order))
            if not known.numbers:
                del self._lists[key]
                self.touched.pop(key, None)

    def member_ended(self, event: LinkedOrderEnded, _now: int, _payload: bytes) -> None:
        """A closed order, of a list with open ones, that may be known no more."""
        known = self._lists.get(_key(event.link, event.list_id))
        if known is not None:
            known.gone[event.number] = _remembered(event)
            known.parents[event.number] = event.parent_no
            known.groups[event.number] = event.group

    def snapshot(
        self, opened: Container[int], look_at: Callable[[int], Order | None]
    ) -> Iterator[tuple[int, Event]]:
        """The events that make the lists with open orders again, and those in parts, each with its
        time; `look_at` finds an order by its number.
        """
        for known in self._lists.values():
            if not any(number in opened for number in known.numbers):
                continue
            yield known.entered_ns, known.entered
            for number in known.groups:
                linked = look_at(number) or known.gone.get(number)
                if linked is not None and linked.closed:
                    yield known.entered_ns, _ended(known, linked)
        for waiting in self._waiting.values():
            for part, time_ns in zip(waiting.parts, waiting.times, strict=True):
                yield time_ns, part
