"""Rows of the restricted list and of permissions, as their files have them."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from gateway.days import as_number
from gateway.entitlements import SIDES, Restriction

RESTRICTION_COLUMNS: Final = ("symbol", "side", "client", "account", "from", "until", "reason")
PERMISSION_COLUMNS: Final = ("client", "account", "symbol")


def restriction(row: Mapping[str, str]) -> Restriction:
    """A row of the restricted list; raises ValueError."""
    if not row["symbol"]:
        raise ValueError('symbol is empty; "*" is all')
    if row["side"] not in SIDES:
        raise ValueError(f"side {row['side']!r} must be one of {', '.join(filter(None, SIDES))}")
    since, until = _date(row, "from"), _date(row, "until")
    if until and until < since:
        raise ValueError(f"until {row['until']!r} is before from {row['from']!r}")
    where = (row["symbol"], row["side"], row["client"], row["account"])
    return Restriction(*where, since, until, row["reason"])


def permitted(row: Mapping[str, str]) -> tuple[str, str, str]:
    """A symbol that a client, or an account, may trade; raises ValueError."""
    client, account, symbol = (row[name] for name in PERMISSION_COLUMNS)
    if bool(client) == bool(account):
        raise ValueError("either client or account says who may")
    if not symbol:
        raise ValueError('symbol is empty; "*" is all')
    return ("client", client, symbol) if client else ("account", account, symbol)


def _date(row: Mapping[str, str], column: str) -> int:
    if not row[column]:
        return 0
    try:
        return as_number(date.fromisoformat(row[column]))
    except ValueError:
        raise ValueError(f"{column} {row[column]!r} is not ISO 8601 (2026-11-20)") from None
