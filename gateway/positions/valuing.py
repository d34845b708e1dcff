"""What positions are worth now. A price that is missing or too old is no price: whoever asks is
told so, and nothing is guessed.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal

from gateway.decision import Decision
from gateway.positions.entries import plain
from gateway.positions.holding import EXACT, ZERO
from gateway.positions.position import Position
from gateway.prices.rule import is_fresh
from gateway.reference import ReferencePrice

SHOWN: Final = Decimal("1E-8")

Unpriced = Literal["", "missing", "stale"]


class Valued:
    """Unrealised P&L by currency, of what has a price; and the symbols of what has none."""

    __slots__ = ("money", "unpriced")

    def __init__(self) -> None:
        self.money: dict[str, Decimal] = {}
        self.unpriced: dict[str, Unpriced] = {}


def price_of(decision: Decision, symbol: str) -> tuple[ReferencePrice | None, Unpriced]:
    """The reference price of a symbol, and why it does not count."""
    price = decision.reference_price(symbol)
    if price is None:
        return None, "missing"
    max_age_ns = decision.setup.reference.price_max_age_ns
    return price, "" if is_fresh(price, decision.now, max_age_ns) else "stale"


def unrealised(decision: Decision, positions: Iterable[Position]) -> Valued:
    """What closing these positions at their reference prices would realise."""
    valued = Valued()
    for position in positions:
        if not position.now.net:
            continue
        price, unpriced = price_of(decision, position.symbol)
        if price is None or unpriced:
            valued.unpriced[position.symbol] = unpriced
            continue
        multiplier = decision.state.positions.multiplier(position.symbol)
        money = valued.money.get(position.currency, ZERO)
        valued.money[position.currency] = money + position.now.unrealised(price.price, multiplier)
    return valued


def average_price(quantity: Decimal, cost: Decimal, multiplier: Decimal) -> str:
    """The price of one unit, for people to read; "" of nothing."""
    if not quantity:
        return ""
    price = EXACT.divide(cost, quantity * multiplier)
    rounded = price.quantize(SHOWN, ROUND_HALF_EVEN, EXACT)
    return plain(rounded)
