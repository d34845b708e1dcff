"""How much is held and what it cost: by average cost and in lots (first in, first out).

Exact: what leaves a cost is subtracted to the last digit, so that cost, realised P&L and the cash
that flowed always add up, and a position that is flat has no cost left. Only shares of a cost that
do not end are rounded, far behind the smallest coin.
"""

from decimal import Context, Decimal
from typing import Final

ZERO: Final = Decimal(0)
STEP: Final = Decimal("1E-20")
EXACT: Final = Context(prec=60)


def share(value: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """`value` times `part` over `whole`; all of it for the whole."""
    if part == whole:
        return value
    quotient = value * part / whole
    rounded = EXACT.quantize(quotient, STEP)
    return quotient if quotient == rounded else rounded


class Holding:
    """Numbers of one position in its currency. `net` is below 0 for a short one, `cost` has its
    sign. `realised` is gross of commissions; `before`: what of it was realised before business date
    `date` (yyyymmdd), the newest on which something happened. `income`: dividends, less what a
    short position owes. `commissions`: money by currency, None for none.
    """

    __slots__ = (
        "_first",
        "_lots",
        "before",
        "commissions",
        "cost",
        "date",
        "income",
        "net",
        "realised",
        "realised_fifo",
    )

    def __init__(self) -> None:
        self.net = ZERO
        self.cost = ZERO
        self.realised = ZERO
        self.realised_fifo = ZERO
        self.income = ZERO
        self.commissions: dict[str, Decimal] | None = None
        self.date = 0
        self.before = ZERO
        self._lots: list[tuple[Decimal, Decimal]] = []  # quantity and cost, oldest first
        self._first = 0  # those before it are gone

    def copy(self) -> "Holding":
        """Another one with the same numbers."""
        other = Holding()
        other.hold(self.net, self.cost, self.lots)
        other.realised, other.realised_fifo = self.realised, self.realised_fifo
        other.income = self.income
        other.commissions = self.commissions.copy() if self.commissions is not None else None
        other.date, other.before = self.date, self.before
        return other

    @property
    def lots(self) -> list[tuple[Decimal, Decimal]]:
        """Quantity and cost of each lot, oldest first; not to be changed."""
        return self._lots[self._first :] if self._first else self._lots

    def hold(self, net: Decimal, cost: Decimal, lots: list[tuple[Decimal, Decimal]]) -> None:
        """Hold this instead; nothing is realised by it."""
        self.net, self.cost = net, cost
        self._lots = lots.copy()
        self._first = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing has ever become of it."""
        return not (
            self.net
            or self.realised
            or self.realised_fifo
            or self.before
            or self.income
            or self.commissions
        )

    def at(self, date: int) -> None:
        """Something happens on a business date."""
        if date > self.date:
            self.date = date
            self.before = self.realised

    def today(self, date: int) -> Decimal:
        """What was realised on a business date, if no later one has begun for it."""
        return self.realised - self.before if self.date == date else ZERO

    def unrealised(self, price: Decimal, multiplier: Decimal) -> Decimal:
        """What closing it at a price would realise, by average cost."""
        return self.net * price * multiplier - self.cost

    def trade(self, quantity: Decimal, amount: Decimal) -> None:
        """Buy (above 0) or sell units for an amount of the same sign."""
        self._trade_lot(quantity, amount)
        self._trade_average(quantity, amount)

    def take_in(self, net: Decimal, cost: Decimal, lots: list[tuple[Decimal, Decimal]]) -> None:
        """Units come from elsewhere, at what they cost there."""
        for quantity, part in lots:
            self._trade_lot(quantity, part)
        self._trade_average(net, cost)

    def _trade_average(self, quantity: Decimal, amount: Decimal) -> None:
        net = self.net
        if not net or (net > ZERO) == (quantity > ZERO):
            self.net = net + quantity if net else quantity
            self.cost += amount
            return
        held, size = abs(net), abs(quantity)
        if size < held:
            released = share(self.cost, size, held)
            self.realised -= amount + released
            self.cost -= released
        else:  # all of the old side goes first, what is left opens the other at the same price
            closing = share(amount, held, size)
            self.realised -= closing + self.cost
            self.cost = amount - closing
        self.net = net + quantity

    def _trade_lot(self, quantity: Decimal, amount: Decimal) -> None:
        """Lots that follow each other at one price are one lot."""
        lots = self._lots
        if not lots:
            lots.append((quantity, amount))
            return
        held, cost = lots[-1]
        if (held > ZERO) != (quantity > ZERO):
            self._close_lots(quantity, amount)
        elif cost * quantity == amount * held:
            lots[-1] = (held + quantity, cost + amount)
        else:
            lots.append((quantity, amount))

    def _close_lots(self, quantity: Decimal, amount: Decimal) -> None:
        lots = self._lots
        left, left_amount = quantity, amount
        while left and self._first < len(lots):
            held, cost = lots[self._first]
            if abs(held) <= abs(left):
                part = share(left_amount, -held, left)
                self.realised_fifo -= part + cost
                left, left_amount = left + held, left_amount - part
                self._first += 1
            else:
                released = share(cost, -left, held)
                self.realised_fifo -= left_amount + released
                lots[self._first] = (held + left, cost - released)
                left = left_amount = ZERO
        if self._first * 2 > len(lots):
            del lots[: self._first]
            self._first = 0
        if left:
            lots.append((left, left_amount))

    def pay(self, money: Decimal, currency: str) -> None:
        """A commission, which may be a rebate, below 0."""
        paid = self.commissions
        if paid is None:
            paid = self.commissions = {}
        paid[currency] = paid.get(currency, ZERO) + money

    def add(self, quantity: Decimal, cost: Decimal) -> None:
        """Somebody says that so much more is held, in one lot with what was held before. What the
        methods differ by is realised, so that they agree on the whole.
        """
        self.realised_fifo += self.cost - sum([part for _, part in self.lots], ZERO)
        net, cost = self.net + quantity, self.cost + cost
        if not net:  # what it cost beyond what was said is lost, or won
            self.realised -= cost
            self.realised_fifo -= cost
            cost = ZERO
        self.hold(net, cost, [(net, cost)] if net else [])
