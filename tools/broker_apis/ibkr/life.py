"""The life of an order at IB: what is asked is done later, and told by messages that repeat.

An order is its client's by number (orderId) and the account's by permId. To place it again under
its number is to change it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

from tools.broker_apis.clock import NANOSECONDS
from tools.broker_apis.exchange import WrongStateError
from tools.broker_apis.ibkr import wire
from tools.broker_apis.ibkr.entry import RefusedError, asked, contract_of, terms_of
from tools.broker_apis.orders import Execution, Fact, Order, Terms
from tools.broker_apis.world import World

WORDS: Final = {
    "filled": "Filled",
    "canceled": "Cancelled",
    "expired": "Cancelled",
}
NOT_FOUND: Final = "OrderId {} that needs to be cancelled is not found."
NOT_NOW: Final = "OrderId {} that needs to be cancelled can not be cancelled, state: {}."
FIRST_PERM_ID: Final = 1_837_465_001
Say = Callable[[int, str, str], None]
"""To a client (by its id; -1 is all of them) a message with its name."""


@dataclass(slots=True, eq=False)
class Ticket:
    """An order as its client knows it."""

    order: Order
    number: int
    client: int
    told_perm_id: bool


class Life:
    """Orders of one account."""

    def __init__(self, world: World, say: Say) -> None:
        self._world = world
        self._say = say
        self._perm_ids = count(FIRST_PERM_ID)
        self._highest: dict[int, int] = {}
        self.tickets: dict[str, Ticket] = {}  # by permId, as text
        self._numbers: dict[tuple[int, int], Ticket] = {}
        self.exec_ids: dict[str, str] = {}  # the exchange's to those that are told
        world.exchange.listeners.append(self._told)
        self.is_linked = True
        """Whether TWS has a connection to IB's servers."""

    def next_id(self, client: int) -> int:
        """The first orderId that this client may use."""
        return self._highest.get(client, 0) + 1

    def ticket(self, client: int, number: int) -> Ticket | None:
        """An order by its client's number."""
        return self._numbers.get((client, number))

    # --- requests ---------------------------------------------------------------------------------

    def place(self, client: int, fields: Sequence[str]) -> None:
        """Place an order, or change the one that has this number."""
        number = int(fields[1])
        ticket = self.ticket(client, number)
        try:
            if self._world.switches["read_only"]:
                text = "Error validating request.-'bX' : cause - The API interface is currently"
                raise RefusedError(321, f"{text} in Read-Only mode.")
            if not self.is_linked:
                raise RefusedError(133, "Submit new order failed.")
            row = asked(fields)
            if ticket is None and number < self.next_id(client):
                raise RefusedError(103, "Duplicate order id")
            account = str(self._world.switches["account"])
            terms = terms_of(row, contract_of(row), account)
            if ticket is None:
                self._highest[client] = number
                self.take(terms, client, number)
            else:
                self._change(ticket, terms)
        except RefusedError as error:
            self.refuse(client, number, error.code, str(error))

    def take(self, terms: Terms, client: int, number: int) -> Order:
        """An order that was checked: its client's, or another trader's."""
        treatment = self._world.treatments.take(terms)
        perm_id = str(next(self._perm_ids))
        order = self._world.exchange.receive(terms, perm_id)
        self._world.desk.treat(order, treatment)
        ticket = Ticket(order, number, client, not self._world.switches["perm_id_late"])
        self.tickets[perm_id] = self._numbers[client, number] = ticket
        if treatment.reject:
            self._world.exchange.reject(order, treatment.reject)
            return order
        self._tell_order(ticket)
        self._world.agenda.after(treatment.ack_delay_s, lambda: self._world.desk.accept(order))
        return order

    def _change(self, ticket: Ticket, terms: Terms) -> None:
        order = ticket.order
        if terms.symbol != order.terms.symbol or terms.side != order.terms.side:
            raise RefusedError(105, "Order being modified does not match original order.")
        if order.ended == "filled":
            raise RefusedError(104, "Cannot modify a filled order.")
        if order.ended:
            raise RefusedError(201, "Order rejected - reason:Cannot modify a cancelled order")
        treatment = self._world.desk.treatment_of(order)
        self._world.agenda.after(
            treatment.cancel_delay_s,
            lambda: self._world.desk.race(
                order,
                treatment.on_replace,
                lambda: self._amend(ticket, terms),
                lambda why: self._not_changed(ticket, why),
            ),
        )

    def _amend(self, ticket: Ticket, terms: Terms) -> None:
        order = ticket.order
        kept = replace(terms, client_id=order.terms.client_id)
        try:
            self._world.exchange.amend(order, kept)
        except WrongStateError as error:
            self._not_changed(ticket, str(error))
            return
        self._tell_order(ticket)
        desk = self._world.desk
        before, treatment = desk.treatment_of(order), self._world.treatments.take(kept)
        desk.treat(order, treatment)
        if treatment is not before or treatment.fill == "book":
            desk.work(order)

    def _not_changed(self, ticket: Ticket, why: str) -> None:
        if ticket.order.ended == "filled":
            self.refuse(ticket.client, ticket.number, 104, "Cannot modify a filled order.")
        else:
            self.refuse(ticket.client, ticket.number, 201, f"Order rejected - reason:{why}")

    def cancel(self, client: int, number: int) -> None:
        """Cancel an order of this client's."""
        ticket = self.ticket(client, number)
        if ticket is None:
            self.refuse(client, number, 10147, NOT_FOUND.format(number))
            return
        order = ticket.order
        if order.ended:
            self._not_canceled(ticket)
            return
        treatment = self._world.desk.treatment_of(order)
        self._world.agenda.after(
            treatment.cancel_delay_s,
            lambda: self._world.desk.race(
                order,
                treatment.on_cancel,
                lambda: self._world.exchange.cancel(order),
                lambda _why: self._not_canceled(ticket),
            ),
        )

    def _not_canceled(self, ticket: Ticket) -> None:
        text = NOT_NOW.format(ticket.number, self.status(ticket))
        if ticket.order.ended:
            self.refuse(ticket.client, ticket.number, 10148, text)
        else:
            text = f"Cancel attempted when order is not in a cancellable state. {text}"
            self.refuse(ticket.client, ticket.number, 161, text)

    def cancel_all(self) -> None:
        """Every order of every client."""
        for order in self._world.exchange.open_orders():
            self._world.exchange.cancel(order)

    def refuse(self, client: int, number: int, code: int, text: str) -> None:
        """Say that something was not done."""
        self._say(client, "error", wire.error(number, code, text))

    # --- telling ----------------------------------------------------------------------------------

    def status(self, ticket: Ticket) -> str:
        """IB's word for how it stands."""
        order = ticket.order
        if order.ended:
            return WORDS.get(order.ended, str(self._world.switches["inactive"]))
        return "PreSubmitted" if order.accepted_ns is None else "Submitted"

    def row(self, ticket: Ticket) -> dict[str, Any]:
        """All that its messages may have."""
        order = ticket.order
        row: Mapping[str, Any] = order.terms.extras["row"]
        rest = order.terms.quantity - order.filled
        last = order.executions[-1].price if order.executions else 0
        return {
            **row,
            "orderId": ticket.number,
            "clientId": ticket.client,
            "permId": order.order_id if ticket.told_perm_id else 0,
            "account": order.terms.account,
            "orderRef": order.client_id,
            "status": self.status(ticket),
            "filled": order.filled,
            "remaining": 0 if order.ended and order.ended != "canceled" else rest,
            "avgFillPrice": order.average or 0,
            "lastFillPrice": last,
        }

    def tell_status(self, ticket: Ticket) -> None:
        """An orderStatus, as often as they come."""
        for _ in range(2 if self._world.switches["duplicates"] else 1):
            self._say(ticket.client, "orderStatus", wire.order_status(self.row(ticket)))

    def _tell_order(self, ticket: Ticket) -> None:
        self._say(ticket.client, "openOrder", wire.open_order(self.row(ticket)))
        self.tell_status(ticket)

    def execution(self, ticket: Ticket, made: Execution, about: int = -1) -> str:
        """An execDetails."""
        before = [e for e in ticket.order.executions if not e.busted]
        until = before[: before.index(made) + 1] if made in before else before
        done = sum(e.quantity for e in until)
        moment = datetime.fromtimestamp(made.time_ns / NANOSECONDS, UTC)
        row = self.row(ticket)
        return wire.exec_details(
            about,
            {
                **row,
                "permId": ticket.order.order_id,
                "execId": self.exec_ids[made.execution_id],
                "time": f"{moment:%Y%m%d %H:%M:%S} UTC",
                "acctNumber": ticket.order.terms.account,
                "execExchange": row["primaryExchange"],
                "side": "BOT" if ticket.order.terms.sign > 0 else "SLD",
                "shares": made.quantity,
                "price": made.price,
                "cumQty": done,
                "avgPrice": sum(e.quantity * e.price for e in until) / done if done else 0,
            },
        )

    def _told(self, fact: Fact, order: Order) -> None:
        ticket = self.tickets.get(order.order_id)
        if ticket is None:
            return
        if fact.kind == "accepted":
            ticket.told_perm_id = True
            self._tell_order(ticket)
        elif fact.kind == "filled":
            made = order.executions[-1]
            self.exec_ids[fact.execution_id] = f"00012ab3.{int(order.order_id):x}.{fact.number}.01"
            self._filled(ticket, made)
        elif fact.kind == "corrected":
            base, _, number = self.exec_ids[fact.other_id].rpartition(".")
            self.exec_ids[fact.execution_id] = f"{base}.{int(number) + 1:02d}"
            made = next(e for e in order.executions if e.execution_id == fact.execution_id)
            self._say(ticket.client, "execDetails", self.execution(ticket, made))
        elif fact.kind == "rejected":
            text = f"Order rejected - reason:{fact.reason}"
            self._say(ticket.client, "error", wire.error(ticket.number, 201, text))
            self.tell_status(ticket)
        elif fact.kind in WORDS:
            ticket.told_perm_id = True
            self.tell_status(ticket)
            text = f"Order Canceled - reason:{fact.reason}"
            self._say(ticket.client, "error", wire.error(ticket.number, 202, text))

    def _filled(self, ticket: Ticket, made: Execution) -> None:
        when = self._world.switches["status_of_fills"]
        ticket.told_perm_id = True
        if when == "before":
            self.tell_status(ticket)
        self._say(ticket.client, "execDetails", self.execution(ticket, made))
        if when == "after":
            self.tell_status(ticket)
        exec_id = self.exec_ids[made.execution_id]
        report = wire.said(59, 1, exec_id, "1.0", "USD", wire.UNSET, "", "")
        self._world.agenda.after(0, lambda: self._say(ticket.client, "commissionReport", report))
