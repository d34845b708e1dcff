"""The conditions of a route that few have, apart so that the others cost nothing."""

import re
from typing import Final

from gateway.orders.extras import field_of
from gateway.orders.order_types import TIMES_IN_FORCE, kind_of
from gateway.translate.inbound import OrderTerms
from sessions.schedule import Schedule

EX_DESTINATION: Final = "100"
ANY: Final[frozenset[str]] = frozenset()


def is_glob(text: str) -> bool:
    """Whether a symbol stands for several: "*" is any characters, "?" any one."""
    return "*" in text or "?" in text


def glob(text: str) -> re.Pattern[str]:
    """The pattern of a symbol with "*" and "?"."""
    parts = [".*" if one == "*" else "." if one == "?" else re.escape(one) for one in text]
    return re.compile("".join(parts), re.DOTALL)


class Conditions:
    """Each is empty, or None, where it is not asked for. `symbols` and `globs` are one condition.
    `hours`: the times at which it holds.
    """

    __slots__ = (
        "ex_destinations",
        "globs",
        "hours",
        "on_behalf_of",
        "order_types",
        "symbols",
        "times_in_force",
    )

    def __init__(
        self,
        *,
        symbols: frozenset[str] = ANY,
        globs: tuple[re.Pattern[str], ...] = (),
        order_types: frozenset[str] = ANY,
        times_in_force: frozenset[str] = ANY,
        on_behalf_of: frozenset[str] = ANY,
        ex_destinations: frozenset[str] = ANY,
        hours: Schedule | None = None,
    ) -> None:
        self.symbols = symbols
        self.globs = globs
        self.order_types = order_types
        self.times_in_force = times_in_force
        self.on_behalf_of = on_behalf_of
        self.ex_destinations = ex_destinations
        self.hours = hours

    def hold(self, terms: OrderTerms, entitled: frozenset[str], now: int) -> bool:
        """Whether all do, for an order at `now` (UTC ns) of a client that may choose among the
        `entitled` values of ExDestination(100).
        """
        return (
            (not self.on_behalf_of or terms.on_behalf_of in self.on_behalf_of)
            and self._symbol_fits(terms.symbol)
            and self._type_fits(terms)
            and (not self.ex_destinations or self._destination_fits(terms, entitled))
            and (self.hours is None or self.hours.at(now).is_open)
        )

    def _symbol_fits(self, symbol: str) -> bool:
        if symbol in self.symbols or not (self.symbols or self.globs):
            return True
        return any(pattern.fullmatch(symbol) is not None for pattern in self.globs)

    def _type_fits(self, terms: OrderTerms) -> bool:
        time = terms.time_in_force
        if self.times_in_force and TIMES_IN_FORCE[time].name not in self.times_in_force:
            return False
        if not self.order_types:
            return True
        return kind_of(terms.ord_type, time, terms.extra).name in self.order_types

    def _destination_fits(self, terms: OrderTerms, entitled: frozenset[str]) -> bool:
        named = field_of(terms.extra, EX_DESTINATION)
        return named in entitled and named in self.ex_destinations
