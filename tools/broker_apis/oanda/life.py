"""The life of an order at OANDA: all that happens is a transaction, and most of it is in the reply.

An order that may not be ends in the batch that made it, with a 201; one that makes no sense is
refused with a 400. What is left after a partial fill goes on as another order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from tools.broker_apis.clock import NANOSECONDS
from tools.broker_apis.oanda import hours
from tools.broker_apis.oanda.entry import KINDS, TYPES, Body, RejectedError, terms_of
from tools.broker_apis.oanda.instruments import LISTED
from tools.broker_apis.oanda.ledger import Ledger, Row
from tools.broker_apis.oanda.tickets import CANCELLED, FILLED, PENDING, Ticket
from tools.broker_apis.oanda.trades import Trades
from tools.broker_apis.orders import AT_ONCE, EXPIRED, MARKET, REJECTED, Fact, Order, Terms
from tools.broker_apis.treatments import Treatment
from tools.broker_apis.world import World

AT_ONCE_REASONS: Final = frozenset(
    {
        "INSUFFICIENT_MARGIN",
        "INSUFFICIENT_LIQUIDITY",
        "MARKET_HALTED",
        "BOUNDS_VIOLATION",
        "FIFO_VIOLATION",
        "POSITION_SIZE_EXCEEDED",
        "ACCOUNT_LOCKED",
    }
)
"""Of a treatment's `reject`: these end the order in the batch that makes it."""
CLIENT_ID_CHARACTERS: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@:"
)
GONE: Final = "ORDER_DOESNT_EXIST"
ASKED: Final = "CLIENT_REQUEST"


