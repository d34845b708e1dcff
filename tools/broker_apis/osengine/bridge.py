"""The robot: takes requests, hands orders to the connector, keeps numbered facts. Knows no socket.

`say` is given every line that the gateway shall hear, by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import partial
from itertools import count
from typing import Any, Final

from tools.broker_apis.clock import NANOSECONDS, rfc3339
from tools.broker_apis.orders import BUY, LIMIT, MARKET, SELL, Fact, Order, Terms, plain
from tools.broker_apis.osengine.chain import (
    CANCELED,
    DONE,
    LOST,
    OVER,
    REJECTED,
    TAKEN,
    WORKING,
    Chain,
)
from tools.broker_apis.osengine.switches import SWITCHES
from tools.broker_apis.world import TICK, World

Said = Mapping[str, str]
FIRST_NUMBER: Final = 30_211_000_001
REQUESTS: Final = frozenset({"new", "cancel", "replace"})


class RefusedError(Exception):
    """A request makes no sense."""


class Bridge:
    """One connector's orders, and the record of what became of them."""

    def __init__(self, world: World) -> None:
        world.offer(SWITCHES)
        self._world = world
        self._numbers = count(FIRST_NUMBER)
        self._chains: dict[str, Chain] = {}
        self._by_leg: dict[str, Chain] = {}
        self._second = 0
        self._taken = 0
        self._is_connected = True
        self._why = ""
        self.say: Callable[[Said], None] = lambda said: None
        self.watched: dict[str, str] = {}  # classes by security
        self.log_id = world.uuid()
        self.facts: list[dict[str, str]] = []
        self.last = 0
        world.exchange.listeners.append(self._told)
        self._asks: Mapping[str, Callable[[Said], None]] = {
            "new": self._new,
            "cancel": self._cancel,
            "replace": self._replace,
            "query": self._query,
            "open": self._open,
            "positions": self._positions,
            "watch": self._watch,
            "since": lambda said: self.tell_since(int(said["seq"])),
        }

    # --- what befalls a terminal ----------------------------------------------------------------

    def forget(self) -> None:
        """It starts with an empty folder: no record, no ids of the gateway's."""
        self.log_id, self.facts, self.last = self._world.uuid(), [], 0
        self._chains, self._by_leg = {}, {}

    def connector(self, *, connected: bool, why: str = "") -> None:
        """Its connector is logged in, or not."""
        self._is_connected, self._why = connected, why
        self.say(self.state())

    def lose(self, client_id: str) -> None:
        """After five polls without an answer the terminal loses sight of an order."""
        chain = self._chains[client_id]
        if chain.state in OVER:
            return
        chain.state, chain.why = LOST, "LostAfterActive: the connector does not answer for it"
        self._fact("lost", chain.as_said(), why=chain.why)

    # --- the record -----------------------------------------------------------------------------

    @property
    def first(self) -> int:
        """The number of the oldest fact that is kept; of an empty record that of the next one."""
        return self.last - len(self.facts) + 1

    def tell_since(self, last: int) -> None:
        """All facts behind this number, once more."""
        for fact in self.facts[max(last - self.first + 1, 0) :]:
            self.say(fact)

    def state(self) -> Said:
        """Whether it may be traded with, and how far the record goes."""
        connected = "yes" if self._is_connected else "no"
        return {"t": "state", "connected": connected, "why": self._why, "last": str(self.last)}

    def _fact(self, name: str, *parts: Said, **more: str) -> None:
        self.last += 1
        said = {"t": name, "seq": str(self.last)}
        for part in (*parts, more):
            said.update(part)
        self.facts.append(said)
        del self.facts[: -int(self._world.switches["facts_kept"])]
        self.say(said)

    # --- requests -------------------------------------------------------------------------------

    def take(self, said: Said) -> None:
        """Carry a line out."""
        ask = self._asks.get(said["t"])
        if ask is None:
            return
        if said["t"] in REQUESTS and self._is_busy():
            wait_s = str(self._world.switches["busy_s"])
            self.say({"t": "busy", "id": said["id"], "wait_s": wait_s})
            return
        try:
            ask(said)
        except RefusedError as error:
            self._refuse(said, str(error), "other")

    def _is_busy(self) -> bool:
        limit = int(self._world.switches["orders_per_s"])
        second = self._world.clock.now_ns() // NANOSECONDS
        if second != self._second:
            self._second, self._taken = second, 0
        self._taken += 1
        return 0 < limit < self._taken

    def _refuse(self, said: Said, why: str, reason: str) -> None:
        about = {"t": "refused", "id": said["id"], "why": why, "reason": reason}
        if said["t"] != "new":
            about |= {"what": said["t"], "order": said["order"]}
        self.say(about)

    def _new(self, said: Said) -> None:
        if said["id"] in self._chains:
            self.say({"t": "known", "id": said["id"]})
            return
        self._check(said)
        terms = Terms(
            account=said["portfolio"],
            client_id=said["id"],
            symbol=said["security"],
            side=said["side"],
            quantity=_amount(said["qty"]),
            kind=said["type"],
            limit=_amount(said["price"]) if said["type"] == LIMIT else None,
            time_in_force=said["tif"],
        )
        chain = Chain(security_class=said["class"], quantity=terms.quantity, ids=[said["id"]])
        self._chains[said["id"]] = chain
        self._send(chain, terms)

    def _check(self, said: Said) -> None:
        portfolio = self._world.switches["portfolio"]
        if not self._is_connected:
            raise RefusedError(f"the connector is not connected: {self._why}")
        if not said["portfolio"] or portfolio not in ("", said["portfolio"]):
            raise RefusedError(f"no portfolio {said['portfolio']}")
        if said["security"] not in self._world.market.quotes:
            raise RefusedError(f"no security {said['security']} of class {said['class']}")
        if said["side"] not in (BUY, SELL) or said["type"] not in (MARKET, LIMIT):
            raise RefusedError(f"no order {said['side']} {said['type']}")
        if _amount(said["qty"]) <= 0 or (said["type"] == LIMIT and _amount(said["price"]) <= 0):
            raise RefusedError(f"no quantity {said['qty']} or price {said['price']}")
        if said["type"] == LIMIT and _amount(said["price"]) % TICK:
            raise RefusedError(f"price {said['price']} is not in steps of {TICK}")

    def _send(self, chain: Chain, terms: Terms, after: Order | None = None) -> None:
        """Note that the connector gets it, and give it to it."""
        exchange, desk = self._world.exchange, self._world.desk
        order = exchange.receive(terms, str(next(self._numbers)), replaces=after)
        chain.legs.append(order)
        chain.state = TAKEN
        self._by_leg[order.order_id] = chain
        name = "taken" if after is None else "next"
        self._fact(name, chain.as_said(), num=str(len(exchange.orders)))
        treatment = desk.treatment_of(order)
        reject = partial(exchange.reject, order, treatment.reject)
        accept = partial(desk.accept, order)
        self._world.agenda.after(treatment.ack_delay_s, reject if treatment.reject else accept)

    def _cancel(self, said: Said) -> None:
        chain = self._working(said)
        if chain is not None:
            self._ask(chain, said)
            self._race(chain, self._world.desk.treatment_of(chain.leg).on_cancel)

    def _replace(self, said: Said) -> None:
        chain = self._working(said)
        if chain is None:
            return
        quantity = _amount(said["qty"])
        if quantity <= chain.done:
            self._refuse(said, f"{plain(chain.done)} are executed", "other")
            return
        self._ask(chain, said)
        chain.new_quantity = quantity
        chain.new_price = _amount(said["price"]) if said["price"] else None
        self._chains[said["id"]] = chain
        self._race(chain, self._world.desk.treatment_of(chain.leg).on_replace)

    def _working(self, said: Said) -> Chain | None:
        """The order that a request is about, if that can be asked now."""
        chain = self._chains.get(said["order"])
        if chain is None:
            self._refuse(said, "no such order", "no_order")
        elif chain.state in OVER:
            self._refuse(said, f"the order is {chain.state}", "too_late")
        elif chain.asked:
            self._refuse(said, f"{chain.asked} is not decided", "other")
        else:
            return chain
        return None

    def _ask(self, chain: Chain, said: Said) -> None:
        chain.asked, chain.asked_what = said["id"], said["t"]
        terms = {name: said.get(name, "") for name in ("price", "qty")}
        self._fact("asked", {"what": said["t"], "id": said["id"], "order": chain.ids[-1]}, terms)

    def _race(self, chain: Chain, how: str) -> None:
        done = partial(self._world.exchange.cancel, chain.leg)
        delay_s = self._world.desk.treatment_of(chain.leg).cancel_delay_s
        refuse = partial(self._refused, chain)
        decide = partial(self._world.desk.race, chain.leg, how, done, refuse)
        self._world.agenda.after(delay_s, decide)

    def _refused(self, chain: Chain, why: str) -> None:
        if chain.asked:
            what, order = chain.asked_what, chain.ids[-1]
            reason = "too_late" if chain.state in OVER else "other"
            about = {"what": what, "id": chain.decided(), "order": order}
            self._fact("refused", about, why=why, reason=reason, order_id=chain.leg.order_id)

    # --- questions ------------------------------------------------------------------------------

    def _query(self, said: Said) -> None:
        chain = self._chains.get(said["ask"])
        found = [chain] if chain is not None and self._world.visible(chain.leg) else []
        self._answer(said, [("status", self._status(one)) for one in found])

    def _open(self, said: Said) -> None:
        chains = dict.fromkeys(self._chains.values())
        rows = [self._status(one) for one in chains if one.state not in OVER]
        self._answer(said, [("status", row) for row in rows])

    def _status(self, chain: Chain) -> Said:
        return {**chain.as_said(), "state": chain.state, "why": chain.why}

    def _positions(self, said: Said) -> None:
        held = self._world.accounts.held(said["portfolio"])
        rows = [
            {"security": name, "class": self._class_of(name), "qty": plain(position.quantity)}
            for name, position in held.items()
        ]
        self._answer(said, [("position", row) for row in rows])

    def _class_of(self, security: str) -> str:
        chains = self._chains.values()
        return next((c.security_class for c in chains if c.leg.terms.symbol == security), "")

    def _answer(self, said: Said, rows: list[tuple[str, Said]]) -> None:
        to = {"to": said["t"], "ask": said["ask"]}
        for name, row in rows:
            self.say({"t": name, **to, **row})
        self.say({"t": "end", **to, "count": str(len(rows))})

    def _watch(self, said: Said) -> None:
        self.watched[said["security"]] = said["class"]
        self.tell_price(said["security"])

    def tell_price(self, security: str) -> None:
        """Its best bid and ask, if the gateway wants them."""
        if security in self.watched:
            quote = self._world.market.quote(security)
            named = {"security": security, "class": self.watched[security]}
            prices = {"bid": plain(quote.bid), "ask": plain(quote.ask)}
            self.say({"t": "quote", **named, **prices})

    # --- what the connector tells ---------------------------------------------------------------

    def _told(self, fact: Fact, order: Order) -> None:
        chain = self._by_leg.get(order.order_id)
        handler: Any = {
            "accepted": self._accepted,
            "filled": self._filled,
            "canceled": self._canceled,
            "rejected": self._rejected,
        }.get(fact.kind)
        if chain is not None and handler is not None and chain.leg is order:
            handler(chain, fact)

    def _accepted(self, chain: Chain, fact: Fact) -> None:
        chain.state = WORKING
        if self._world.switches["trade_first"]:
            self._world.agenda.after(0.01, lambda: self._say_working(chain))
        else:
            self._say_working(chain)
        if self._world.switches["lost_after_active"]:
            self._world.agenda.after(0, lambda: self.lose(chain.ids[-1]))

    def _say_working(self, chain: Chain) -> None:
        replaces = chain.ids[-2] if len(chain.ids) > 1 else ""
        self._fact("working", chain.as_said(), replaces=replaces)

    def _filled(self, chain: Chain, fact: Fact) -> None:
        trade = {
            "trade": fact.execution_id,
            "qty": plain(fact.quantity),
            "price": plain(fact.price),
        }
        self._fact("trade", chain.as_said(), trade, time=rfc3339(fact.time_ns))
        if chain.leg.ended:
            chain.state = DONE
            self._fact("ended", chain.as_said(), how=DONE)

    def _canceled(self, chain: Chain, fact: Fact) -> None:
        if chain.asked_what == "replace":
            self._next(chain)
            return
        chain.state = CANCELED
        by = chain.decided()
        self._fact("ended", chain.as_said(), how=CANCELED, by=by, why=fact.reason)

    def _next(self, chain: Chain) -> None:
        """Its cancel is done, so there is nothing that could be executed: the new order goes."""
        before = chain.leg
        rest = chain.new_quantity - chain.done
        if rest <= 0:
            self._not_replaced(chain, "nothing is left to order")
            return
        name = chain.decided()
        chain.ids.append(name)
        chain.old_quantity, chain.quantity = chain.quantity, chain.new_quantity
        terms = replace(before.terms, client_id=name, quantity=rest)
        if chain.new_price is not None:
            terms = replace(terms, limit=chain.new_price)
        self._send(chain, terms, before)

    def _rejected(self, chain: Chain, fact: Fact) -> None:
        if len(chain.legs) > 1:
            chain.asked, chain.asked_what = chain.ids.pop(), "replace"
            chain.legs.pop()
            chain.quantity = chain.old_quantity
            self._not_replaced(chain, fact.reason)
            return
        chain.state, chain.why = REJECTED, fact.reason
        self._fact("ended", chain.as_said(), how=REJECTED, why=fact.reason)

    def _not_replaced(self, chain: Chain, why: str) -> None:
        """The order was canceled for a replace that cannot be."""
        chain.state = CANCELED
        self._refused(chain, why)
        self._fact("ended", chain.as_said(), how=CANCELED, why=f"canceled for a replace: {why}")


def _amount(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise RefusedError(f"no number: {text}") from None
    if not value.is_finite():
        raise RefusedError(f"no number: {text}")
    return value
