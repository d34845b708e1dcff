"""Routing: a table of rules, the first that matches names the broker."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from gateway.translate.passing import Passing

NO_BROKERS: Final[frozenset[str]] = frozenset()


class Route:
    """One rule; an empty condition matches everything. `passing` None passes all tags."""

    __slots__ = (
        "accounts",
        "broker",
        "clients",
        "max_quantity",
        "min_quantity",
        "name",
        "passing",
        "queue_age_max_ns",
        "queues",
        "queues_reconciling",
        "security_types",
        "symbols",
    )

    def __init__(
        self,
        *,
        name: str,
        broker: str,
        clients: frozenset[str] = frozenset(),
        accounts: frozenset[str] = frozenset(),
        symbols: frozenset[str] = frozenset(),
        security_types: frozenset[str] = frozenset(),
        min_quantity: Decimal | None = None,
        max_quantity: Decimal | None = None,
        queues: bool = False,
        queues_reconciling: bool = False,
        queue_age_max_ns: int = 0,
        passing: Passing | None = None,
    ) -> None:
        self.name = name
        self.broker = broker
        self.clients = clients
        self.accounts = accounts
        self.symbols = symbols
        self.security_types = security_types
        self.min_quantity = min_quantity
        self.max_quantity = max_quantity
        self.queues = queues
        self.queues_reconciling = queues_reconciling
        self.queue_age_max_ns = queue_age_max_ns
        self.passing = passing

    def matches(
        self, client: str, account: str, symbol: str, security_type: str, order_qty: Decimal
    ) -> bool:
        """Whether every condition holds."""
        return (
            (not self.clients or client in self.clients)
            and (not self.accounts or account in self.accounts)
            and (not self.symbols or symbol in self.symbols)
            and (not self.security_types or security_type in self.security_types)
            and (self.min_quantity is None or order_qty >= self.min_quantity)
            and (self.max_quantity is None or order_qty <= self.max_quantity)
        )


class RouteTable:
    """The rules in order."""

    __slots__ = ("by_name", "routes")

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = tuple(routes)
        self.by_name = {route.name: route for route in routes}

    def choose(
        self,
        client: str,
        account: str,
        symbol: str,
        security_type: str,
        order_qty: Decimal,
        closed: frozenset[str] = NO_BROKERS,
    ) -> Route | None:
        """The first rule that matches and leads to no broker that is `closed`, or None."""
        for route in self.routes:
            if route.broker not in closed and route.matches(
                client, account, symbol, security_type, order_qty
            ):
                return route
        return None
