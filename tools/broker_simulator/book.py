"""The broker's orders: facts of each order, the changes that befall it, and its status.

Changes are facts: `apply` never refuses. The status is derived from the facts by FIX's own
precedence (FIX 4.4 Vol. 4, Execution Report). Knows nothing of time or of how it is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tools.broker_simulator.scenarios import Scenario
from tools.fix_peer import Received, tags

NEW: Final = "0"
CANCELED: Final = "4"
REPLACED: Final = "5"
PENDING_CANCEL: Final = "6"
REJECTED: Final = "8"
PENDING_NEW: Final = "A"
PENDING_REPLACE: Final = "E"
TRADE: Final = "F"
STATUS: Final = "I"
CHANGE_REJECTED: Final = "9"
"""Not an ExecType(150): the answer is an OrderCancelReject(9)."""

ZERO: Final = Decimal(0)
_NUMBER: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One fact about an order: what (ExecType(150) as FIX 4.4 has it), and under which ClOrdID."""

    kind: str
    cl_ord_id: str
    orig_cl_ord_id: str = ""
    quantity: Decimal = ZERO
    price: Decimal = ZERO
    reason: str = ""
    text: str = ""


class Order:
    """One order with its chain of ClOrdIDs."""

    def __init__(self, number: int, order_id: str, request: Received, scenario: Scenario) -> None:
        self.number = number
        self.order_id = order_id
        self.cl_ord_id = request.get(tags.CL_ORD_ID)
        """The last ClOrdID(11) that was accepted."""
        self.terms: Mapping[str, str] = request.fields
        """The fields of D, and over them those of every accepted G."""
        self.scenario = scenario
        self.quantity = decimal_of(request.get(tags.ORDER_QTY))
        self.cum = ZERO
        self.paid = ZERO
        self.accepted = False
        self.rejected = False
        self.canceled = False
        self.replaced = False
        self.pending: dict[str, str] = {}
        """Requests that were acknowledged as pending: ClOrdID to kind."""
        self.requests: dict[str, Received] = {}
        """Requests without an outcome, by ClOrdID(11)."""

        self.plan: list[Decimal] = []
        self.plan_number = 0
        self.not_before = 0

    @property
    def symbol(self) -> str:
        """Symbol(55)."""
        return self.terms.get(tags.SYMBOL, "")

    @property
    def closed(self) -> bool:
        """Nothing more can be done."""
        return self.rejected or self.canceled or (self.accepted and self.cum >= self.quantity)

    @property
    def answered(self) -> bool:
        """It was accepted or it has ended."""
        return self.accepted or self.closed

    @property
    def leaves(self) -> Decimal:
        """LeavesQty(151)."""
        return ZERO if self.closed else self.quantity - self.cum

    @property
    def average(self) -> Decimal:
        """AvgPx(6)."""
        return self.paid / self.cum if self.cum else ZERO

    def status(self, *, shows_replaced: bool) -> str:
        """OrdStatus(39): of all that is true, what ranks highest. FIX 4.2 also has Replaced."""
        pending = self.pending.values()
        truths = (
            (PENDING_CANCEL in pending, "6"),
            (PENDING_REPLACE in pending, "E"),
            (self.accepted and self.cum >= self.quantity, "2"),
            (self.canceled, "4"),
            (self.cum > 0, "1"),
            (self.rejected, "8"),
            (self.replaced and shows_replaced, "5"),
            (self.accepted, "0"),
        )
        return next((status for true, status in truths if true), "A")

    def apply(self, change: Change) -> None:
        """Make the fact part of the order."""
        if change.kind == NEW:
            self.accepted = True
        elif change.kind == REJECTED:
            self.rejected = True
        elif change.kind == TRADE:
            self.accepted = True
            self.cum += change.quantity
            self.paid += change.quantity * change.price
        elif change.kind in (PENDING_CANCEL, PENDING_REPLACE):
            if change.cl_ord_id in self.requests:  # else its outcome overtook it on the way
                self.pending[change.cl_ord_id] = change.kind
        elif change.kind in (CANCELED, REPLACED, CHANGE_REJECTED):
            self._end_request(change)

    def _end_request(self, change: Change) -> None:
        request = self.requests.pop(change.cl_ord_id, None)
        self.pending.pop(change.cl_ord_id, None)
        if change.kind == CANCELED:
            self.canceled = True
        elif change.kind == REPLACED:
            self.accepted = self.replaced = True
            self.cl_ord_id = change.cl_ord_id
            self.quantity = change.quantity
            if request is not None:
                self.terms = {**self.terms, **request.fields}


class Book:
    """All orders, by every ClOrdID(11) of their chains."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self._by_id: dict[str, Order] = {}

    def add(self, order_id_prefix: str, request: Received, scenario: Scenario) -> Order:
        """A new order."""
        number = len(self.orders) + 1
        order = Order(number, f"{order_id_prefix}-{number}", request, scenario)
        self.orders.append(order)
        self._by_id[order.cl_ord_id] = order
        return order

    def find(self, cl_ord_id: str) -> Order | None:
        """The order that has or had this ClOrdID(11)."""
        return self._by_id.get(cl_ord_id)

    def claim(self, order: Order, request: Received) -> None:
        """The request's ClOrdID(11) belongs to the order from now on, whatever becomes of it."""
        self._by_id[request.get(tags.CL_ORD_ID)] = order
        order.requests[request.get(tags.CL_ORD_ID)] = request


def decimal_of(text: str) -> Decimal:
    """A quantity or price as it stands in a message; zero where it is not a plain number."""
    return Decimal(text) if _NUMBER.fullmatch(text) else ZERO
