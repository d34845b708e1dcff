"""What an order meets: the scenario words, and the plan of its fills.

Pure: the same order and dice give the same plan.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from tools.broker_simulator.settings import BrokerSettings
from tools.fix_peer import tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """How one order is treated, where that differs from the settings."""

    meaning: str
    fill: str = ""
    reject: bool = False
    hang: bool = False
    slow: bool = False
    keep: bool = False
    late_fill: bool = False


USUAL: Final = Scenario(meaning="by the settings")

SCENARIOS: Final = MappingProxyType(
    {
        "FILL": Scenario(meaning="filled at once, in one piece", fill="full"),
        "PARTIAL": Scenario(meaning="half is filled, the rest stays open", fill="half"),
        "NOFILL": Scenario(meaning="accepted, never filled", fill="none"),
        "REJECT": Scenario(meaning="refused", reject=True),
        "HANG": Scenario(meaning="no answer to D, F and G; H is answered", hang=True),
        "SLOW": Scenario(meaning="answered after --slow-ms", slow=True),
        "NOCANCEL": Scenario(
            meaning="accepted, never filled; cancels and replaces are refused",
            fill="none",
            keep=True,
        ),
        "LATEFILL": Scenario(
            meaning="accepted; filled when the cancel is already confirmed",
            fill="none",
            late_fill=True,
        ),
    }
)
"""The words that Text(58), --scenario SYMBOL=WORD or a script's hook may name."""


def scenario_of(fields: Mapping[str, str], settings: BrokerSettings) -> Scenario:
    """The scenario of a request: a script's word, else Text(58), else by Symbol(55)."""
    word = settings.scenario(fields) if settings.scenario is not None else ""
    by_symbol = settings.scenarios.get(fields.get(tags.SYMBOL, ""), "")
    for candidate in (word, fields.get(tags.TEXT, ""), by_symbol):
        if candidate in SCENARIOS:
            return SCENARIOS[candidate]
    return USUAL


def fill_plan(fill: str, quantity: Decimal, dice: random.Random) -> list[Decimal]:
    """The quantities of the fills to come, in order; together at most `quantity`."""
    kind, _, count = fill.partition(":")
    if kind == "random":
        kind, count = dice.choice(("none", "half", "full", "full", "partial")), "3"
    if kind == "none" or not quantity:
        return []
    if kind == "half":
        half = quantity // 2
        return [half] if half else []
    parts = int(count) if kind == "partial" else 1
    return _parts(quantity, parts)


def check_fill(fill: str) -> str:
    """`fill` itself; ValueError when it is none of the patterns."""
    kind, _, count = fill.partition(":")
    good = fill in ("full", "none", "half", "random")
    if not good and not (kind == "partial" and count.isdigit() and int(count) > 0):
        raise ValueError(f"{fill!r}: must be full, none, half, random or partial:N")
    return fill


def _parts(quantity: Decimal, count: int) -> list[Decimal]:
    size = quantity // count
    if not size:
        return [quantity]
    return [size] * (count - 1) + [quantity - size * (count - 1)]
