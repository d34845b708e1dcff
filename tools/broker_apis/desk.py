"""The broker's desk: works accepted orders by their treatment, and decides races. Pure.

An API receives an order, asks `treatment_of`, and calls `accept` (now or by the agenda). It calls
`race` for a cancel or a replace with what is to be done when the request wins and when it loses.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal
from functools import partial
from typing import Final

from tools.broker_apis.clock import Agenda
from tools.broker_apis.exchange import Exchange
from tools.broker_apis.market import Market, Quote
from tools.broker_apis.orders import AT_ONCE, BUY, LIMIT, MARKET, Order
from tools.broker_apis.treatments import Treatment, Treatments

TOO_LATE: Final = "too late: the order is filled"
FINEST: Final = Decimal("1e-9")
PRICE_DEFAULT: Final = Decimal(100)


class Desk:
    """Fills, leftovers, unsolicited cancels, races."""

    def __init__(
        self, exchange: Exchange, market: Market, agenda: Agenda, treatments: Treatments
    ) -> None:
        self._exchange = exchange
        self._market = market
        self._agenda = agenda
        self._treatments = treatments
        self._by_order: dict[str, Treatment] = {}
        self._triggered: set[str] = set()
        self.end_leftover: Callable[[Order], None] = exchange.cancel
        """What becomes of the rest of a market, ioc or fok order; `exchange.expire` with some."""
        self.step = Decimal(1)
        """What parts of a quantity are cut to, unless it is finer itself."""
        self.in_two: Callable[[Order], bool] = lambda order: False
        """Whether what the book fills is filled in two parts; asked once before each fill."""
        self.working: Callable[[Order], bool] = lambda order: True
        """Whether the session lets the order trade now; asked at every attempt."""
        market.listeners.append(self._quoted)

    def treatment_of(self, order: Order) -> Treatment:
        """The same for an order all its life; a replacement asks anew."""
        if order.order_id not in self._by_order:
            self._by_order[order.order_id] = self._treatments.take(order.terms)
        return self._by_order[order.order_id]

    def treat(self, order: Order, treatment: Treatment) -> None:
        """This is its treatment: for an API that took it before there was an order."""
        self._by_order[order.order_id] = treatment

    def accept(self, order: Order) -> None:
        """Accept it and begin to work it; does nothing with an order that has ended meanwhile."""
        if order.ended:
            return
        treatment = self.treatment_of(order)
        self._exchange.accept(order)
        if treatment.reject_later:
            self._later(order, treatment.cancel_delay_s, self._reject_later)
            return
        if treatment.cancel_after_s is not None:
            self._later(order, treatment.cancel_after_s, self._exchange.cancel)
        self.work(order)

    def work(self, order: Order) -> None:
        """Fill what its treatment and the book allow now."""
        treatment = self.treatment_of(order)
        if order.ended or order.accepted_ns is None or not self.working(order):
            return
        if treatment.fill == "book":
            self._match(order, treatment)
        elif treatment.fill == "all":
            self._schedule(order, treatment, [order.rest])
        elif treatment.fill == "parts":
            self._schedule(order, treatment, self._parts(order, treatment))
        else:
            self._schedule(order, treatment, [])

    def race(
        self,
        order: Order,
        how: str,
        done: Callable[[], object],
        refused: Callable[[str], object],
    ) -> None:
        """Decide a cancel or replace of `order`: `how` is a word of RACES."""
        if how == "fill" and not order.ended:
            self.fill_now(order, order.rest)
        elif how == "part" and not order.ended:
            self.fill_now(order, self._cut(order.rest / 2))
        if how == "refused":
            refused("refused")
        elif order.ended:
            refused(TOO_LATE)
        elif how != "silent":
            done()

    def fill_now(self, order: Order, quantity: Decimal, price: Decimal | None = None) -> None:
        """A fill, at `price` or where the market and its limit allow one."""
        if 0 < quantity <= order.rest:
            chosen = price or self._price(order, self.treatment_of(order))
            self._exchange.fill(order, quantity, chosen)

    # --- inside -----------------------------------------------------------------------------------

    def _quoted(self, quote: Quote) -> None:
        for order in self._exchange.open_orders():
            here = order.terms.symbol == quote.symbol and order.accepted_ns is not None
            if here and self.treatment_of(order).fill == "book":
                self.work(order)

    def _match(self, order: Order, treatment: Treatment) -> None:
        quantity = self._marketable(order, treatment)
        if order.terms.time_in_force == "fok" and quantity < order.rest:
            quantity = Decimal(0)
        if quantity:
            self._later(
                order, treatment.fill_delay_s, lambda one: self._fill_and_leave(one, quantity)
            )
        elif order.terms.time_in_force in AT_ONCE:
            self.end_leftover(order)

    def _fill_and_leave(self, order: Order, quantity: Decimal) -> None:
        if (first := self._cut(quantity / 2)) and self.in_two(order):
            self.fill_now(order, first)
            quantity -= first
        self.fill_now(order, min(quantity, order.rest))
        if order.rest and order.terms.time_in_force in AT_ONCE:
            self.end_leftover(order)

    def _fill_part(self, part: Decimal, order: Order) -> None:
        self.fill_now(order, min(part, order.rest))

    def _marketable(self, order: Order, treatment: Treatment) -> Decimal:
        terms, quote = order.terms, self._market.quote(order.terms.symbol)
        touch = quote.price(terms.side)
        if touch is None or not self._is_triggered(order, touch):
            return Decimal(0)
        if terms.limit is not None and (touch - terms.limit) * terms.sign > 0:
            return Decimal(0)
        return min(order.rest, quote.size(terms.side)) if treatment.sized else order.rest

    def _is_triggered(self, order: Order, touch: Decimal) -> bool:
        """Once and for all; a trailing stop without a stop price waits until it is acted upon."""
        stop, kind = order.terms.stop, order.terms.kind
        if kind in (MARKET, LIMIT) or order.order_id in self._triggered:
            return True
        if stop is None or (touch - stop) * order.terms.sign < 0:
            return False
        self._triggered.add(order.order_id)
        return True

    def _price(self, order: Order, treatment: Treatment) -> Decimal:
        terms = order.terms
        touch = self._market.quote(terms.symbol).price(terms.side)
        base = touch or terms.limit or terms.stop or PRICE_DEFAULT
        price = base + treatment.slip * terms.sign
        if terms.limit is None:
            return price
        return min(price, terms.limit) if terms.side == BUY else max(price, terms.limit)

    def _parts(self, order: Order, treatment: Treatment) -> list[Decimal]:
        size = self._cut(order.rest / treatment.parts)
        if not size:
            return []
        parts = [size] * treatment.filled_parts
        if treatment.filled_parts == treatment.parts:
            parts[-1] = order.rest - size * (treatment.parts - 1)
        return parts

    def _cut(self, quantity: Decimal) -> Decimal:
        step = self.step if quantity >= self.step else FINEST
        return (quantity / step).to_integral_value(ROUND_DOWN) * step

    def _schedule(self, order: Order, treatment: Treatment, parts: list[Decimal]) -> None:
        for number, part in enumerate(parts, 1):
            self._later(
                order,
                treatment.fill_delay_s * number,
                partial(self._fill_part, part),
            )
        if order.terms.time_in_force in AT_ONCE:
            self._later(order, treatment.fill_delay_s * len(parts), self.end_leftover)

    def _reject_later(self, order: Order) -> None:
        self._exchange.reject(order, self.treatment_of(order).reject_later)

    def _later(self, order: Order, delay_s: float, action: Callable[[Order], object]) -> None:
        """Do it now, or by the agenda, unless the order has ended by then."""
        if delay_s:
            self._agenda.after(delay_s, lambda: None if order.ended else action(order))
        elif not order.ended:
            action(order)
