"""Routing: a table of rules, the first that matches names the broker, or several to choose from.

`choice` chooses among several, by the score of `factors`; `known` remembers what that rests on.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from gateway.routing.rules import Conditions
from gateway.translate.inbound import OrderTerms
from gateway.translate.passing import Passing

NO_BROKERS: Final[frozenset[str]] = frozenset()

BEST: Final = "best"
LOAD_BALANCE: Final = "load_balance"
ROUND_ROBIN: Final = "round_robin"
LIT_AFTER_DARK: Final = "lit_after_dark"
SWEEP: Final = "sweep"
SPLIT: Final = "split"
DARK_FIRST: Final = "dark_first"
SWEEP_LEG: Final = "sweep_leg"
LEGS: Final = frozenset({DARK_FIRST, SWEEP_LEG})
"""How the legs of the last two are recorded: what a broker gets at once or not at all, before the
rest goes on.
"""
STRATEGIES: Final[dict[str, str]] = {
    BEST: "the one with the best score",
    LOAD_BALANCE: "the one with the fewest open orders of the router for its `weight`",
    ROUND_ROBIN: "the one after the last, which outlives restarts",
    LIT_AFTER_DARK: "the best dark pool, as immediate-or-cancel; what it leaves goes to the best of"
    " the others",
    SWEEP: "each that shows a fresh quote of its own within the order's limit, once, the best price"
    " first: an immediate-or-cancel limit order at that price, for all that is left; the rest goes"
    " to the best as the order itself, but that of an immediate-or-cancel order ends",
    SPLIT: "several at once, each a part of the order: by score, in whole lots, as far as their"
    " sizes and limits let them; what cannot be divided goes to the one with the best score",
}


class Route:
    """One rule; an empty condition matches everything. `passing` None passes all tags. `brokers`:
    those it leads to, `broker` the first of them; `is_plain`: there is nothing to choose or to
    look at. `fails_over`: what a broker certainly does not have goes to the next.
    """

    __slots__ = (
        "accounts",
        "broker",
        "brokers",
        "clients",
        "conditions",
        "fails_over",
        "is_plain",
        "max_quantity",
        "min_quantity",
        "name",
        "passing",
        "queue_age_max_ns",
        "queues",
        "queues_reconciling",
        "security_types",
        "strategy",
        "symbols",
    )

    def __init__(
        self,
        *,
        name: str,
        broker: str = "",
        brokers: tuple[str, ...] = (),
        clients: frozenset[str] = frozenset(),
        accounts: frozenset[str] = frozenset(),
        symbols: frozenset[str] = frozenset(),
        security_types: frozenset[str] = frozenset(),
        min_quantity: Decimal | None = None,
        max_quantity: Decimal | None = None,
        conditions: Conditions | None = None,
        queues: bool = False,
        queues_reconciling: bool = False,
        queue_age_max_ns: int = 0,
        passing: Passing | None = None,
        strategy: str = BEST,
        fails_over: bool = False,
    ) -> None:
        self.name = name
        self.brokers = brokers or (broker,)
        self.broker = self.brokers[0]
        self.is_plain = len(self.brokers) == 1
        self.clients = clients
        self.accounts = accounts
        self.symbols = symbols
        self.security_types = security_types
        self.min_quantity = min_quantity
        self.max_quantity = max_quantity
        self.conditions = conditions
        self.queues = queues
        self.queues_reconciling = queues_reconciling
        self.queue_age_max_ns = queue_age_max_ns
        self.passing = passing
        self.strategy = strategy
        self.fails_over = fails_over

    def matches(
        self, client: str, account: str, symbol: str, security_type: str, order_qty: Decimal
    ) -> bool:
        """Whether every condition holds but the rarer ones."""
        return (
            (not self.clients or client in self.clients)
            and (not self.accounts or account in self.accounts)
            and (not self.symbols or symbol in self.symbols)
            and (not self.security_types or security_type in self.security_types)
            and (self.min_quantity is None or order_qty >= self.min_quantity)
            and (self.max_quantity is None or order_qty <= self.max_quantity)
        )

    def is_closed(self, closed: frozenset[str]) -> bool:
        """Whether all that it leads to are `closed`."""
        if self.is_plain:
            return self.broker in closed
        return closed.issuperset(self.brokers)


class Scoring:
    """How brokers are compared: by `weights` of factors in thousandths, and what was measured at
    most `max_age_ns` ago. Quotes may be `quote_max_age_ns` old.
    """

    __slots__ = ("max_age_ns", "quote_max_age_ns", "weights")

    def __init__(
        self,
        weights: Mapping[str, int],
        max_age_ns: int = 3_600_000_000_000,
        quote_max_age_ns: int = 5_000_000_000,
    ) -> None:
        self.weights = dict(weights)
        self.max_age_ns = max_age_ns
        self.quote_max_age_ns = quote_max_age_ns


class RouteTable:
    """The rules in order. `version` tells one routing configuration from another."""

    __slots__ = ("by_name", "routes", "scoring", "version")

    def __init__(
        self, routes: Sequence[Route], scoring: Scoring | None = None, version: str = ""
    ) -> None:
        self.routes = tuple(routes)
        self.by_name = {route.name: route for route in routes}
        self.scoring = scoring or Scoring({})
        self.version = version

    def choose(
        self,
        client: str,
        terms: OrderTerms,
        security_type: str,
        entitled: frozenset[str],
        now: int,
        closed: frozenset[str] = NO_BROKERS,
    ) -> Route | None:
        """The first rule that matches at `now` (UTC ns) and leads to some broker that is not
        `closed`, or None. `entitled`: values of ExDestination(100) that count.
        """
        account, symbol, quantity = terms.account, terms.symbol, terms.quantity
        for route in self.routes:
            if (
                not (closed and route.is_closed(closed))
                and route.matches(client, account, symbol, security_type, quantity)
                and (route.conditions is None or route.conditions.hold(terms, entitled, now))
            ):
                return route
        return None
