"""A broker's positions held against ours: what differs, and what would explain it. Repairs nothing.

The kinds: MISSING_INTERNAL, the broker has it and we do not; MISSING_BROKER, the
other way round; SIDE_FLIP, one is long and the other short; QTY; AVG_PX, the quantity agrees and
the average price does not. Two explain a difference: TIMING, the broker's view is of before today's
executions; CORP_ACTION, one side has had a corporate action and the other has not.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from gateway.positions.holding import ZERO, share

MATCH: Final = "MATCH"
MISSING_INTERNAL: Final = "MISSING_INTERNAL"
MISSING_BROKER: Final = "MISSING_BROKER"
SIDE_FLIP: Final = "SIDE_FLIP"
QUANTITY: Final = "QTY"
AVERAGE: Final = "AVG_PX"
TIMING: Final = "TIMING"
CORPORATE_ACTION: Final = "CORP_ACTION"

Key = tuple[str, str, str, str | None]
"""Account, symbol, currency, and strategy, None for all of them."""


class Ours:
    """Our side: the quantity, what of it was executed today, its average price (None: not known),
    and the ratios (new, old) of corporate actions of about today.
    """

    __slots__ = ("average", "quantity", "ratios", "today")

    def __init__(
        self,
        quantity: Decimal,
        average: Decimal | None,
        today: Decimal = ZERO,
        ratios: Iterable[tuple[Decimal, Decimal]] = (),
    ) -> None:
        self.quantity = quantity
        self.average = average
        self.today = today
        self.ratios = tuple(ratios)


class Theirs:
    """A position as the broker has it; `price` of a unit or `cost` of all, None where it does not
    say; `currency` "" is that of the instrument; `strategy` None: of all strategies. `line` is
    where it stands in a file.
    """

    __slots__ = ("account", "cost", "currency", "line", "price", "quantity", "strategy", "symbol")

    def __init__(
        self,
        *,
        account: str,
        symbol: str,
        quantity: Decimal,
        price: Decimal | None = None,
        cost: Decimal | None = None,
        currency: str = "",
        strategy: str | None = None,
        line: int = 0,
    ) -> None:
        self.account = account
        self.symbol = symbol
        self.quantity = quantity
        self.price = price
        self.cost = cost
        self.currency = currency
        self.strategy = strategy
        self.line = line


class Break:
    """A difference; `kind` is one of `breaks`, numbers are texts, "" for what is not known."""

    __slots__ = (
        "account",
        "average_price",
        "broker_price",
        "broker_quantity",
        "currency",
        "kind",
        "line",
        "quantity",
        "strategy",
        "symbol",
    )

    def __init__(self, kind: str, key: Key, line: int) -> None:
        self.kind = kind
        self.account, self.symbol, self.currency, strategy = key
        self.strategy = strategy or ""
        self.line = line
        self.quantity = self.average_price = ""
        self.broker_quantity = self.broker_price = ""


class Tolerance:
    """Differences that are none: in units, and of the average price as a part of the broker's."""

    __slots__ = ("average", "quantity")

    def __init__(self, quantity: Decimal = ZERO, average: Decimal = Decimal("0.0001")) -> None:
        self.quantity = quantity
        self.average = average


def kind_of(ours: Ours, theirs: Decimal, average: Decimal | None, tolerance: Tolerance) -> str:
    """The kind of difference to a broker's quantity and average price (None: not told)."""
    if abs(ours.quantity - theirs) <= tolerance.quantity:
        return AVERAGE if _is_away(ours.average, average, tolerance) else MATCH
    if ours.today and abs(ours.quantity - ours.today - theirs) <= tolerance.quantity:
        return TIMING
    for new, old in ours.ratios:
        one, other = share(ours.quantity, new, old), share(theirs, new, old)
        if theirs in (one, share(ours.quantity, old, new)) or ours.quantity == other:
            return CORPORATE_ACTION
    if not ours.quantity:
        return MISSING_INTERNAL
    if not theirs:
        return MISSING_BROKER
    return SIDE_FLIP if (ours.quantity > 0) != (theirs > 0) else QUANTITY


def _is_away(ours: Decimal | None, theirs: Decimal | None, tolerance: Tolerance) -> bool:
    if ours is None or not theirs:
        return False
    return abs(ours - theirs) > tolerance.average * abs(theirs)
