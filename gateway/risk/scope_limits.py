"""What each scope sets: as configured, and as it was changed since.

Knows how a value is written.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from gateway.risk.limit_kinds import LIMITS
from gateway.risk.scopes import kind_of

OFF: Final = Decimal("-1")
OFF_TEXT: Final = "off"
ON_TEXT: Final = "on"
KNOWN: Final = "instrument_known"
SHARE: Final = "max_concentration_pct"
LEAST: Final = Decimal("1E-9")  # of a share of no capital: whatever comes is more


class ScopeLimits:
    """What one scope sets: values by name of NAMES, and whether the instrument must be known."""

    __slots__ = ("instrument_known", "kind", "name", "scope", "values")

    def __init__(
        self, scope: str, instrument_known: bool | None, values: dict[str, Decimal]
    ) -> None:
        self.scope = scope
        self.kind, self.name = kind_of(scope)
        self.instrument_known = instrument_known
        self.values = values


def limit_number(name: str, text: str, capital: Decimal | None) -> Decimal:
    """The number of a limit as it is written; a share is money, of the capital."""
    if text == OFF_TEXT:
        return OFF
    if text == ON_TEXT:
        return Decimal(1)
    number = Decimal(text)
    if name == SHARE:
        return max((capital or Decimal(0)) * number / 100, LEAST)
    return number


def over_configured(
    configured: Sequence[ScopeLimits],
    changes: Mapping[tuple[str, str], str],
    capital: Decimal | None,
) -> Iterable[ScopeLimits]:
    """What scopes set when `changes`, by scope and limit, take the place of what is configured."""
    if not changes:
        return configured
    made: dict[str, ScopeLimits] = {}
    for (scope, name), text in changes.items():
        limits = made.setdefault(scope, ScopeLimits(scope, None, {}))
        if name == KNOWN:
            limits.instrument_known = text != OFF_TEXT
        else:
            limits.values[name] = limit_number(name, text, capital)
    kept = []
    for limits in configured:
        known = None if (limits.scope, KNOWN) in changes else limits.instrument_known
        values = {n: v for n, v in limits.values.items() if (limits.scope, n) not in changes}
        kept.append(ScopeLimits(limits.scope, known, values))
    return [*kept, *made.values()]


def configured_text(
    configured: Sequence[ScopeLimits], key: tuple[str, str], capital: Decimal | None
) -> str:
    """What is configured for a scope and a limit, as it is written; "" where it is not set."""
    scope, name = key
    for limits in configured:
        if limits.scope != scope:
            continue
        if name == KNOWN:
            known = limits.instrument_known
            return "" if known is None else ON_TEXT if known else OFF_TEXT
        if name in limits.values:
            return _text(name, limits.values[name], capital)
    return ""


def _text(name: str, number: Decimal, capital: Decimal | None) -> str:
    if number == OFF:
        return OFF_TEXT
    if LIMITS[name].is_switch:
        return ON_TEXT
    if name == SHARE and capital:
        number = number * 100 / capital
    return f"{number.normalize():f}"
