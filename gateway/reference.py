"""Instruments, closing prices and corporate actions from CSV files or a database, read whole or not
at all.

Every problem of a table is reported at once, each with its line or row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, TypeVar

from gateway.corporate_actions import (
    DIVIDEND,
    KINDS,
    MERGER,
    MOVES,
    REVERSE_SPLIT,
    SPLIT,
    STOCK_DIVIDEND,
    SYMBOL_CHANGE,
    CorporateAction,
    CorporateActions,
)
from gateway.days import as_number
from gateway.entitlement_rows import (
    PERMISSION_COLUMNS,
    RESTRICTION_COLUMNS,
    permitted,
    restriction,
)
from gateway.entitlements import Permissions, Restrictions
from gateway.reference_rows import Source, read_rows, rows_of
from sessions.schedule import Schedule
from sessions.values import DIGITS_MAX, shown

NS: Final = 1_000_000_000
TEXT_MAX: Final = 100  # of a number: a database may tell many zeros behind the point
PRICE_ORDER: Final = ("last", "quote", "close")
T = TypeVar("T")


class ReferenceDataError(Exception):
    """A reference file can not be used; `problems` has one line a problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Instrument:
    """What is known of a symbol; `multiplier` turns price times quantity into money. `sector` "":
    of none; `adv`: what is traded of it on an average day, None: not known; `hours`: the schedule
    of its market, "": always open.
    """

    symbol: str
    security_type: str
    currency: str
    tick_size: Decimal
    lot_size: Decimal
    multiplier: Decimal
    restricted: bool
    sector: str = ""
    adv: Decimal | None = None
    hours: str = ""


class ReferencePrice:
    """A price, the UTC nanosecond it was made, and who said it; nobody changes it, each trade makes
    one.
    """

    __slots__ = ("price", "source", "time_ns")

    def __init__(self, price: Decimal, time_ns: int, source: str = "") -> None:
        self.price = price
        self.time_ns = time_ns
        self.source = source


class Reference:
    """Everything that is known of instruments before trading starts. `hours`: the schedules that
    instruments may name. `price_order`: which kinds of price may be the reference price, the first
    that is there and fresh is; `quote_max_age_ns`: how old a quote may be for that.
    """

    __slots__ = (
        "actions",
        "closes",
        "hours",
        "instruments",
        "permissions",
        "price_max_age_ns",
        "price_order",
        "quote_max_age_ns",
        "restrictions",
    )

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        closes: Mapping[str, ReferencePrice],
        price_max_age_ns: int,
        actions: CorporateActions | None = None,
        restrictions: Restrictions | None = None,
        permissions: Permissions | None = None,
        hours: Mapping[str, Schedule] | None = None,
        price_order: Sequence[str] = PRICE_ORDER,
        quote_max_age_ns: int = 300 * NS,
    ) -> None:
        self.price_order = tuple(price_order)
        self.quote_max_age_ns = quote_max_age_ns
        self.instruments = instruments
        self.closes = closes
        self.price_max_age_ns = price_max_age_ns
        self.actions = actions or CorporateActions()
        self.restrictions = restrictions or Restrictions()
        self.permissions = permissions or Permissions()
        self.hours = dict(hours or {})


def load_reference(
    instruments: Source,
    prices: Source,
    price_max_age_s: float,
    actions: Source | None = None,
    *,
    restrictions: Source | None = None,
    permissions: Source | None = None,
    hours: Mapping[str, Schedule] | None = None,
    price_order: Sequence[str] = PRICE_ORDER,
    quote_max_age_s: float = 300,
) -> Reference:
    """Read all tables; raises ReferenceDataError with every problem of all of them."""
    problems: list[str] = []
    table = {
        i.symbol: i for i in read_rows(instruments, _INSTRUMENT_COLUMNS, _instrument, problems)
    }
    closes = dict(read_rows(prices, _PRICE_COLUMNS, _close, problems))
    coming = _actions(actions, table, problems) if actions is not None else []
    restricted = rows_of(restrictions, RESTRICTION_COLUMNS, restriction, problems)
    allowed = rows_of(permissions, PERMISSION_COLUMNS, permitted, problems)
    problems += [
        f"{instruments.name}: hours {one.hours!r} of {one.symbol}: there is no such schedule"
        for one in table.values()
        if one.hours and one.hours not in (hours or {})
    ]
    if problems:
        raise ReferenceDataError(problems)
    return Reference(
        table,
        closes,
        int(price_max_age_s * NS),
        CorporateActions(coming),
        Restrictions(restricted),
        Permissions(allowed),
        hours,
        price_order,
        int(quote_max_age_s * NS),
    )


