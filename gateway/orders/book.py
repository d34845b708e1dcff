"""Every order of the retained days, found by any id it ever had.

Two chains of ids are kept apart: ClOrdIDs by client link, and by broker the ClOrdIDs towards it
and the OrderIDs from it. An id of a chain stays a key as long as its order is kept. All but the
newest closed orders are put on a shelf, as bytes, and taken from it when somebody asks for them.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Final

from gateway.orders.known_lists import KnownLists
from gateway.orders.moment import Moment
from gateway.orders.order import Order
from gateway.orders.shelf import can_be_shelved, shelved, unshelved
from sessions.values import is_digits

AT_HAND: Final = 128
NO_ID: Final = frozenset({"", "NONE"})
"""What brokers write for an id that there is none of: it names no order."""


class OrderBook:
    """Orders by number and by the ids of both chains; open ones also in a set of their own.

    `refused_max`: so many refused orders, and so many refused requests, are kept of each client;
    the oldest beyond are forgotten, so that nobody can fill the memory with them.
    `at_hand_max`: so many closed orders are not on the shelf. `reopened`: open orders that were
    closed, which have no history any more. `moments`: each is to be told of an order before its
    history changes.
    """

    __slots__ = (
        "_at_hand",
        "_by_broker",
        "_by_client",
        "_closed",
        "_open_by_link",
        "_orders",
        "_refused_max",
        "_refused_orders",
        "_used_ids",
        "at_hand_max",
        "lists",
        "moments",
        "open",
        "reopened",
    )

    def __init__(self, refused_max: int) -> None:
        self._orders: dict[int, Order | bytes] = {}
        self.at_hand_max = AT_HAND
        self._at_hand: OrderedDict[int, None] = OrderedDict()  # closed, longest untouched first
        self._by_client: dict[int, dict[str, int]] = {}
        self._by_broker: dict[str, dict[str, int]] = {}
        self.open: dict[int, Order] = {}
        self.reopened: dict[int, Order] = {}
        self.moments: list[Moment] = []
        self.lists = KnownLists()
        self._open_by_link: dict[int, int] = {}
        self._refused_max = refused_max
        self._refused_orders: dict[int, deque[int]] = {}  # numbers by link, oldest first
        # Ids of refused requests by link, each with the time of its use (UTC ns), oldest first.
        self._used_ids: dict[int, dict[str, int]] = {}
        self._closed: dict[int, int] = {}  # UTC ns by number, in the order of the last closing

    def add(self, order: Order) -> None:
        """Put a new order under the ids it has so far."""
        self._orders[order.order_no] = order
        if order.cl_ord_id:  # else it was given by voice
            self._name_of_client(order, order.cl_ord_id)
        if order.broker_cl_ord_id:
            self._name_at_broker(order, order.broker_cl_ord_id)

    def _name_of_client(self, order: Order, cl_ord_id: str) -> None:
        named = self._by_client.get(order.link)
        if named is None:
            named = self._by_client[order.link] = {}
        named[cl_ord_id] = order.order_no

    def _name_at_broker(self, order: Order, broker_id: str) -> None:
        named = self._by_broker.get(order.broker)
        if named is None:
            named = self._by_broker[order.broker] = {}
        named[broker_id] = order.order_no

    def __len__(self) -> int:
        return len(self._orders)

    def knows(self, order_no: int) -> bool:
        """Whether an order is kept."""
        return order_no in self._orders

    def get(self, order_no: int) -> Order | None:
        """The order of a number, to look at or to change."""
        found = self._orders.get(order_no)
        if not isinstance(found, bytes):
            return found
        order = self._orders[order_no] = unshelved(order_no, found)
        self._keep_at_hand(order_no)
        return order

    def numbers(self) -> list[int]:
        """Of all orders, oldest first."""
        return list(self._orders)

    def __iter__(self) -> Iterator[Order]:
        """All orders, oldest first, not to be changed."""
        for order_no in self.numbers():
            order = self.look_at(order_no)
            if order is not None:
                yield order

    def look_at(self, order_no: int) -> Order | None:
        """The order of a number, not to be changed: one from the shelf stays there."""
        found = self._orders.get(order_no)
        return unshelved(order_no, found) if isinstance(found, bytes) else found

    def _keep_at_hand(self, order_no: int) -> None:
        """Keep a closed order, which may just be being changed, off the shelf for a while."""
        at_hand = self._at_hand
        at_hand[order_no] = None
        at_hand.move_to_end(order_no)
        if len(at_hand) > self.at_hand_max:
            oldest, _ = at_hand.popitem(last=False)
            order = self._orders.get(oldest)
            if isinstance(order, Order) and oldest not in self.open and can_be_shelved(order):
                self._orders[oldest] = shelved(order)

    def name(self, order: Order, cl_ord_id: str, broker_cl_ord_id: str) -> None:
        """Make the ids of a request lead to its order."""
        if order.names is None:
            order.names = [(order.cl_ord_id, order.broker_cl_ord_id)]
        order.names.append((cl_ord_id, broker_cl_ord_id))
        if cl_ord_id:
            self._name_of_client(order, cl_ord_id)
        if broker_cl_ord_id not in NO_ID:
            self._name_at_broker(order, broker_cl_ord_id)

    def name_replaced(self, order: Order, broker_cl_ord_id: str) -> None:
        """A broker that replaced on its own may have named the order anew."""
        if broker_cl_ord_id in NO_ID:
            return
        if self.find_at_broker(order.broker, broker_cl_ord_id) is None:
            self.name(order, "", broker_cl_ord_id)

    def name_slice(self, order: Order, broker_cl_ord_id: str) -> None:
        """Before the next slice of an order: the ids of the one before it stay those of the order,
        to be forgotten with it.
        """
        if order.broker_order_id not in NO_ID:
            self.name(order, "", order.broker_order_id)
        self.name(order, "", broker_cl_ord_id)

    def leaves_broker(self, order: Order) -> None:
        """Before it goes to another: the ids that it has there stay its own."""
        if order.names is None:
            order.names = [(order.cl_ord_id, order.broker_cl_ord_id)]
        if order.broker_order_id not in NO_ID:
            self.name(order, "", order.broker_order_id)

    def name_at_broker(self, order: Order) -> None:
        """Make the broker's own OrderID(37) lead to the order."""
        if order.broker_order_id not in NO_ID:
            self._name_at_broker(order, order.broker_order_id)

    def use(self, link: int, cl_ord_id: str, now: int) -> None:
        """Remember the id of a refused request."""
        used = self._used_ids.setdefault(link, {})
        used.pop(cl_ord_id, None)
        used[cl_ord_id] = now
        if len(used) > self._refused_max:
            del used[next(iter(used))]

    def add_refused(self, order: Order, now: int) -> None:
        """Keep an order that was refused at `now` (UTC ns)."""
        self.add(order)
        self.close(order, now)
        numbers = self._refused_orders.setdefault(order.link, deque())
        numbers.append(order.order_no)
        if len(numbers) > self._refused_max:
            self._forget(numbers.popleft())

    def reopen(self, order: Order) -> None:
        """The order works, for the first time or again."""
        self.open[order.order_no] = order
        if order.history is None:
            self.reopened[order.order_no] = order
        self._closed.pop(order.order_no, None)
        if order.division is None or not order.division.whole_no:
            of_link = self._open_by_link
            of_link[order.link] = of_link.get(order.link, 0) + 1

    def histories(self) -> Iterator[tuple[int, bytes]]:
        """The histories of all open orders as they are now, however late they are asked for."""
        moment = Moment(self.open)
        self.moments.append(moment)
        return self._told(moment)

    def _told(self, moment: Moment) -> Iterator[tuple[int, bytes]]:
        yield from moment.histories()
        self.moments.remove(moment)

    def open_count(self, link: int) -> int:
        """How many orders of a client are open; the parts of one do not count."""
        return self._open_by_link.get(link, 0)

    def close(self, order: Order, now: int) -> None:
        """The order ended at `now` (UTC ns), for the time being."""
        if self.open.pop(order.order_no, None) is not None:
            if order.division is None or not order.division.whole_no:
                self._open_by_link[order.link] -= 1
            if self.reopened:
                self.reopened.pop(order.order_no, None)
        self._closed.pop(order.order_no, None)
        self._closed[order.order_no] = now
        self._keep_at_hand(order.order_no)

    def find_order_id(self, order_id: str) -> Order | None:
        """The order with our OrderID(37), which ends with its number."""
        number = order_id.rpartition("-")[2]
        order = self.get(int(number)) if is_digits(number) else None
        return order if order is not None and order.order_id == order_id else None

    def find_of_client(self, link: int, cl_ord_id: str) -> Order | None:
        """The order that a ClOrdID(11) of this client names."""
        named = self._by_client.get(link)
        order_no = named.get(cl_ord_id) if named is not None else None
        return None if order_no is None else self.get(order_no)

    def find_at_broker(self, broker: str, *ids: str) -> Order | None:
        """The order that any of a broker's ids names, tried in the order given."""
        named = self._by_broker.get(broker)
        if named is None:
            return None
        for broker_id in ids:
            order_no = named.get(broker_id)
            if order_no is not None:
                return self.get(order_no)
        return None

    def is_named(self, order: Order, broker: str, broker_id: str) -> bool:
        """Whether an id of a broker names this order; it takes none from the shelf."""
        named = self._by_broker.get(broker)
        return named is not None and named.get(broker_id) == order.order_no

    def is_used(self, link: int, cl_ord_id: str) -> bool:
        """Whether this client has used a ClOrdID(11) before, even for a refused request."""
        used = self._used_ids.get(link)
        if used is not None and cl_ord_id in used:
            return True
        named = self._by_client.get(link)
        return named is not None and cl_ord_id in named

    def closed_at(self, broker: str, since_ns: int, most: int) -> tuple[list[int], bool]:
        """The orders at a broker that closed at or after `since_ns` (UTC ns) and are closed still,
        at most so many of the newest, newest first; and whether there are more.
        """
        found: list[int] = []
        named = broker.encode()
        for order_no in reversed(list(self._closed)):
            if self._closed[order_no] < since_ns:
                break
            kept = self._orders[order_no]
            if isinstance(kept, bytes) and named not in kept:
                continue  # seen without making an order of it
            order = self.look_at(order_no)
            if order is not None and order.broker == broker:
                if len(found) == most:
                    return found, True
                found.append(order_no)
        return found, False

    def forget_closed_before(self, time_ns: int, at_most: int) -> int:
        """Drop closed orders that ended before `time_ns` (UTC ns), so many at most, and the ids of
        requests refused before it; returns how many orders.
        """
        numbers: list[int] = []
        for order_no, closed_ns in self._closed.items():
            if closed_ns >= time_ns or len(numbers) == at_most:
                break
            numbers.append(order_no)
        for order_no in numbers:
            self._forget(order_no)
        for used in self._used_ids.values():
            ids: list[str] = []
            for cl_ord_id, used_ns in used.items():
                if used_ns >= time_ns:
                    break
                ids.append(cl_ord_id)
            for cl_ord_id in ids:
                del used[cl_ord_id]
        return len(numbers)

    def _forget(self, order_no: int) -> None:
        """Forget a closed order; one that is forgotten already, or open again, is left alone."""
        order = self.look_at(order_no)
        if self._closed.pop(order_no, None) is None or order is None:
            return
        del self._orders[order_no]
        if order.list_id:
            self.lists.forget(order)
        of_client = self._by_client.get(order.link, {})
        at_brokers = list(self._by_broker.values())  # it may have been meant for another at first
        names = [(order.cl_ord_id, order.broker_cl_ord_id), ("", order.broker_order_id)]
        for cl_ord_id, broker_id in names + (order.names or []):
            if of_client.get(cl_ord_id) == order_no:
                del of_client[cl_ord_id]
            for at_broker in at_brokers:
                if at_broker.get(broker_id) == order_no:
                    del at_broker[broker_id]
