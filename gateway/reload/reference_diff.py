"""What differs between the reference data of two configurations, instrument by instrument."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields

from gateway.config.diff import Change
from gateway.reference import Instrument, Reference, ReferencePrice
from sessions.values import format_utc_timestamp

INSTRUMENTS = "reference.instruments"
PRICES = "reference.prices"
ACTIONS = "reference.corporate_actions"
RESTRICTED = "reference.restricted"
PERMISSIONS = "reference.permissions"


def reference_differences(old: Reference, new: Reference) -> list[Change]:
    """Every change from `old` to `new`, in the form of changed settings."""
    return [
        *_instruments(old, new),
        *_prices(old, new),
        *_actions(old, new),
        *_entitlements(old, new),
    ]


def _instruments(old: Reference, new: Reference) -> Iterator[Change]:
    for symbol, held in old.instruments.items():
        found = new.instruments.get(symbol)
        if found is None:
            yield Change(INSTRUMENTS, symbol, "", _whole(held), "")
        elif found != held:
            for field in fields(Instrument):
                before, after = (str(getattr(one, field.name)) for one in (held, found))
                if before != after:
                    yield Change(INSTRUMENTS, symbol, field.name, before, after)
    for symbol, found in new.instruments.items():
        if symbol not in old.instruments:
            yield Change(INSTRUMENTS, symbol, "", "", _whole(found))


def _whole(instrument: Instrument) -> str:
    names = [f.name for f in fields(Instrument) if f.name != "symbol"]
    shown = [name for name in names if getattr(instrument, name) not in ("", None)]
    return ", ".join(f"{name} = {getattr(instrument, name)}" for name in shown)


def _prices(old: Reference, new: Reference) -> Iterator[Change]:
    for symbol in dict.fromkeys([*old.closes, *new.closes]):
        before, after = _price(old.closes.get(symbol)), _price(new.closes.get(symbol))
        if before != after:
            yield Change(PRICES, symbol, "", before, after)


def _actions(old: Reference, new: Reference) -> Iterator[Change]:
    before, after = ({(a.symbol, a.date): a.text for a in one.actions} for one in (old, new))
    for key in dict.fromkeys([*before, *after]):
        was, is_ = before.get(key, ""), after.get(key, "")
        if was != is_:
            yield Change(ACTIONS, f"{key[0]} {key[1]}", "", was, is_)


def _entitlements(old: Reference, new: Reference) -> Iterator[Change]:
    """Rows that came and went; they have no names."""
    for section, before, after in (
        (RESTRICTED, _texts(old.restrictions.rows), _texts(new.restrictions.rows)),
        (PERMISSIONS, _texts(old.permissions.rows), _texts(new.permissions.rows)),
    ):
        yield from (Change(section, row, "", row, "") for row in before if row not in after)
        yield from (Change(section, row, "", "", row) for row in after if row not in before)


def _texts(rows: Iterable[object]) -> dict[str, None]:
    return dict.fromkeys(repr(row) if not isinstance(row, tuple) else ",".join(row) for row in rows)


def _price(close: ReferencePrice | None) -> str:
    return f"{close.price} of {format_utc_timestamp(close.time_ns, 0)}" if close else ""
