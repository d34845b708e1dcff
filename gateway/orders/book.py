"""Every order of the retained days, found by any id it ever had.

Two chains of ids are kept apart: (client link, ClOrdID) and (broker, ClOrdID towards the broker
or OrderID from the broker). An id of a chain stays a key as long as its order is kept.
"""

from gateway.orders.order import Order
from sessions.values import is_digits


class OrderBook:
    """Orders by number and by the ids of both chains; open ones also in a set of their own.

    `used_ids`: ids of refused requests, each with the time of its last use (UTC ns).
    """

    __slots__ = ("by_broker_id", "by_client_id", "by_number", "open", "used_ids")

    def __init__(self) -> None:
        self.by_number: dict[int, Order] = {}
        self.by_client_id: dict[tuple[int, str], Order] = {}
        self.by_broker_id: dict[tuple[str, str], Order] = {}
        self.open: dict[int, Order] = {}
        self.used_ids: dict[tuple[int, str], int] = {}

    def add(self, order: Order) -> None:
        """Put a new order under the ids it has so far."""
        self.by_number[order.order_no] = order
        self.by_client_id[(order.link, order.cl_ord_id)] = order
        if order.broker:
            self.by_broker_id[(order.broker, order.broker_cl_ord_id)] = order

    def name(self, order: Order, cl_ord_id: str, broker_cl_ord_id: str) -> None:
        """Make the ids of a request lead to its order."""
        if cl_ord_id:
            self.by_client_id[(order.link, cl_ord_id)] = order
        if broker_cl_ord_id:
            self.by_broker_id[(order.broker, broker_cl_ord_id)] = order

    def find_order_id(self, order_id: str) -> Order | None:
        """The order with our OrderID(37), which ends with its number."""
        number = order_id.rpartition("-")[2]
        order = self.by_number.get(int(number)) if is_digits(number) else None
        return order if order is not None and order.order_id == order_id else None

    def find_at_broker(self, broker: str, *ids: str) -> Order | None:
        """The order that any of a broker's ids names, tried in the order given."""
        for broker_id in ids:
            order = self.by_broker_id.get((broker, broker_id))
            if order is not None:
                return order
        return None

    def is_used(self, link: int, cl_ord_id: str) -> bool:
        """Whether this client has used a ClOrdID(11) before, even for a refused request."""
        key = (link, cl_ord_id)
        return key in self.by_client_id or key in self.used_ids

    def forget_closed_before(self, time_ns: int) -> int:
        """Drop closed orders that ended before `time_ns` (UTC ns), and the ids of requests refused
        before it; returns how many orders.
        """
        old = {
            number
            for number, order in self.by_number.items()
            if order.closed_ns and order.closed_ns < time_ns and number not in self.open
        }
        for number in old:
            del self.by_number[number]
        self.by_client_id = {k: o for k, o in self.by_client_id.items() if o.order_no not in old}
        self.by_broker_id = {k: o for k, o in self.by_broker_id.items() if o.order_no not in old}
        self.used_ids = {k: used_ns for k, used_ns in self.used_ids.items() if used_ns >= time_ns}
        return len(old)
