"""The facts that the journal keeps about orders, links and halts, and their text form.

Every change of state is one of these. State is changed by applying an event and in no other
way, so a restart that applies the same events ends in the same state. Events hold texts as
they were received (prices, quantities) and never a decision still to be made.

An event's payload is its class name and its values, joined by SOH and encoded as UTF-8. Only
the last value of an event may itself hold SOH. A field is never removed or given another
meaning: a changed event gets a new name, so that journals of every version stay readable.
"""

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final, cast

from gateway.events.base import Event
from gateway.events.halts import (
    Halted,
    Resumed,
)
from gateway.events.links import (
    CountersSet,
    HistoryFrom,
    IntervalBegun,
    LinkDefined,
    LinkStateChanged,
    NumbersChanged,
    NumberTaken,
    PriceSeen,
)
from gateway.events.logons import LockedOut, LoggedOnFrom, PasswordChanged, Unlocked
from gateway.events.reports import (
    ExecutionAcknowledged,
    ExecutionBusted,
    ExecutionCorrected,
    ExecutionParked,
    OrderAccepted,
    OrderCanceled,
    OrderExecuted,
    OrderMarked,
    OrderRejected,
    OrderReplaced,
    OrderRestated,
    OrderSettled,
    OrderUnknown,
    RequestPending,
    RequestRejected,
)
from gateway.events.requests import (
    CancelEntered,
    OrderEntered,
    OrderRefused,
    OrderReleased,
    ReplaceEntered,
    RequestRefused,
)

__all__ = [
    "EVENTS",
    "CancelEntered",
    "CountersSet",
    "Event",
    "ExecutionAcknowledged",
    "ExecutionBusted",
    "ExecutionCorrected",
    "ExecutionParked",
    "Halted",
    "HistoryFrom",
    "IntervalBegun",
    "LinkDefined",
    "LinkStateChanged",
    "LockedOut",
    "LoggedOnFrom",
    "NumberTaken",
    "NumbersChanged",
    "OrderAccepted",
    "OrderCanceled",
    "OrderEntered",
    "OrderExecuted",
    "OrderMarked",
    "OrderRefused",
    "OrderRejected",
    "OrderReleased",
    "OrderReplaced",
    "OrderRestated",
    "OrderSettled",
    "OrderUnknown",
    "PasswordChanged",
    "PriceSeen",
    "ReplaceEntered",
    "RequestPending",
    "RequestRefused",
    "RequestRejected",
    "Resumed",
    "UnknownEventError",
    "Unlocked",
    "decode",
    "encode",
    "order_no_of",
]

SOH: Final = "\x01"

EVENTS: Final[tuple[type[Event], ...]] = (
    LinkDefined,
    NumbersChanged,
    NumberTaken,
    LinkStateChanged,
    IntervalBegun,
    CountersSet,
    HistoryFrom,
    PriceSeen,
    OrderEntered,
    OrderRefused,
    OrderReleased,
    CancelEntered,
    ReplaceEntered,
    RequestRefused,
    OrderAccepted,
    OrderRejected,
    RequestPending,
    OrderReplaced,
    OrderCanceled,
    RequestRejected,
    OrderExecuted,
    ExecutionBusted,
    ExecutionCorrected,
    OrderRestated,
    OrderMarked,
    OrderUnknown,
    OrderSettled,
    ExecutionParked,
    ExecutionAcknowledged,
    Halted,
    Resumed,
    PasswordChanged,
    LoggedOnFrom,
    LockedOut,
    Unlocked,
)

_Values = Callable[[Any], object]


def _names(event_type: type[Event]) -> list[str]:
    return [field.name for field in fields(event_type)]


def _template(event_type: type[Event]) -> str:
    return SOH.join([event_type.__name__, *["%s"] * len(_names(event_type))])


_VALUES: Final[dict[type[Event], _Values]] = {kind: attrgetter(*_names(kind)) for kind in EVENTS}
_TEMPLATES: Final[dict[type[Event], str]] = {kind: _template(kind) for kind in EVENTS}
_TYPES: Final[dict[str, type[Event]]] = {kind.__name__: kind for kind in EVENTS}
_LAST: Final[dict[str, int]] = {kind.__name__: len(fields(kind)) - 1 for kind in EVENTS}
_INTEGERS: Final[dict[str, tuple[int, ...]]] = {
    kind.__name__: tuple(i for i, f in enumerate(fields(kind)) if f.type is int) for kind in EVENTS
}


class UnknownEventError(ValueError):
    """The journal holds an event that this version of the program does not know."""


def encode(event: Event) -> bytes:
    """Return the payload of an EVENT record."""
    kind = type(event)
    return (_TEMPLATES[kind] % _VALUES[kind](event)).encode()


def decode(payload: bytes) -> Event:
    """Return the event of a payload; raises UnknownEventError naming it and the remedy."""
    name, _, rest = payload.decode().partition(SOH)
    kind = _TYPES.get(name)
    if kind is None:
        raise UnknownEventError(
            f"event {name!r} is unknown: open this journal with a newer fixgate"
        )
    values: list[Any] = rest.split(SOH, _LAST[name])
    for index in _INTEGERS[name]:
        values[index] = int(values[index])
    return kind(*values)


def order_no_of(event: Event) -> int:
    """Return the number of the order that an event concerns, 0 for none."""
    return cast(int, getattr(event, "order_no", 0))
