"""How the broker treats an order: what is filled, slipped, refused, and who wins a race.

Pure. Rules are asked in their order; the first that fits and is not used up decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any, Final

from tools.broker_apis.orders import Terms

FILLS: Final = {
    "book": "against the top of book; what is not marketable rests",
    "all": "wholly, whatever the book says",
    "parts": "`filled_parts` of `parts` equal parts, whatever the book says; the rest stays open",
    "none": "never",
}
RACES: Final = {
    "done": "as asked",
    "refused": "refused",
    "fill": "the order is filled first, so the request comes too late",
    "part": "half of what is left is filled first, then it is done",
    "silent": "never decided",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What happens to one order."""

    fill: str = "book"
    parts: int = 2
    filled_parts: int = 1
    sized: bool = False
    """The size of the top of book bounds each fill."""
    slip: Decimal = Decimal(0)
    """How much worse than the touch it fills; never worse than its limit."""
    reject: str = ""
    """Reason of a refusal instead of an acceptance."""
    reject_later: str = ""
    """Reason of a rejection after the order was accepted."""
    ack_delay_s: float = 0
    fill_delay_s: float = 0
    """Before each fill."""
    cancel_after_s: float | None = None
    """The broker cancels it, unasked, so long after its acceptance."""
    cancel_delay_s: float = 0
    """From a cancel or replace to its decision."""
    on_cancel: str = "done"
    on_replace: str = "done"

    def __post_init__(self) -> None:
        for name, known in (("fill", FILLS), ("on_cancel", RACES), ("on_replace", RACES)):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name} {getattr(self, name)!r}: must be one of {', '.join(known)}"
                )
        if not 0 <= self.filled_parts <= self.parts or self.parts < 1:
            raise ValueError(f"{self.filled_parts} of {self.parts} parts cannot be filled")


@dataclass(slots=True, kw_only=True)
class Rule:
    """A treatment for the orders of a symbol or client id (patterns as of files), `times` often."""

    treatment: Treatment
    symbol: str = "*"
    client_id: str = "*"
    times: int | None = None

    def fits(self, terms: Terms) -> bool:
        """Whether it decides of such an order."""
        left = self.times is None or self.times > 0
        fits_symbol = fnmatchcase(terms.symbol, self.symbol)
        return left and fits_symbol and fnmatchcase(terms.client_id, self.client_id)


class Treatments:
    """The rules in force, and the treatment of all other orders."""

    def __init__(self, usual: Treatment | None = None) -> None:
        self.usual = usual or Treatment()
        self.rules: list[Rule] = []

    def add(self, row: Mapping[str, Any]) -> None:
        """A rule as a row: a rule's and a treatment's fields in one. ValueError if it is none."""
        values = dict(row)
        matching = {k: values.pop(k) for k in ("symbol", "client_id", "times") if k in values}
        unknown = set(values) - {entry.name for entry in fields(Treatment)}
        if unknown:
            raise ValueError(f"a treatment has no {sorted(unknown)[0]}")
        if "slip" in values:
            values["slip"] = Decimal(str(values["slip"]))
        self.rules.append(Rule(treatment=Treatment(**values), **matching))

    def clear(self) -> None:
        """Only the usual one is left."""
        self.rules.clear()

    def take(self, terms: Terms) -> Treatment:
        """The treatment of a new order; uses its rule up by one."""
        rule = next((rule for rule in self.rules if rule.fits(terms)), None)
        if rule is None:
            return self.usual
        if rule.times is not None:
            rule.times -= 1
        return rule.treatment
