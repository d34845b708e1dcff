"""Corporate actions by business date: what a split or a dividend does to numbers. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
FRACTION: Final = Decimal("1E-8")


class CorporateAction:
    """From business date `date` (yyyymmdd) on, `new` units stand for `old` ones, or each unit is
    worth `amount` less. `kind`: "split" or "dividend".
    """

    __slots__ = ("amount", "date", "kind", "new", "old", "symbol")

    def __init__(
        self,
        date: int,
        symbol: str,
        kind: str,
        *,
        new: Decimal = ONE,
        old: Decimal = ONE,
        amount: Decimal = ZERO,
    ) -> None:
        self.date = date
        self.symbol = symbol
        self.kind = kind
        self.new = new
        self.old = old
        self.amount = amount

    @property
    def text(self) -> str:
        """What it is, in one line."""
        what = f"{self.new}:{self.old}" if self.kind == "split" else f"{self.amount}"
        return f"{self.kind} {what} of {self.symbol} on {self.date}"

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

    @property
    def symbols(self) -> list[str]:
        """That have any."""
        return list(self._by_symbol)

    def __iter__(self) -> Iterator[CorporateAction]:
        for actions in self._by_symbol.values():
            yield from actions


def _date_of(action: CorporateAction) -> int:
    return action.date
