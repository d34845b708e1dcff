"""Corporate actions on one position: entitlement is what is held when the business date begins."""

from decimal import Decimal
from typing import Final

from gateway.positions.holding import EXACT, ZERO, Holding, share

DIVIDEND: Final = "dividend"


class Action:
    """One action (see `events.PositionsActed`); `multiplier` makes money of price and quantity."""

    __slots__ = (
        "amount",
        "fair_value",
        "in_lieu",
        "kind",
        "multiplier",
        "new",
        "new_symbol",
        "old",
        "step",
        "withholding",
    )

    def __init__(
        self,
        kind: str,
        new_symbol: str,
        new: Decimal,
        old: Decimal,
        amount: Decimal,
        withholding: Decimal,
        fair_value: Decimal,
        in_lieu: Decimal,
        step: Decimal,
        multiplier: Decimal,
    ) -> None:
        self.kind = kind
        self.new_symbol = new_symbol
        self.new = new
        self.old = old
        self.amount = amount
        self.withholding = withholding
        self.fair_value = fair_value
        self.in_lieu = in_lieu
        self.step = step
        self.multiplier = multiplier


class Moved:
    """What goes over to another symbol: by average cost, and in lots."""

    __slots__ = ("cost", "lots", "net")

    def __init__(self, net: Decimal, cost: Decimal, lots: list[tuple[Decimal, Decimal]]) -> None:
        self.net = net
        self.cost = cost
        self.lots = lots


def act(holding: Holding, action: Action) -> Moved | None:
    """Let an action change a holding; what goes over to its new symbol, None if it has none."""
    if action.kind == DIVIDEND:
        _pay_dividend(holding, action)
        return None
    if action.amount:
        _pay_cash(holding, action)
    if action.new != action.old:
        _scale(holding, action)
    if not action.new_symbol:
        return None
    moved = Moved(holding.net, holding.cost, holding.lots)
    holding.hold(ZERO, ZERO, [])
    return moved


def _pay_dividend(holding: Holding, action: Action) -> None:
    """Holders get it, less what is withheld; who is short owes all of it."""
    gross = holding.net * action.amount * action.multiplier
    if gross > 0:
        gross -= gross * action.withholding
    holding.income += gross


def _pay_cash(holding: Holding, action: Action) -> None:
    """A merger pays cash besides new units: the cost is divided by what both are worth."""
    units = share(holding.net, action.new, action.old)
    paid = holding.net * action.amount * action.multiplier
    worth = units * action.fair_value * action.multiplier + paid
    if not worth:
        return
    kept = share(holding.cost, worth - paid, worth)
    holding.realised += paid - (holding.cost - kept)
    lots = []
    for quantity, cost in holding.lots:
        part = share(cost, worth - paid, worth)
        holding.realised_fifo += quantity * action.amount * action.multiplier - (cost - part)
        lots.append((quantity, part))
    holding.hold(holding.net, kept, lots)


def _scale(holding: Holding, action: Action) -> None:
    """`new` units stand for `old`; less than a step is paid in cash where a price for it is set."""
    lots, told, counted = [], ZERO, ZERO
    for quantity, cost in holding.lots:  # running totals are rounded, so the parts make the whole
        told += quantity
        total = share(told, action.new, action.old)
        lots.append((total - counted, cost))
        counted = total
    holding.hold(counted, holding.cost, lots)
    if action.in_lieu:
        fraction = EXACT.remainder(counted, action.step)
        if fraction:
            holding.trade(-fraction, -fraction * action.in_lieu * action.multiplier)
