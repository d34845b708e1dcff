"""The client's view of its orders, made from reports alone, with a check of every number.

What does not add up is kept in `problems`: a fill told twice, a CumQty(14) that is not the sum of
the fills, an OrderQty(38) that is not done plus open. Knows nothing of sessions or time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from tools.client_simulator.stories import Story
from tools.fix_peer import Received, tags

ZERO: Final = Decimal(0)
PROBLEMS_MAX: Final = 100
TRADE: Final = "F"
STATUS: Final = "I"
CLOSED: Final = frozenset({"2", "3", "4", "8", "C"})
"""OrdStatus(39) from which nothing more is expected; a late fill may still come."""
WORKING: Final = frozenset({"0", "1", "5", "6", "A", "E"})
_NO_EXEC_ID: Final = "0"  # stands in status reports only
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]*)?")


class ClientOrder:
    """One order as its reports tell it."""

    def __init__(self, number: int, cl_ord_id: str, fields: dict[str, str], story: Story) -> None:
        self.number = number
        self.story = story
        self.steps = list(story.then)
        self.cl_ord_id = cl_ord_id
        """The last ClOrdID(11) that was accepted."""
        self.first_cl_ord_id = cl_ord_id
        self.order_id = ""
        self.fields = fields
        """The fields of D, and over them those of the last accepted G."""
        self.quantity = number_of(fields.get(tags.ORDER_QTY, ""))
        self.cum = ZERO
        self.leaves = ZERO
        self.status = ""
        """OrdStatus(39) of the last report; empty before the first."""
        self.text = ""
        """Text(58) of the last refusal."""
        self.reason = ""
        """OrdRejReason(103) or CxlRejReason(102) of the last refusal."""
        self.requests: dict[str, tuple[str, dict[str, str]]] = {}
        """F and G without an outcome: ClOrdID(11) to MsgType(35) and fields."""
        self.status_asked = 0
        self.doubles_sent = 0
        self.sent_ns = 0
        self.answered_ns = 0
        self.interrupted = False
        """The connection was lost before the first answer: its latency tells nothing."""

    @property
    def symbol(self) -> str:
        """Symbol(55)."""
        return self.fields.get(tags.SYMBOL, "")

    @property
    def side(self) -> str:
        """Side(54)."""
        return self.fields.get(tags.SIDE, "")

    @property
    def closed(self) -> bool:
        """Filled, canceled, refused, done for the day or expired."""
        return self.status in CLOSED

    @property
    def waiting(self) -> bool:
        """Some request of it has no outcome yet."""
        return not self.status or bool(self.requests or self.status_asked or self.doubles_sent)


class ClientBook:
    """All orders of this client, and what its reports added up to."""

    def __init__(self) -> None:
        self.orders: list[ClientOrder] = []
        self.problems: list[str] = []
        self.by_id: dict[str, ClientOrder] = {}
        self.unanswered: dict[int, ClientOrder] = {}
        """New orders without any report, by their number."""
        self.given_for_us: dict[str, Received] = {}
        """The newest report of each order that others gave for this client, by its OrderID(37)."""
        self.reports = 0
        self.executions = 0
        self.repeated_executions = 0
        self.accepted = 0
        self.replaced = 0
        self.cancel_rejects = 0
        self.duplicate_rejects = 0
        self.message_rejects = 0
        self._exec_ids: set[str] = set()

    def add(self, cl_ord_id: str, fields: dict[str, str], story: Story) -> ClientOrder:
        """A new order was made."""
        order = ClientOrder(len(self.orders) + 1, cl_ord_id, fields, story)
        self.orders.append(order)
        self.by_id[cl_ord_id] = order
        self.unanswered[order.number] = order
        return order

    def ask(self, order: ClientOrder, msg_type: str, fields: dict[str, str]) -> None:
        """A request about the order was made."""
        if msg_type == tags.ORDER_STATUS_REQUEST:
            order.status_asked += 1
        elif msg_type == tags.NEW_ORDER_SINGLE:
            order.doubles_sent += 1
        else:
            self.by_id[fields[tags.CL_ORD_ID]] = order
            order.requests[fields[tags.CL_ORD_ID]] = (msg_type, fields)

    def report(self, message: Received) -> ClientOrder | None:
        """Take an ExecutionReport(8); the order it is about."""
        self.reports += 1
        cl_ord_id = message.get(tags.CL_ORD_ID)
        if not cl_ord_id:
            self.given_for_us[message.get(tags.ORDER_ID)] = message
            return None
        order = self.by_id.get(cl_ord_id)
        if order is None:
            self.problem(f"ClOrdID(11) is not ours: {message!r}")
            return None
        exec_type = exec_type_of(message)
        if exec_type == STATUS:
            order.status_asked = max(0, order.status_asked - 1)
        elif self._told_before(message, exec_type):
            return order
        elif message.get(tags.ORD_REJ_REASON) == "6" and order.doubles_sent:
            order.doubles_sent -= 1
            self.duplicate_rejects += 1
        else:
            _HANDLERS.get(exec_type, ClientBook._on_other)(self, order, message)
        self._take_state(order, message)
        return order

    def cancel_reject(self, message: Received) -> ClientOrder | None:
        """Take an OrderCancelReject(9); the order it is about."""
        self.reports += 1
        self.cancel_rejects += 1
        order = self.by_id.get(message.get(tags.CL_ORD_ID))
        if order is None or message.get(tags.CL_ORD_ID) not in order.requests:
            self.problem(f"OrderCancelReject(9) for no request of ours: {message!r}")
            return order
        _, fields = order.requests.pop(message.get(tags.CL_ORD_ID))
        order.reason = message.get(tags.CXL_REJ_REASON)
        order.text = message.get(tags.TEXT)
        if fields.get(tags.ORIG_CL_ORD_ID) in self.by_id:
            order.status = message.get(tags.ORD_STATUS)
        return order

    def message_reject(self, cl_ord_id: str, text: str) -> ClientOrder | None:
        """A Reject(3) or BusinessMessageReject(j) refused the message with this ClOrdID(11)."""
        self.message_rejects += 1
        order = self.by_id.get(cl_ord_id)
        if order is None:
            self.problem(f"a message was refused: {text}")
            return None
        order.text = text
        if order.requests.pop(cl_ord_id, None) is None and not order.status:
            self._answered(order)
            order.status = "8"
        return order

    def refused_with_list(self, cl_ord_id: str) -> None:
        """An order was refused with its list; where it is kept, a report says so as well."""
        order = self.by_id.get(cl_ord_id)
        if order is not None and not order.status:
            self._answered(order)
            order.status, order.steps = "8", []

    def problem(self, text: str) -> None:
        """Keep what does not add up; the first hundred are enough."""
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(text)

    # One handler a kind of news

    def _on_new(self, order: ClientOrder, message: Received) -> None:
        self.accepted += 1

    def _on_trade(self, order: ClientOrder, message: Received) -> None:
        self.executions += 1
        order.cum += number_of(message.get(tags.LAST_QTY))

    def _on_canceled(self, order: ClientOrder, message: Received) -> None:
        order.requests.pop(message.get(tags.CL_ORD_ID), None)

    def _on_replaced(self, order: ClientOrder, message: Received) -> None:
        self.replaced += 1
        _, fields = order.requests.pop(message.get(tags.CL_ORD_ID), ("", {}))
        order.fields = {**order.fields, **fields}
        order.cl_ord_id = message.get(tags.CL_ORD_ID)
        order.quantity = number_of(message.get(tags.ORDER_QTY))

    def _on_restated(self, order: ClientOrder, message: Received) -> None:
        order.quantity = number_of(message.get(tags.ORDER_QTY))

    def _on_rejected(self, order: ClientOrder, message: Received) -> None:
        order.reason = message.get(tags.ORD_REJ_REASON)
        order.text = message.get(tags.TEXT)

    def _on_other(self, order: ClientOrder, message: Received) -> None:
        """Pending, expired, done for the day: the state below says it all."""

    # What every report must satisfy

    def _told_before(self, message: Received, exec_type: str) -> bool:
        exec_id = message.get(tags.EXEC_ID)
        if exec_id in ("", _NO_EXEC_ID):
            self.problem(f"ExecID(17) is missing where it must be unique: {message!r}")
            return False
        if exec_id not in self._exec_ids:
            self._exec_ids.add(exec_id)
            return False
        self.repeated_executions += exec_type == TRADE
        if not message.poss_dup and message.get(tags.POSS_RESEND) != "Y":
            self.problem(f"ExecID(17) came twice: {message!r}")
        return True

    def _take_state(self, order: ClientOrder, message: Received) -> None:
        self._answered(order)
        status = message.get(tags.ORD_STATUS)
        cum = number_of(message.get(tags.CUM_QTY))
        leaves = number_of(message.get(tags.LEAVES_QTY))
        quantity = number_of(message.get(tags.ORDER_QTY, str(order.quantity)))
        if cum != order.cum:
            self.problem(f"CumQty(14) {cum}, but the fills make {order.cum}: {message!r}")
        if quantity != order.quantity:
            self.problem(f"OrderQty(38) {quantity}, ordered {order.quantity}: {message!r}")
        if status in WORKING and max(quantity, cum) != cum + leaves:
            self.problem(f"OrderQty(38) is not CumQty(14) + LeavesQty(151): {message!r}")
        if order.order_id not in ("", message.get(tags.ORDER_ID)):
            self.problem(f"OrderID(37) was {order.order_id}: {message!r}")
        order.status, order.leaves, order.order_id = status, leaves, message.get(tags.ORDER_ID)

    def _answered(self, order: ClientOrder) -> None:
        self.unanswered.pop(order.number, None)


def exec_type_of(message: Received) -> str:
    """ExecType(150) as FIX 4.4 has it, from either dialect."""
    if message.get(tags.EXEC_TRANS_TYPE) == "3":
        return STATUS
    exec_type = message.get(tags.EXEC_TYPE)
    return TRADE if exec_type in ("1", "2") else exec_type


def number_of(text: str) -> Decimal:
    """A quantity as it stands in a message; zero where there is none."""
    return Decimal(text) if _NUMBER.fullmatch(text) else ZERO


_HANDLERS: Final[dict[str, Callable[[ClientBook, ClientOrder, Received], None]]] = {
    "0": ClientBook._on_new,
    "4": ClientBook._on_canceled,
    "5": ClientBook._on_replaced,
    "8": ClientBook._on_rejected,
    "D": ClientBook._on_restated,
    TRADE: ClientBook._on_trade,
}
