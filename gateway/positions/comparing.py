"""A broker's positions held against the state: which positions are compared, and with what might
explain a difference. Changes nothing.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from gateway.days import as_date, as_number
from gateway.decision import Decision
from gateway.positions.breaks import MATCH, Break, Key, Ours, Theirs, Tolerance, kind_of
from gateway.positions.entries import plain
from gateway.positions.holding import EXACT, ZERO
from gateway.positions.position import Position
from gateway.positions.saying import traded_today
from gateway.positions.valuing import average_price

DAYS_AROUND: Final = 5
"""Corporate actions of so many days before and after today may explain a difference."""


def breaks_of(
    decision: Decision, rows: Iterable[Theirs], accounts: Iterable[str], tolerance: Tolerance
) -> Iterator[Break | None]:
    """For each position of the rows, and each of `accounts` that they lack: the difference, None
    for none.
    """
    told = [(row, _key(decision, row)) for row in rows]
    for row, key in told:
        yield _compare(decision, key, row, tolerance)
    known = {key for _, key in told}
    by_strategy = any(key[3] is not None for key in known)
    for account in accounts:
        for key in _held(decision, account, by_strategy=by_strategy):
            if key not in known:
                yield _compare(decision, key, None, tolerance)


def _key(decision: Decision, row: Theirs) -> Key:
    instrument = decision.setup.reference.instruments.get(row.symbol)
    currency = row.currency or (instrument.currency if instrument is not None else "")
    return row.account, row.symbol, currency, row.strategy


def _held(decision: Decision, account: str, *, by_strategy: bool) -> list[Key]:
    keys: dict[Key, None] = {}
    for position in decision.state.positions.of_account(account):
        if position.now.net:
            strategy = position.strategy if by_strategy else None
            keys[account, position.symbol, position.currency, strategy] = None
    return list(keys)


def _compare(
    decision: Decision, key: Key, row: Theirs | None, tolerance: Tolerance
) -> Break | None:
    account, symbol, currency, strategy = key
    positions = [
        position
        for position in decision.state.positions.of(account, symbol)
        if position.currency == currency and strategy in (None, position.strategy)
    ]
    ours, price = _ours(decision, symbol, positions)
    quantity = row.quantity if row is not None else ZERO
    average = _broker_price(decision, row) if row is not None else None
    kind = kind_of(ours, quantity, average, tolerance)
    if kind == MATCH:
        return None
    found = Break(kind, key, row.line if row is not None else 0)
    found.quantity = plain(ours.quantity)
    found.average_price = price
    found.broker_quantity = plain(quantity)
    found.broker_price = plain(average) if average is not None else ""
    return found


def _ours(decision: Decision, symbol: str, positions: list[Position]) -> tuple[Ours, str]:
    net = sum([position.now.net for position in positions], ZERO)
    cost = sum([position.now.cost for position in positions], ZERO)
    today = sum([traded_today(decision, position) for position in positions], ZERO)
    multiplier = decision.state.positions.multiplier(symbol)
    average = EXACT.divide(cost, net * multiplier) if net else None
    price = average_price(net, cost, multiplier)
    return Ours(net, average, today, _ratios(decision, symbol)), price


def _ratios(decision: Decision, symbol: str) -> list[tuple[Decimal, Decimal]]:
    today = as_date(decision.state.positions.today(decision.now)).toordinal()
    first, last = (
        as_number(as_date(19700101).fromordinal(today + days))
        for days in (-DAYS_AROUND - 1, DAYS_AROUND)
    )
    actions = decision.setup.reference.actions.between(symbol, first, last)
    return [(action.new, action.old) for action in actions if action.new != action.old]


def _broker_price(decision: Decision, row: Theirs) -> Decimal | None:
    if row.price is not None or row.cost is None or not row.quantity:
        return row.price
    multiplier = decision.state.positions.multiplier(row.symbol)
    return EXACT.divide(row.cost, abs(row.quantity) * multiplier)