def _actions(
    path: Source, instruments: Mapping[str, Instrument], problems: list[str]
) -> list[CorporateAction]:
    seen: set[tuple[str, int]] = set()

    def action(row: Mapping[str, str]) -> CorporateAction:
        found = _action(row)
        if found.symbol not in instruments:
            raise ValueError(f"symbol {found.symbol!r} is no instrument: its lot is not known")
        _check_new_symbol(found, instruments)
        if (found.symbol, found.date) in seen:
            raise ValueError(f"{found.symbol} has an action on {row['date']} already")
        seen.add((found.symbol, found.date))
        return found

    return list(read_rows(path, _ACTION_COLUMNS, action, problems))


def _check_new_symbol(action: CorporateAction, instruments: Mapping[str, Instrument]) -> None:
    if not action.new_symbol:
        return
    coming = instruments.get(action.new_symbol)
    if coming is None:
        raise ValueError(f"new_symbol {action.new_symbol!r} is no instrument")
    if coming.currency != instruments[action.symbol].currency:
        raise ValueError(f"new_symbol {action.new_symbol!r} is in {coming.currency}")


_INSTRUMENT_COLUMNS: Final = ("symbol", "security_type", "currency", "tick_size", "lot_size")
_ACTION_COLUMNS: Final = ("date", "symbol", "kind", "ratio", "amount")
_PRICE_COLUMNS: Final = ("symbol", "price", "time")


def _instrument(row: Mapping[str, str]) -> Instrument:
    return Instrument(
        symbol=_text(row, "symbol"),
        security_type=row["security_type"],
        currency=_text(row, "currency"),
        tick_size=_positive(row, "tick_size"),
        lot_size=_positive(row, "lot_size"),
        multiplier=_positive(row, "multiplier") if row.get("multiplier") else Decimal(1),
        restricted=_yes_or_no(row.get("restricted", "")),
        sector=row.get("sector", ""),
        adv=_positive(row, "adv") if row.get("adv") else None,
        hours=row.get("hours", ""),
    )


def _close(row: Mapping[str, str]) -> tuple[str, ReferencePrice]:
    try:
        moment = datetime.fromisoformat(row["time"])
    except ValueError:
        raise ValueError(f"time {row['time']!r} is not ISO 8601 (2026-11-20T21:00:00Z)") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    price = ReferencePrice(_positive(row, "price"), int(moment.timestamp()) * NS)
    return _text(row, "symbol"), price


def _action(row: Mapping[str, str]) -> CorporateAction:
    try:
        day = as_number(date.fromisoformat(row["date"]))
    except ValueError:
        raise ValueError(f"date {row['date']!r} is not ISO 8601 (2026-11-20)") from None
    symbol, kind = _text(row, "symbol"), row["kind"]
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r} must be one of {', '.join(KINDS)}")
    values: dict[str, Decimal] = {}
    for column in _OF_KIND[kind]:
        values |= _VALUES[column](row)
    for column in _VALUES.keys() - _OF_KIND[kind]:
        _none(row, column)
    new_symbol = row.get("new_symbol", "")
    if kind in MOVES:
        _text(row, "new_symbol")
    elif new_symbol:
        _none(row, "new_symbol")
    action = CorporateAction(day, symbol, kind, new_symbol=new_symbol, **values)
    _check_sense(action)
    return action


