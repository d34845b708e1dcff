"""Corporate actions by business date: what a split or a dividend does to numbers. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
FRACTION: Final = Decimal("1E-8")


SPLIT: Final = "split"
REVERSE_SPLIT: Final = "reverse_split"
STOCK_DIVIDEND: Final = "stock_dividend"
DIVIDEND: Final = "dividend"
SYMBOL_CHANGE: Final = "symbol_change"
MERGER: Final = "merger"
KINDS: Final = (SPLIT, REVERSE_SPLIT, STOCK_DIVIDEND, DIVIDEND, SYMBOL_CHANGE, MERGER)
SCALES: Final = frozenset({SPLIT, REVERSE_SPLIT, STOCK_DIVIDEND})
MOVES: Final = frozenset({SYMBOL_CHANGE, MERGER})
ENDS_ORDERS: Final = frozenset({REVERSE_SPLIT, SYMBOL_CHANGE, MERGER})
"""Over these no order of the symbol goes on (FINRA Rule 5330 for a reverse split)."""


class CorporateAction:
    """From business date `date` (yyyymmdd) on, `new` units stand for `old` ones, and each old unit
    is paid `amount`. `kind` is one of KINDS. `new_symbol`: what units of a symbol that ends are
    from now on; `fair_value` is that of one, where cash is paid as well. A fraction of a unit is
    paid at `in_lieu`, or kept where that is 0. `withholding`: the part of a dividend that holders
    do not get.
    """

    __slots__ = (
        "amount",
        "date",
        "fair_value",
        "in_lieu",
        "kind",
        "new",
        "new_symbol",
        "old",
        "symbol",
        "withholding",
    )

    def __init__(
        self,
        date: int,
        symbol: str,
        kind: str,
        *,
        new: Decimal = ONE,
        old: Decimal = ONE,
        amount: Decimal = ZERO,
        new_symbol: str = "",
        fair_value: Decimal = ZERO,
        in_lieu: Decimal = ZERO,
        withholding: Decimal = ZERO,
    ) -> None:
        self.date = date
        self.symbol = symbol
        self.kind = kind
        self.new = new
        self.old = old
        self.amount = amount
        self.new_symbol = new_symbol
        self.fair_value = fair_value
        self.in_lieu = in_lieu
        self.withholding = withholding

    @property
    def text(self) -> str:
        """What it is, in one line."""
        parts = [self.kind]
        if self.kind in SCALES or self.kind == MERGER:
            parts.append(f"{self.new}:{self.old}")
        if self.amount:
            parts.append(f"{self.amount}")
        parts.append(f"of {self.symbol}")
        if self.new_symbol:
            parts.append(f"to {self.new_symbol}")
        return " ".join([*parts, f"on {self.date}"])

    def quantity(self, quantity: Decimal, step: Decimal) -> Decimal:
        """A quantity after it, rounded down to whole steps."""
        return rounded(quantity * self.new, self.old * step, up=False) * step

    def price(self, price: Decimal, tick: Decimal, *, up: bool) -> Decimal:
        """A price after it, rounded to whole ticks."""
        scaled = price * self.old - self.amount * self.new
        return rounded(scaled, self.new * tick, up=up) * tick


def rounded(value: Decimal, step: Decimal, *, up: bool) -> Decimal:
    """How many whole steps a value has; with `up` one more if something is left. Exact: no quotient
    of many digits is ever made.
    """
    whole, rest = divmod(value, step)
    if not rest:
        return whole.to_integral_value(ROUND_FLOOR)
    if value < 0:  # divmod goes towards 0
        whole -= 1
    return (whole + 1 if up else whole).to_integral_value(ROUND_CEILING)


def proportion(value: Decimal, new: Decimal, old: Decimal) -> Decimal:
    """`value` times `new` over `old`, rounded down: to whole units where all are whole."""
    whole = value == value.to_integral_value() and new == new.to_integral_value()
    step = ONE if whole else FRACTION
    return rounded(value * new, old * step, up=False) * step


class CorporateActions:
    """All that are known, by symbol and date."""

    __slots__ = ("_by_symbol",)

    def __init__(self, actions: Iterable[CorporateAction] = ()) -> None:
        self._by_symbol: dict[str, list[CorporateAction]] = {}
        for action in sorted(actions, key=_date_of):
            self._by_symbol.setdefault(action.symbol, []).append(action)

    def between(self, symbol: str, after: int, upto: int) -> list[CorporateAction]:
        """Those of a symbol whose date is later than `after` and not later than `upto`."""
        known = self._by_symbol.get(symbol)
        if known is None:
            return []
        first = bisect_right(known, after, key=_date_of)
        return known[first : bisect_right(known, upto, key=_date_of)]

    def due(self, after: int, upto: int) -> list[CorporateAction]:
        """Those of all symbols whose date is so, the oldest first."""
        found = [one for symbol in self._by_symbol for one in self.between(symbol, after, upto)]
        return sorted(found, key=_date_of)

    @property
    def symbols(self) -> list[str]:
        """That have any."""
        return list(self._by_symbol)

    def __iter__(self) -> Iterator[CorporateAction]:
        for actions in self._by_symbol.values():
            yield from actions


def _date_of(action: CorporateAction) -> int:
    return action.date