class RefusedError(Exception):
    """A request is refused, and this transaction says so. `name`: its place in the reply."""

    def __init__(self, status: int, name: str, row: Row, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.name = name
        self.row = row


class Life:
    """Orders of one account. `tickets`: by OANDA's number, in their order."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world = world
        self._ledger = ledger
        self.trades = Trades()
        self.tickets: dict[str, Ticket] = {}
        self._current: dict[str, Ticket] = {}  # of the world's orders
        self._in_request = False
        world.exchange.new_execution_id = ledger.reserve
        world.exchange.listeners.append(self._told)
        world.desk.end_leftover = self._end_leftover
        world.desk.working = lambda _order: not self.is_halted

    # --- finding ----------------------------------------------------------------------------------

    def find(self, specifier: str) -> Ticket | None:
        """An order by its number, or by "@" and its client's id."""
        if not specifier.startswith("@"):
            return self.tickets.get(specifier)
        found = [t for t in self.tickets.values() if t.client_id == specifier[1:]]
        pending = [ticket for ticket in found if ticket.state == PENDING]
        if pending or not self._world.switches["closed_by_client_id"]:
            return pending[-1] if pending else None
        return found[-1] if found else None

    def pending(self) -> list[Ticket]:
        """The newest first."""
        return [t for t in reversed(self.tickets.values()) if t.state == PENDING]

    @property
    def account_id(self) -> str:
        """The one account."""
        return str(self._world.switches["account_id"])

    @property
    def is_halted(self) -> bool:
        """Whether nothing trades now."""
        return bool(self._world.switches["weekend"]) and hours.is_halted(self._now())

    # --- requests ---------------------------------------------------------------------------------

    def place(self, body: Body, label: str = "") -> list[Row]:
        """The transactions that an order leads to at once; RefusedError, InvalidError."""
        begin = self._begin(label)
        try:
            terms = self._checked(body)
            treatment = self._world.treatments.take(terms)
            if treatment.reject and treatment.reject not in AT_ONCE_REASONS:
                raise RejectedError(treatment.reject.upper().replace(" ", "_"))
        except RejectedError as error:
            raise self._rejected(body, str(error)) from None
        else:
            self._take(terms, treatment)
        finally:
            self._in_request = False
        return self._ledger.rows[begin:]

    def replace(self, specifier: str, body: Body, label: str = "") -> list[Row]:
        """The same for one that takes the place of another."""
        begin = self._begin(label)
        try:
            old = self._working(specifier, label)
            try:
                terms = self._checked(body, instead_of=old)
                if terms.kind != old.order.terms.kind or terms.symbol != old.order.terms.symbol:
                    raise RejectedError("REPLACING_ORDER_INVALID")
            except RejectedError as error:
                raise self._rejected(body, str(error), old) from None
            self._race(old, "on_replace", label, lambda: self._take_place(old, terms))
        finally:
            self._in_request = False
        return self._ledger.rows[begin:]

    def cancel(self, specifier: str, label: str = "") -> list[Row]:
        """The same for a cancel."""
        begin = self._begin(label)
        try:
            ticket = self._working(specifier, label)
            by_client_id = specifier.startswith("@")
            self._race(
                ticket,
                "on_cancel",
                label,
                lambda: self._world.exchange.cancel(ticket.order, ASKED),
                follows=by_client_id,
            )
        finally:
            self._in_request = False
        return self._ledger.rows[begin:]

    def take(self, terms: Terms) -> Order:
        """An order of another trader on the account."""
        self._ledger.begin()
        named = {"clientExtensions": {"id": terms.client_id}} if terms.client_id else {}
        price = terms.limit or terms.stop
        priced = {"price": format(price, "f")} if price is not None else {}
        extras = {**named, **priced, **terms.extras}
        terms = replace(terms, account=self.account_id, extras=extras)
        return self._take(terms, self._world.treatments.take(terms)).order

    # --- inside: requests -------------------------------------------------------------------------

    def _begin(self, label: str) -> int:
        self._in_request = True
        return self._ledger.begin(label)

    def _checked(self, body: Body, instead_of: Ticket | None = None) -> Terms:
        terms = replace(terms_of(body, self._now()), account=self.account_id)
        client_id = terms.client_id
        if client_id:
            most = int(self._world.switches["client_id_length_max"])
            if len(client_id) > most or not CLIENT_ID_CHARACTERS.issuperset(client_id):
                raise RejectedError("CLIENT_ORDER_ID_INVALID")
            freed = self._world.switches["client_id_freed"]
            others = (t for t in self.tickets.values() if t is not instead_of)
            if any(t.client_id == client_id and (t.state == PENDING or not freed) for t in others):
                raise RejectedError("CLIENT_ORDER_ID_ALREADY_EXISTS")
        return terms

    def _rejected(self, body: Body, why: str, instead_of: Ticket | None = None) -> RefusedError:
        names = ("instrument", "units", "price", "timeInForce", "clientExtensions")
        fields = {name: body[name] for name in names if name in body}
        if instead_of is not None:
            fields["intendedReplacesOrderID"] = instead_of.number
        kind = str(body.get("type"))
        reason = "CLIENT_ORDER" if instead_of is None else "REPLACEMENT"
        told = {**fields, "reason": reason, "rejectReason": why}
        row = self._ledger.add(f"{kind if kind in KINDS else 'LIMIT'}_ORDER_REJECT", told)
        return RefusedError(400, "orderRejectTransaction", row, why)

    def _working(self, specifier: str, label: str) -> Ticket:
        ticket = self.find(specifier)
        if ticket is None or ticket.state != PENDING:
            raise self._gone(ticket, specifier)
        return ticket

    def _gone(self, ticket: Ticket | None, specifier: str, why: str = GONE) -> RefusedError:
        named: Row = {"reason": ASKED, "rejectReason": why}
        if ticket is not None:
            named |= {"orderID": ticket.number, **self._named(ticket)}
        elif specifier.startswith("@"):
            named["clientOrderID"] = specifier[1:]
        else:
            named["orderID"] = specifier
        row = self._ledger.add("ORDER_CANCEL_REJECT", named)
        return RefusedError(404, "orderCancelRejectTransaction", row, why)

    def _race(
        self, ticket: Ticket, which: str, label: str, done: Any, *, follows: bool = False
    ) -> None:
        """`follows`: what the order goes on as after a partial fill is meant as well."""
        how = getattr(self._world.desk.treatment_of(ticket.order), which)
        refusals: list[str] = []

        def win() -> None:
            if self._current[ticket.order.order_id] is ticket or follows:
                done()
            else:
                refusals.append(GONE)

        self._world.desk.race(ticket.order, how, win, lambda _why: refusals.append(GONE))
        if refusals or how == "silent":
            raise self._gone(ticket, ticket.number)

    # --- inside: what happens ---------------------------------------------------------------------

    def _take(self, terms: Terms, treatment: Treatment) -> Ticket:
        number = self._ledger.reserve()
        order = self._world.exchange.receive(terms, number)
        self._world.desk.treat(order, treatment)
        ticket = self._ticket(number, order, terms.quantity, "CLIENT_ORDER")
        self._go(ticket, treatment)
        return ticket

    def _take_place(self, old: Ticket, terms: Terms) -> None:
        canceled, number = self._ledger.reserve(), self._ledger.reserve()
        exchange = self._world.exchange
        new = exchange.receive(terms, number, replaces=old.order)
        old.replaced_by = number
        exchange.swap(old.order, new)
        self._end(old, CANCELLED, canceled)
        told = {"orderID": old.number, **self._named(old), "reason": "CLIENT_REQUEST_REPLACED"}
        self._ledger.add("ORDER_CANCEL", {**told, "replacedByOrderID": number})
        ticket = self._ticket(number, new, terms.quantity, "REPLACEMENT", replaces=old.number)
        self._go(ticket, self._world.desk.treatment_of(new))

    def _ticket(
        self, number: str, order: Order, units: Decimal, reason: str, replaces: str = ""
    ) -> Ticket:
        ticket = Ticket(
            number=number,
            order=order,
            units=units,
            created_ns=self._world.clock.shown_ns(),
            replaces=replaces,
        )
        self.tickets[number] = self._current[order.order_id] = ticket
        self._ledger.add(f"{TYPES[order.terms.kind]}_ORDER", {**ticket.terms(), "reason": reason})
        return ticket

    def _go(self, ticket: Ticket, treatment: Treatment) -> None:
        order, desk = ticket.order, self._world.desk
        why = treatment.reject or self._why_not(order)
        if why:
            self._world.exchange.accept(order)
            self._world.exchange.reject(order, why)
            return
        desk.accept(order)
        until_ns = order.terms.extras.get("gtdTime")
        if order.terms.time_in_force == "gfd":
            until_ns = hours.day_end_ns(self._now())
        if until_ns and not order.ended:
            wait_s = max(0, until_ns - self._now()) / NANOSECONDS
            self._world.agenda.after(wait_s, lambda: self._expire(order))

    def _why_not(self, order: Order) -> str:
        """Why OANDA ends what would trade at once."""
        terms = order.terms
        if terms.kind != MARKET:
            return ""
        if self.is_halted:
            return "MARKET_HALTED"
        instrument = LISTED[terms.symbol]
        touch = self._world.market.quote(terms.symbol).price(terms.side)
        if touch is None:
            return "INSUFFICIENT_LIQUIDITY"
        held = self._world.accounts.position(self.account_id, terms.symbol).quantity
        after = abs(held + terms.quantity * terms.sign)
        price = touch if terms.symbol.endswith("_USD") else Decimal(1)
        needed = after * price * Decimal(instrument.margin_rate)
        grows = after > abs(held)
        has = Decimal(str(self._world.switches["balance"]))
        return "INSUFFICIENT_MARGIN" if grows and needed > has else ""

    def _expire(self, order: Order) -> None:
        if not order.ended:
            self._world.exchange.expire(order)

    def _end_leftover(self, order: Order) -> None:
        if order.terms.kind != MARKET:
            self._world.exchange.expire(order)
            return
        bounded = order.terms.limit is not None
        reason = "BOUNDS_VIOLATION" if bounded else "INSUFFICIENT_LIQUIDITY"
        self._world.exchange.cancel(order, reason)

    # --- inside: facts to transactions ------------------------------------------------------------

    def _told(self, fact: Fact, order: Order) -> None:
        ticket = self._current.get(order.order_id)
        if ticket is None or fact.kind not in ("filled", "canceled", EXPIRED, REJECTED):
            return
        if not self._in_request:
            self._ledger.begin()
        if fact.kind == "filled":
            self._filled(fact, ticket)
            return
        reason = "TIME_IN_FORCE_EXPIRED" if fact.kind == EXPIRED else fact.reason or ASKED
        told = {"orderID": ticket.number, **self._named(ticket), "reason": reason}
        row = self._ledger.add("ORDER_CANCEL", told)
        self._end(ticket, CANCELLED, row["id"])

    def _filled(self, fact: Fact, ticket: Ticket) -> None:
        assert fact.quantity is not None
        assert fact.price is not None
        terms = ticket.order.terms
        units, price = fact.quantity * terms.sign, format(fact.price, "f")
        quote = self._world.market.quote(terms.symbol)
        blocks = self.trades.fill(
            terms.symbol, units, fact.price, fact.execution_id, self._world.clock.shown_ns()
        )
        told: Mapping[str, Any] = {
            "orderID": ticket.number,
            **self._named(ticket),
            "instrument": terms.symbol,
            "units": format(units, "f"),
            "price": price,
            "fullVWAP": price,
            "fullPrice": {
                "closeoutBid": format(quote.bid, "f"),
                "closeoutAsk": format(quote.ask, "f"),
            },
            "reason": f"{TYPES[terms.kind]}_ORDER",
            "pl": "0.0000",
            "financing": "0.0000",
            "commission": "0.0000",
            "accountBalance": str(self._world.switches["balance"]),
            **blocks,
        }
        row = self._ledger.add("ORDER_FILL", told)
        if ticket.order.rest and terms.time_in_force in AT_ONCE:
            return
        self._end(ticket, FILLED, row["id"])
        if ticket.order.rest:
            names_old = self._world.switches["reissue_names_old"]
            old_id = ticket.number if names_old else ""
            number = self._ledger.reserve()
            self._ticket(number, ticket.order, ticket.order.rest, "REPLACEMENT", replaces=old_id)

    def _end(self, ticket: Ticket, state: str, ended_by: str) -> None:
        ticket.state, ticket.ended_by = state, ended_by
        ticket.ended_ns = self._world.clock.shown_ns()

    def _named(self, ticket: Ticket) -> Row:
        named = bool(ticket.client_id) and self._world.switches["client_order_ids"]
        return {"clientOrderID": ticket.client_id} if named else {}

    def _now(self) -> int:
        return self._world.clock.now_ns()
