"""What a broker can do, as its operator knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Final, Literal

from pydantic import PlainValidator

from gateway.config.kinds import but_not
from gateway.config.section import STRICT, Section
from gateway.orders.order_types import ORDER_TYPES, TIMES_IN_FORCE
from gateway.orders.sheet import EMULATED, FEATURES, MESSAGES, Sheet, full_sheet

ALL: Final = "all"


def _some(names: Iterable[str], said: str = "must be") -> Callable[[object], tuple[str, ...]]:
    known = tuple(names)

    def check(value: object) -> tuple[str, ...]:
        bad: list[object] | None = None
        if isinstance(value, list | tuple):
            bad = [name for name in value if name not in known]
            if not bad:
                return tuple(value)
        quoted = ", ".join(f'"{name}"' for name in known)
        raise ValueError(f"{said} a list of names among {quoted}{but_not(bad)}")

    return check


def _all_or_some(names: Iterable[str]) -> Callable[[object], str | tuple[str, ...]]:
    some = _some(names, 'must be "all", or')
    return lambda value: ALL if value == ALL else some(value)


_Names = Literal["all"] | tuple[str, ...]
OrderTypes = Annotated[_Names, PlainValidator(_all_or_some(ORDER_TYPES))]
Times = Annotated[
    _Names, PlainValidator(_all_or_some(time.name for time in TIMES_IN_FORCE.values()))
]
Messages = Annotated[_Names, PlainValidator(_all_or_some(MESSAGES))]
RouteOrderTypes = Annotated[tuple[str, ...], PlainValidator(_some(ORDER_TYPES))]
RouteTimes = Annotated[
    tuple[str, ...], PlainValidator(_some(time.name for time in TIMES_IN_FORCE.values()))
]
Emulated = Annotated[tuple[str, ...], PlainValidator(_some(EMULATED))]
Features = Annotated[_Names, PlainValidator(_all_or_some(FEATURES))]


class Capabilities(Section):
    """What a broker can do; without this table, all that its FIX version can say. What it lacks is
    refused before anything is reserved, or done by the gateway where a client's `emulate` says
    so."""

    model_config = STRICT

    order_types: OrderTypes = ALL
    """Of "market", "limit", "stop", "stop_limit", "market_on_close", "limit_on_close",
    "market_if_touched", "pegged", "trailing_stop", "previously_quoted", "previously_indicated"."""
    times_in_force: Times = ALL
    """Of "day", "gtc", "opg", "ioc", "fok", "gtx", "gtd", "at_close"."""
    messages: Messages = ALL
    """Of "replace" (G) and "status" (H)."""
    features: Features = ALL
    """Of "iceberg" (a part is shown) and "enlarge_filled" (a replace makes a filled order work)."""

    def sheet(self, version: str) -> Sheet:
        """The sheet of a broker of this FIX version."""
        full = full_sheet(version)
        return Sheet(
            _chosen(self.order_types, full.order_types),
            _chosen(self.times_in_force, full.times_in_force),
            _chosen(self.messages, full.messages),
            _chosen(self.features, full.features),
        )


def _chosen(named: str | tuple[str, ...], possible: frozenset[str]) -> frozenset[str]:
    return possible if isinstance(named, str) else possible.intersection(named)
