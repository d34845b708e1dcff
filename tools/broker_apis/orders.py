"""What the broker knows of an order: its terms, its facts, and the status that follows from them.

Knows no API. Quantities and prices are Decimal; sides are "buy" and "sell".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

BUY: Final = "buy"
SELL: Final = "sell"
MARKET: Final = "market"
LIMIT: Final = "limit"
AT_ONCE: Final = frozenset({"ioc", "fok"})

# How an order ends
FILLED: Final = "filled"
CANCELED: Final = "canceled"
EXPIRED: Final = "expired"
REJECTED: Final = "rejected"
REPLACED: Final = "replaced"

# What is asked of it meanwhile
CANCEL: Final = "cancel"
REPLACE: Final = "replace"

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an order asks for. `extras`: fields of one API that no other knows."""

    account: str = ""
    client_id: str = ""
    symbol: str
    side: str
    quantity: Decimal
    kind: str = LIMIT
    limit: Decimal | None = None
    stop: Decimal | None = None
    time_in_force: str = "day"
    extras: Mapping[str, Any] = field(default_factory=lambda: NOTHING)

    @property
    def sign(self) -> int:
        """1 of a purchase, -1 of a sale."""
        return 1 if self.side == BUY else -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A fill. A busted one stays in the list."""

    execution_id: str
    time_ns: int
    quantity: Decimal
    price: Decimal
    busted: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Order:
    """The facts of an order; only the exchange changes them."""

    order_id: str
    terms: Terms
    received_ns: int
    accepted_ns: int | None = None
    ended_ns: int | None = None
    updated_ns: int = 0
    ended: str = ""
    """FILLED, CANCELED, EXPIRED, REJECTED or REPLACED; "" while it lives."""
    pending: str = ""
    """CANCEL or REPLACE while one is asked for and not decided."""
    reason: str = ""
    replaces: str = ""
    replaced_by: str = ""
    executions: list[Execution] = field(default_factory=list)
    carried: Decimal = Decimal(0)
    """Quantity filled in the orders that it replaces, where its API counts those in."""

    @property
    def client_id(self) -> str:
        """The client's own id of it."""
        return self.terms.client_id

    @property
    def filled(self) -> Decimal:
        """CumQty(14)."""
        return sum((e.quantity for e in self.executions if not e.busted), self.carried)

    @property
    def spent(self) -> Decimal:
        """Sum of quantity times price."""
        return sum((e.quantity * e.price for e in self.executions if not e.busted), Decimal(0))

    @property
    def average(self) -> Decimal | None:
        """AvgPx(6) of its own executions; None without any."""
        own = self.filled - self.carried
        return self.spent / own if own else None

    @property
    def rest(self) -> Decimal:
        """What may still be filled."""
        return Decimal(0) if self.ended else self.terms.quantity - self.filled

    def as_dict(self) -> dict[str, Any]:
        """For the truth log: numbers as text."""
        return {
            "order_id": self.order_id,
            **shallow(self.terms),
            "accepted": self.accepted_ns is not None,
            "ended": self.ended,
            "pending": self.pending,
            "reason": self.reason,
            "replaces": self.replaces,
            "replaced_by": self.replaced_by,
            "filled": plain(self.filled),
            "carried": plain(self.carried),
            "executions": [shallow(one) for one in self.executions],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that happened to one order, in the order of its happening."""

    number: int
    time_ns: int
    kind: str
    order_id: str
    client_id: str
    symbol: str
    quantity: Decimal | None = None
    price: Decimal | None = None
    execution_id: str = ""
    reason: str = ""
    other_id: str = ""
    """Of a replacement: the order that takes its place. Of a correction: the execution before."""

    def as_dict(self) -> dict[str, Any]:
        """For the truth log: numbers as text."""
        return shallow(self)


def shallow(one: Terms | Execution | Fact) -> dict[str, Any]:
    """Its fields, as `plain` writes them."""
    return {entry.name: plain(getattr(one, entry.name)) for entry in fields(one)}


def plain(value: Any) -> Any:
    """Decimal as text without exponent, mappings as dicts."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return dict(value) if isinstance(value, Mapping) else value