def _check_sense(action: CorporateAction) -> None:
    ratio = f"ratio '{action.new}:{action.old}'"
    if action.kind == REVERSE_SPLIT and action.new >= action.old:
        raise ValueError(f"{ratio} of a reverse_split must be of less new units than old ones")
    if action.kind == STOCK_DIVIDEND and action.new <= action.old:
        raise ValueError(f"{ratio} of a stock_dividend must be of more new units than old ones")
    if action.new_symbol == action.symbol:
        raise ValueError(f"new_symbol {action.new_symbol!r} is the symbol itself")
    if action.kind == MERGER and bool(action.amount) != bool(action.fair_value):
        raise ValueError("a merger with an amount in cash needs a fair_value, and only it has one")


def _ratio(row: Mapping[str, str]) -> dict[str, Decimal]:
    new, colon, old = row["ratio"].partition(":")
    ratio = {"new": new, "old": old}
    if not colon:
        raise ValueError(f"ratio {row['ratio']!r} must be NEW:OLD, such as 2:1")
    return {name: _positive(ratio, name) for name in ratio}


def _amount(row: Mapping[str, str]) -> dict[str, Decimal]:
    if row["kind"] == MERGER and not row["amount"]:
        return {}  # it is paid in units alone
    return {"amount": _positive(row, "amount")}


def _withholding(row: Mapping[str, str]) -> dict[str, Decimal]:
    if not row.get("withholding"):
        return {}
    part = _positive(row, "withholding")
    if part > 1:
        raise ValueError(f"withholding {row['withholding']!r} is a part, at most 1")
    return {"withholding": part}


def _fair_value(row: Mapping[str, str]) -> dict[str, Decimal]:
    return {"fair_value": _positive(row, "fair_value")} if row.get("fair_value") else {}


def _in_lieu(row: Mapping[str, str]) -> dict[str, Decimal]:
    return {"in_lieu": _positive(row, "cash_in_lieu")} if row.get("cash_in_lieu") else {}


_VALUES: Final[Mapping[str, Callable[[Mapping[str, str]], dict[str, Decimal]]]] = {
    "ratio": _ratio,
    "amount": _amount,
    "withholding": _withholding,
    "fair_value": _fair_value,
    "cash_in_lieu": _in_lieu,
}
_OF_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    SPLIT: ("ratio", "cash_in_lieu"),
    REVERSE_SPLIT: ("ratio", "cash_in_lieu"),
    STOCK_DIVIDEND: ("ratio", "cash_in_lieu"),
    DIVIDEND: ("amount", "withholding"),
    SYMBOL_CHANGE: (),
    MERGER: ("ratio", "amount", "fair_value", "cash_in_lieu"),
}
"""What each kind of action may have a value in, besides `new_symbol`."""


def _none(row: Mapping[str, str], column: str) -> None:
    if row.get(column):
        raise ValueError(f"{column} {row[column]!r} means nothing for a {row['kind']}")


def _text(row: Mapping[str, str], column: str) -> str:
    if not row[column]:
        raise ValueError(f"{column} is empty")
    return row[column]


def _positive(row: Mapping[str, str], column: str) -> Decimal:
    try:
        value = Decimal(row[column])
    except InvalidOperation:
        raise ValueError(f"{column} {shown(row[column])} is not a number") from None
    if not value.is_finite() or value <= 0:
        raise ValueError(f"{column} {shown(row[column])} must be above 0")
    if len(row[column]) > TEXT_MAX or not -DIGITS_MAX <= value.adjusted() < DIGITS_MAX:
        said = f"is no number of at most {DIGITS_MAX} digits before and behind the point"
        raise ValueError(f"{column} {shown(row[column])} {said}")
    return value


def _yes_or_no(text: str) -> bool:
    if text.lower() not in ("", "yes", "no"):
        raise ValueError(f'restricted {text!r} must be "yes" or "no"')
    return text.lower() == "yes"
