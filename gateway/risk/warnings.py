"""Soft limits: how near the use of a limit came to it, told once each time that a mark is crossed.

No part of the fold: after a restart a mark that is still crossed is told once more.
"""

from decimal import Decimal
from typing import Final

from gateway.orders.order import ZERO
from gateway.risk.limits import SumLimit

KEPT_MAX: Final = 100_000


class Warnings:
    """`marks`: percentages of a limit, lowest first. `told` are texts to be said by whoever asked,
    who then clears them.
    """

    __slots__ = ("_crossed", "marks", "told")

    def __init__(self) -> None:
        self.marks: tuple[Decimal, ...] = ()
        self._crossed: dict[tuple[str, str], int] = {}
        self.told: list[str] = []

    @property
    def any_told(self) -> bool:
        """Whether anything is crossed, so that it may have come to an end."""
        return bool(self._crossed)

    def look(self, limit: SumLimit, scope: str, total: Decimal, slack_pct: Decimal = ZERO) -> None:
        """The use of a limit of a scope is `total`, or about to be. Below the highest mark that was
        crossed it counts as come down only where it is more than `slack_pct` below it.
        """
        if not self.marks:
            return
        key = (limit.name, scope)
        crossed = 0
        percent = total * 100 / limit.value
        for mark in self.marks:
            if percent >= mark:
                crossed += 1
        before = min(self._crossed.get(key, 0), len(self.marks))
        if crossed < before and percent > self.marks[before - 1] - slack_pct:
            crossed = before
        if crossed > before:
            mark = self.marks[crossed - 1]
            self.told.append(
                f"SOFT_LIMIT: limit={limit.name} scope={scope} used_pct={percent:.0f}"
                f" warn_at_pct={mark} total={total:f} limit_value={limit.value}"
            )
        if crossed:
            if len(self._crossed) >= KEPT_MAX:
                self._crossed.clear()  # what is crossed still is told once more
            self._crossed[key] = crossed
        elif before:
            del self._crossed[key]

    def limit_changed(self, name: str) -> None:
        """What was told of a limit is about another value: what is crossed is told anew."""
        for key in [key for key in self._crossed if key[0] == name]:
            del self._crossed[key]

    def tell(self, text: str, key: tuple[str, str], is_so: bool) -> None:
        """Something that is an alarm and no refusal: told when it becomes so."""
        if not is_so:
            self._crossed.pop(key, None)
        elif key not in self._crossed:
            self._crossed[key] = 1
            self.told.append(text)
