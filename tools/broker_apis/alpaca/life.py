"""The life of an order at Alpaca: placed, acknowledged later, replaced by a new order, canceled.

A reply says that a request was taken; what becomes of it follows on the agenda, after the reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from tools.broker_apis.alpaca import hours
from tools.broker_apis.alpaca.assets import CRYPTO, Asset, find
from tools.broker_apis.alpaca.entry import Body, check_client_id, number, price, terms_of
from tools.broker_apis.alpaca.errors import bad_parameter, forbidden, not_found, unprocessable
from tools.broker_apis.alpaca.funds import Funds
from tools.broker_apis.alpaca.views import status
from tools.broker_apis.clock import NANOSECONDS
from tools.broker_apis.orders import Order, Terms
from tools.broker_apis.world import World

NOT_REPLACEABLE: Final = frozenset({"accepted", "pending_new", "pending_cancel", "pending_replace"})
REPLACE_FIELDS: Final = ("qty", "limit_price", "stop_price", "trail", "time_in_force")
PRICE_DEFAULT: Final = Decimal(100)


class Life:
    """Orders of one account."""

    def __init__(self, world: World, account: str) -> None:
        self._world = world
        self._account = account
        self.funds = Funds(world, account)
        world.desk.working = self._trades_now
        world.desk.in_two = self._in_two

    def asset(self, symbol: str) -> Asset:
        """RefusedError when there is none."""
        asset = find(symbol, list(self._world.switches["extra_symbols"]))
        if asset is None:
            raise unprocessable(f'asset "{symbol}" not found')
        return asset

    def find(self, order_id: str) -> Order:
        """An order that queries see; RefusedError."""
        order = self._world.exchange.orders.get(order_id)
        if order is None or not self._world.visible(order):
            raise not_found(f"order not found for {order_id}")
        return order

    def find_client_id(self, client_id: str) -> Order:
        """Likewise by its client's id."""
        found = [o for o in self._world.exchange.by_client_id(client_id) if self._world.visible(o)]
        if not found:
            raise not_found(f"order not found for {client_id}")
        return found[-1]

    # --- new --------------------------------------------------------------------------------------

    def place(self, body: Body) -> Order:
        """Take an order in; RefusedError leaves none."""
        client_id = self._new_client_id(body)
        asset = self.asset(str(body.get("symbol", "")))
        touch = self._world.market.quote(asset.symbol).ask or PRICE_DEFAULT
        terms = replace(terms_of(body, asset, client_id, touch), account=self._account)
        if self._by_clock(asset) and hours.refused_now(terms.time_in_force, self._now()):
            raise unprocessable(f"{terms.time_in_force} orders are not accepted at this time")
        self.funds.check(terms, asset)
        return self.take(terms)

    def take(self, terms: Terms) -> Order:
        """The same for terms that were checked."""
        queued = not self._open_for(terms)
        waits_as = {**terms.extras, "waits_as": "accepted" if queued else "pending_new"}
        terms = replace(terms, extras=waits_as)
        treatment = self._world.treatments.take(terms)
        if treatment.reject:
            raise forbidden(treatment.reject)
        order = self._world.exchange.receive(terms, self._world.uuid())
        self._world.desk.treat(order, treatment)
        self._world.agenda.after(treatment.ack_delay_s, lambda: self._acknowledge(order))
        return order

    def _acknowledge(self, order: Order) -> None:
        if order.ended:
            return
        if not self._open_for(order.terms):
            self._at(self._next_open(order.terms), lambda: self._acknowledge(order))
            return
        if order.terms.time_in_force == "day" and self._by_clock(self.asset(order.terms.symbol)):
            extended = order.terms.extras.get("extended_hours")
            end = hours.POST_ENDS if extended else hours.CLOSES
            self._at(hours.next_time(self._now(), end), lambda: self._day_ends(order))
        self._world.desk.accept(order)

    # --- replace ----------------------------------------------------------------------------------

    def replace(self, order_id: str, body: Body) -> Order:
        """The order that is to take its place; RefusedError leaves all as it was."""
        old = self.find(order_id)
        self._check_replaceable(old)
        asset = self.asset(old.terms.symbol)
        terms = self._replaced_terms(old, body, asset)
        self.funds.check(terms, asset, instead_of=old)
        new = self._world.exchange.receive(terms, self._world.uuid(), replaces=old)
        self._world.exchange.ask_replace(old)
        treatment = self._world.desk.treatment_of(old)
        self._world.agenda.after(
            treatment.cancel_delay_s,
            lambda: self._world.desk.race(
                old,
                treatment.on_replace,
                lambda: self._take_place(old, new),
                lambda why: self._place_lost(old, new, why),
            ),
        )
        return new

    def _check_replaceable(self, old: Order) -> None:
        word = status(old)
        if old.ended:
            raise unprocessable(f'order is already in "{word}" state')
        if word in NOT_REPLACEABLE:
            raise unprocessable(f"cannot replace order in {word} state")
        if old.terms.extras.get("notional") is not None:
            raise unprocessable("notional orders cannot be replaced")

    def _replaced_terms(self, old: Order, body: Body, asset: Asset) -> Terms:
        client_id = self._new_client_id(body)
        changes: dict[str, Any] = {
            "quantity": number(body, "qty"),
            "limit": price(body, "limit_price", asset),
            "stop": price(body, "stop_price", asset),
            "time_in_force": body.get("time_in_force"),
        }
        given = {name: value for name, value in changes.items() if value is not None}
        trail = number(body, "trail")
        if trail is None and all(getattr(old.terms, n) == value for n, value in given.items()):
            raise forbidden("order parameters are not changed")
        extras: Mapping[str, Any] = {**old.terms.extras, "waits_as": "pending_new"}
        if trail is not None:
            name = "trail_price" if old.terms.extras.get("trail_price") else "trail_percent"
            extras = {**extras, name: trail}
        terms = replace(old.terms, client_id=client_id, extras=extras, **given)
        if self._total() and terms.quantity <= old.filled:
            raise unprocessable("qty must be greater than filled_qty")
        return terms

    def _take_place(self, old: Order, new: Order) -> None:
        if self._total() and new.terms.quantity <= old.filled:
            self._place_lost(old, new, "qty is filled already")
            return
        if self._total():
            new.carried = old.filled
        self._world.exchange.swap(old, new)
        self._world.desk.accept(new)

    def _place_lost(self, old: Order, new: Order, why: str) -> None:
        self._world.exchange.refuse_replace(old, why, other_id=new.order_id)
        self._world.exchange.reject(new, why)

    # --- cancel -----------------------------------------------------------------------------------

    def cancel(self, order_id: str) -> None:
        """Take a cancel in; RefusedError."""
        order = self.find(order_id)
        if order.ended or order.pending:
            raise unprocessable(f'order is already in "{status(order)}" state')
        self._world.exchange.ask_cancel(order)
        treatment = self._world.desk.treatment_of(order)
        self._world.agenda.after(
            treatment.cancel_delay_s,
            lambda: self._world.desk.race(
                order,
                treatment.on_cancel,
                lambda: self._world.exchange.cancel(order),
                lambda why: self._world.exchange.refuse_cancel(order, why),
            ),
        )

    # --- inside -----------------------------------------------------------------------------------

    def _new_client_id(self, body: Body) -> str:
        client_id = check_client_id(body.get("client_order_id") or self._world.uuid())
        if self._world.exchange.by_client_id(client_id):
            raise bad_parameter("client_order_id must be unique")
        return client_id

    def _total(self) -> bool:
        return bool(self._world.switches["replace_qty"] == "total")

    def _now(self) -> int:
        return self._world.clock.now_ns()

    def _by_clock(self, asset: Asset) -> bool:
        return asset.kind != CRYPTO and self._world.switches["session"] == "clock"

    def _open_for(self, terms: Terms) -> bool:
        asset = self.asset(terms.symbol)
        extended = bool(terms.extras.get("extended_hours"))
        return not self._by_clock(asset) or hours.is_open(self._now(), extended=extended)

    def _next_open(self, terms: Terms) -> int:
        extended = bool(terms.extras.get("extended_hours"))
        return hours.next_time(self._now(), hours.PRE_OPENS if extended else hours.OPENS)

    def _trades_now(self, order: Order) -> bool:
        return self._open_for(order.terms)

    def _in_two(self, order: Order) -> bool:
        return self._world.dice.random() < float(self._world.switches["random_partials"])

    def _day_ends(self, order: Order) -> None:
        if not order.ended:
            canceled = self._world.switches["day_end"] == "canceled"
            end = self._world.exchange.cancel if canceled else self._world.exchange.expire
            end(order)

    def _at(self, time_ns: int, action: Any) -> None:
        self._world.agenda.after((time_ns - self._now()) / NANOSECONDS, action)
