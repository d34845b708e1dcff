"""Positions that somebody says: whether that makes sense, and what of it becomes a fact."""

from decimal import Decimal
from typing import Final

from gateway.decision import Decision
from gateway.events import PositionAdjusted, PositionImported
from gateway.positions import entries
from gateway.positions.entries import plain
from gateway.positions.holding import ZERO
from gateway.positions.position import Position
from gateway.positions.telling import tell_instrument

UNIT: Final = Decimal(1)


class Said:
    """A position as a person or a file has it: `price` of a unit or `cost` of all, without a sign,
    None where it is not said.
    """

    __slots__ = ("account", "cost", "currency", "price", "quantity", "strategy", "symbol")

    def __init__(
        self,
        *,
        account: str,
        symbol: str,
        quantity: Decimal,
        price: Decimal | None,
        cost: Decimal | None,
        currency: str,
        strategy: str,
    ) -> None:
        self.account = account
        self.symbol = symbol
        self.quantity = quantity
        self.price = price
        self.cost = cost
        self.currency = currency
        self.strategy = strategy

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What no two of a file may share."""
        return self.account, self.symbol, self.currency, self.strategy


def complete(decision: Decision, said: Said) -> str:
    """Set its currency where it has none; what is wrong with it, "" for nothing."""
    instruments = decision.setup.reference.instruments
    instrument = instruments.get(said.symbol)
    if instruments and instrument is None:
        return f"symbol {said.symbol} is no instrument"
    if instrument is not None:
        said.currency = said.currency or instrument.currency
        if said.currency != instrument.currency:
            return f"currency {said.currency} is not {instrument.currency}, that of {said.symbol}"
    if not said.currency:
        return "no currency is given, and no instrument is known that has one"
    if (said.price is None) == (said.cost is None) and said.quantity:
        return "give either price or cost"
    if (said.price or ZERO) < 0 or (said.cost or ZERO) < 0:
        return "price and cost have no sign: a short position has a quantity below 0"
    return ""


def was_traded_today(decision: Decision, said: Said) -> bool:
    """Whether it had executions since the day began, which a file of before does not have."""
    positions = decision.state.positions
    position = positions.find(*said.key)
    if position is None:
        return False
    today = str(positions.today(decision.now))
    return any(e[0] == entries.EXECUTION and e[3] == today for e in position.entries())


def traded_today(decision: Decision, position: Position) -> Decimal:
    """Units that executions of today brought."""
    today = str(decision.state.positions.today(decision.now))
    quantity = ZERO
    for entry in position.entries():
        if entry[0] == entries.EXECUTION and entry[3] == today:
            quantity += Decimal(entry[4].partition(" ")[0])
    return quantity


def say(decision: Decision, said: Said, who: str, why: str, *, imported: bool) -> None:
    """Make it a fact."""
    tell_instrument(decision, said.symbol)
    positions = decision.state.positions
    held = positions.find(*said.key)
    net = held.now.net if held is not None else ZERO
    cost = held.now.cost if held is not None else ZERO
    kind = PositionImported if imported else PositionAdjusted
    event = kind(
        *said.key,
        plain(said.quantity),
        plain(_cost(decision, said)),
        plain(net),
        plain(cost),
        who,
        why,
    )
    decision.emit(0, event)


def _cost(decision: Decision, said: Said) -> Decimal:
    if not said.quantity:
        return ZERO
    if said.cost is not None:
        return said.cost if said.quantity > 0 else -said.cost
    assert said.price is not None, f"{said.key}: neither price nor cost"
    terms = decision.state.positions.terms.get(said.symbol)
    return said.quantity * said.price * (terms.multiplier if terms is not None else UNIT)
