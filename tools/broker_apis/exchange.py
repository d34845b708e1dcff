"""The broker's order book: every verb makes one fact, tells it, and checks that it may happen.

Pure: no sockets, no randomness; time comes from the clock it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import count

from tools.broker_apis.clock import Clock
from tools.broker_apis.orders import (
    CANCEL,
    CANCELED,
    EXPIRED,
    FILLED,
    REJECTED,
    REPLACE,
    REPLACED,
    Execution,
    Fact,
    Order,
    Terms,
)

Listener = Callable[[Fact, Order], None]


class WrongStateError(Exception):
    """The order has ended, or may not take that fact."""


class Exchange:
    """Orders by id and by the client's id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = count(1)
        self._execution_numbers = count(1)
        self.orders: dict[str, Order] = {}
        self._open: dict[str, Order] = {}
        self._by_client_id: dict[str, list[Order]] = {}
        self.facts: list[Fact] = []
        self.listeners: list[Listener] = []
        """Told of every fact at once, when it holds already."""
        self.new_execution_id: Callable[[], str] = lambda: f"E{next(self._execution_numbers)}"

    def open_orders(self) -> list[Order]:
        """Those that have not ended, the oldest first."""
        return list(self._open.values())

    def by_client_id(self, client_id: str) -> list[Order]:
        """Every order that ever bore it, the oldest first."""
        return list(self._by_client_id.get(client_id, ()))

    # --- the life of an order ---------------------------------------------------------------------

    def receive(self, terms: Terms, order_id: str, *, replaces: Order | None = None) -> Order:
        """Take an order in: it exists from here on, and is not at work yet."""
        if order_id in self.orders:
            raise WrongStateError(f"order {order_id} is there already")
        now = self._clock.shown_ns()
        order = Order(order_id=order_id, terms=terms, received_ns=now, updated_ns=now)
        if replaces is not None:
            order.replaces = replaces.order_id
        self.orders[order_id] = self._open[order_id] = order
        self._by_client_id.setdefault(terms.client_id, []).append(order)
        self._tell("received", order, quantity=terms.quantity, price=terms.limit)
        return order

    def accept(self, order: Order) -> None:
        """It is at work."""
        self._alive(order)
        if order.accepted_ns is not None:
            raise WrongStateError(f"order {order.order_id} is accepted already")
        order.accepted_ns = self._clock.shown_ns()
        self._tell("accepted", order)

    def reject(self, order: Order, reason: str) -> None:
        """Refuse it, also when it was accepted."""
        self._end(order, REJECTED, reason)

    def fill(self, order: Order, quantity: Decimal, price: Decimal) -> Execution:
        """Trade `quantity` of it at `price`; never worse than its limit, never too much."""
        self._alive(order)
        limit = order.terms.limit
        if not 0 < quantity <= order.rest:
            raise WrongStateError(f"order {order.order_id}: {order.rest} left, not {quantity}")
        if limit is not None and (price - limit) * order.terms.sign > 0:
            raise WrongStateError(f"order {order.order_id}: {price} is worse than {limit}")
        made = Execution(
            execution_id=self.new_execution_id(),
            time_ns=self._clock.shown_ns(),
            quantity=quantity,
            price=price,
        )
        order.executions.append(made)
        if not order.rest:
            order.ended, order.ended_ns, order.pending = FILLED, made.time_ns, ""
            del self._open[order.order_id]
        self._tell("filled", order, quantity=quantity, price=price, execution_id=made.execution_id)
        return made

    def cancel(self, order: Order, reason: str = "") -> None:
        """End it as canceled, asked for or not."""
        self._end(order, CANCELED, reason)

    def expire(self, order: Order, reason: str = "") -> None:
        """End it as expired."""
        self._end(order, EXPIRED, reason)

    def amend(self, order: Order, terms: Terms) -> None:
        """Other terms for the same order."""
        self._alive(order)
        if terms.quantity <= order.filled:
            raise WrongStateError(f"order {order.order_id}: {order.filled} is filled already")
        if terms.client_id != order.client_id:
            self._by_client_id.setdefault(terms.client_id, []).append(order)
        order.terms, order.pending = terms, ""
        self._tell("amended", order, quantity=terms.quantity, price=terms.limit)

    def swap(self, old: Order, new: Order) -> None:
        """The new order stands in the place of the old one, which ends as replaced."""
        self._alive(old)
        old.replaced_by = new.order_id
        self._end(old, REPLACED, "", other_id=new.order_id)

    # --- requests that are decided later ----------------------------------------------------------

    def ask_cancel(self, order: Order) -> None:
        """A cancel waits for its decision."""
        self._ask(order, CANCEL)

    def ask_replace(self, order: Order) -> None:
        """A replace waits for its decision."""
        self._ask(order, REPLACE)

    def refuse_cancel(self, order: Order, reason: str) -> None:
        """The cancel is refused; the order is as it was."""
        order.pending = ""
        self._tell("cancel_refused", order, reason=reason)

    def refuse_replace(self, order: Order, reason: str, other_id: str = "") -> None:
        """The replace is refused; the order is as it was."""
        order.pending = ""
        self._tell("replace_refused", order, reason=reason, other_id=other_id)

    # --- what the broker takes back ---------------------------------------------------------------

    def bust(self, order: Order, execution_id: str) -> None:
        """An execution that never was."""
        place = self._place(order, execution_id)
        old = order.executions[place]
        order.executions[place] = replace(old, busted=True)
        self._tell(
            "busted", order, quantity=old.quantity, price=old.price, execution_id=execution_id
        )

    def correct(self, order: Order, execution_id: str, price: Decimal) -> Execution:
        """The same execution at another price, under a new id."""
        place = self._place(order, execution_id)
        new = replace(order.executions[place], price=price, execution_id=self.new_execution_id())
        order.executions[place] = new
        self._tell(
            "corrected",
            order,
            quantity=new.quantity,
            price=price,
            execution_id=new.execution_id,
            other_id=execution_id,
        )
        return new

    # --- inside -----------------------------------------------------------------------------------

    def _place(self, order: Order, execution_id: str) -> int:
        for place, one in enumerate(order.executions):
            if one.execution_id == execution_id and not one.busted:
                return place
        raise WrongStateError(f"order {order.order_id} has no execution {execution_id}")

    def _ask(self, order: Order, what: str) -> None:
        self._alive(order)
        if order.pending:
            raise WrongStateError(f"order {order.order_id}: a {order.pending} is pending")
        order.pending = what
        self._tell(f"{what}_asked", order)

    def _alive(self, order: Order) -> None:
        if order.ended:
            raise WrongStateError(f"order {order.order_id} is {order.ended}")

    def _end(self, order: Order, ended: str, reason: str, other_id: str = "") -> None:
        self._alive(order)
        order.ended, order.ended_ns = ended, self._clock.shown_ns()
        order.pending, order.reason = "", reason
        del self._open[order.order_id]
        self._tell(ended, order, reason=reason, other_id=other_id)

    def _tell(
        self,
        kind: str,
        order: Order,
        *,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
        execution_id: str = "",
        reason: str = "",
        other_id: str = "",
    ) -> None:
        order.updated_ns = self._clock.shown_ns()
        fact = Fact(
            number=next(self._numbers),
            time_ns=order.updated_ns,
            kind=kind,
            order_id=order.order_id,
            client_id=order.client_id,
            symbol=order.terms.symbol,
            quantity=quantity,
            price=price,
            execution_id=execution_id,
            reason=reason,
            other_id=other_id,
        )
        self.facts.append(fact)
        for listener in self.listeners:
            listener(fact, order)
