"""Counts what scopes do, as far as breakers ask for it: orders, refusals, executions, prices. Fed
by the fold; what the monitor knows already is not counted again.

Where no breaker asks, `is_on` is False and nothing of it costs an order anything.
"""

from decimal import Decimal
from typing import Final

from gateway.breakers.rules import Breaker
from gateway.breakers.tallies import Tally
from gateway.events import (
    Event,
    OrderExecuted,
    OrderRejected,
    OrderUnknown,
)
from gateway.orders.order import Order
from gateway.risk.limits import LimitTable
from gateway.risk.scopes import (
    BROKER,
    CLIENT,
    EACH,
    SESSION,
    STRATEGY,
    SYMBOL,
    Subjects,
    scope_text,
)

TALLIES_MAX: Final = 100_000
ORDER_RATE: Final = "order_rate"
REJECTIONS: Final = "rejection_rate"
EXECUTIONS: Final = "repeated_execution"
UNKNOWN: Final = "unknown_count"
PRICES: Final = "volatility"
OF_WHOLES: Final = frozenset({ORDER_RATE, REJECTIONS})
NOT_THEIR_FAULT: Final = frozenset(
    {
        "BREAKER_OPEN",
        "CANCEL_ONLY",
        "DISK_RESERVE",
        "GATEWAY_STOPPING",
        "HALTED",
        "LIST_REFUSED",
        "REDUCE_ONLY",
        "SLOWED_DOWN",
    }
)
"""Codes of refusals that say nothing of who is refused: one breaker must not trip another."""
ENDED_HERE: Final = NOT_THEIR_FAULT | {
    "BROKER_DOWN",
    "NOT_RECEIVED",
    "NO_ROUTE",
    "QUEUE_EXPIRED",
    "REFERENCE_PRICE_MISSING",
    "STREAM_RECONCILING",
}
"""Codes by which the gateway ends orders that it has taken, for nothing that was wrong with them. A
broker that is a gateway too may refuse by others.
"""


class Flow:
    """Tallies by breaker and scope; `touched`: those that changed since somebody looked."""

    __slots__ = ("_by_condition", "_limits", "_tallies", "is_on", "touched")

    def __init__(self, limits: LimitTable) -> None:
        self._tallies: dict[tuple[str, str], Tally] = {}
        self.touched: dict[tuple[str, str], Tally] = {}
        self._by_condition: dict[str, list[Breaker]] = {}
        self.watch(limits)

    def watch(self, limits: LimitTable) -> None:
        """Count for the breakers of `limits` from now on; those that count as before go on."""
        self._limits = limits
        self._by_condition = {}
        rules = {rule.name: rule for rule in limits.breakers}
        for rule in limits.breakers:
            self._by_condition.setdefault(rule.condition, []).append(rule)
        self.is_on = bool(rules)
        before = self._tallies
        self._tallies = {}
        for key, tally in before.items():
            rule_now = rules.get(key[0])
            if rule_now is not None and rule_now.counts_as(tally.rule):
                tally.rule = rule_now
                self._tallies[key] = tally
        self.touched = dict(self._tallies)

    def forget(self, name: str, scope: str) -> None:
        """Begin to count anew."""
        self._tallies.pop((name, scope), None)
        self.touched.pop((name, scope), None)

    def clock_set(self, by_ns: int) -> None:
        """The clock has another time from now on."""
        for tally in self._tallies.values():
            tally.clock_set(by_ns)

    def find(self, name: str, scope: str) -> Tally | None:
        """What is counted of a scope for a breaker, if anything is."""
        return self._tallies.get((name, scope))

    def of(self, rule: Breaker) -> list[Tally]:
        """All that is counted for a breaker."""
        return [tally for tally in self._tallies.values() if tally.rule is rule]

    # --- what happens ---------------------------------------------------------------------------

    def ordered(self, order: Order, session: str, now: int, *, refused: bool = False) -> None:
        """An order, or a replace of one, came; it was `refused` here, or taken."""
        for condition in (ORDER_RATE, REJECTIONS):
            for tally in self._tallies_of(condition, order, session):
                tally.count.add(now)
                if refused and condition == REJECTIONS:
                    tally.bad.add(now)

    def strategy_told(self, order: Order, session: str, now: int) -> None:
        """An order that was just counted says its strategy."""
        for tally in self._tallies_of(ORDER_RATE, order, session):
            if tally.kind == STRATEGY:
                tally.count.add(now)

    def priced(self, symbol: str, price: Decimal, time_ns: int) -> None:
        """A symbol traded, or is said to trade, at a price."""
        for rule in self._by_condition.get(PRICES, ()):
            if rule.names(SYMBOL, symbol):
                self._tally(rule, SYMBOL, symbol).prices.add(time_ns, price)

    def changed(self, kind: type[Event], order: Order, session: str, now: int) -> None:
        """An event of this kind has changed an order."""
        if kind is OrderExecuted:
            for tally in self._tallies_of(EXECUTIONS, order, session):
                tally.count.add(now)
        elif kind is OrderRejected and not is_ended_here(order):
            for tally in self._tallies_of(REJECTIONS, order, session):
                tally.bad.add(now)
        elif kind is OrderUnknown:
            self._tallies_of(UNKNOWN, order, session)

    def not_taken(self, order: Order, session: str, now: int) -> None:
        """Before an order goes on at another broker: the one it was given to did not take it."""
        for tally in self._tallies_of(REJECTIONS, order, session):
            tally.bad.add(now)

    # --- tallies --------------------------------------------------------------------------------

    def _tallies_of(self, condition: str, order: Order, session: str) -> list[Tally]:
        """Of a part of an order its broker alone hears how orders come and fare; the others of the
        whole.
        """
        rules = self._by_condition.get(condition)
        if rules is None:
            return []
        subjects = self._limits.subjects(
            session, order.account, order.symbol, order.broker, order.strategy
        )
        only_broker = condition in OF_WHOLES and order.whole_no > 0
        return [
            self._tally(rule, kind, name)
            for rule in rules
            for kind, name in self.scopes(rule, subjects)
            if kind == BROKER or not only_broker
        ]

    def scopes(self, rule: Breaker, subjects: Subjects) -> list[tuple[int, str]]:
        """The scopes of a breaker that one with these subjects is in, each once."""
        found: list[tuple[int, str]] = []
        for kind, named in rule.scopes:
            subject = subjects[kind]
            if named in (EACH, subject):
                name = subject
            elif kind in (CLIENT, SESSION) and self._is_of_template(kind, named, subjects):
                name = named
            else:
                continue
            if (name or not kind) and (kind, name) not in found:
                found.append((kind, name))
        return found

    def _is_of_template(self, kind: int, named: str, subjects: Subjects) -> bool:
        session = subjects[SESSION]
        if kind == SESSION:
            return named in self._limits.made_by(session)
        return f"client:{named}" in self._limits.client_scopes(session)

    def _tally(self, rule: Breaker, kind: int, name: str) -> Tally:
        key = (rule.name, scope_text(kind, name))
        known = self._tallies.pop(key, None)
        if known is None:
            known = Tally(rule, kind, name)
            if len(self._tallies) >= TALLIES_MAX:
                self.forget(*next(iter(self._tallies)))
        self._tallies[key] = known  # who was counted last is forgotten last
        self.touched[key] = known
        return known


def is_ended_here(order: Order) -> bool:
    """Whether an order that was taken and rejected then was so by the gateway: what it depends on
    was, a level of trading stopped it, or it waited too long. That is no answer of its broker.
    """
    return order.text.partition(":")[0] in ENDED_HERE
