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

from gateway.events.alarms import AlarmAcknowledged, AlarmRaised, AlarmsSeen
from gateway.events.base import Event
from gateway.events.breakers import (
    BreakerMarked,
    BreakerReset,
    BreakerTripped,
    RouteBreakerChanged,
)
from gateway.events.brokers import BrokerCursorMoved, BrokerDoubted, BrokerReconciled
from gateway.events.clock import ClockSet
from gateway.events.day import DayRolled, OrderAdjusted, OrderExpired, OrderRenewed, PriceAdjusted
from gateway.events.halts import Halted, Resumed, TradingLevelSet
from gateway.events.holds import ExpirySet, OrderActivated, OrderHeld, StopMoved
from gateway.events.limits import (
    LimitLapsed,
    LimitOverridden,
    LimitSet,
    LimitWithdrawn,
    OrderPermitted,
    PermissionEnded,
)
from gateway.events.linked import (
    LinkedOrderEnded,
    ListExecuteEntered,
    OrderAsked,
    OrderLinked,
    OrderResized,
    ResizeEntered,
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
    TagRulesInForce,
    TradingStatusSubscribed,
)
from gateway.events.lists import (
    ListCancelEntered,
    ListDropped,
    ListEntered,
    ListFragmentEntered,
    OrderListed,
)
from gateway.events.logons import LockedOut, LoggedOnFrom, PasswordChanged, Unlocked
from gateway.events.operators import (
    ActionProposed,
    OperatorIssued,
    OperatorRevoked,
    OperatorRotated,
    ProposalDecided,
)
from gateway.events.orphans import OrderOrphaned, OrphanAccountTold, OrphanAdopted, OrphanBooked
from gateway.events.positions import (
    ExecutionCommission,
    InstrumentTold,
    OrderOfStrategy,
    PositionAdjusted,
    PositionDiffers,
    PositionImported,
    PositionsActed,
    PositionsCompared,
    PositionStated,
)
from gateway.events.prices import PricesFed, PriceStated
from gateway.events.reports import (
    ExecutionAcknowledged,
    ExecutionBusted,
    ExecutionCorrected,
    ExecutionDated,
    ExecutionParked,
    OrderAccepted,
    OrderAgreed,
    OrderCanceled,
    OrderConverted,
    OrderExecuted,
    OrderMarked,
    OrderRejected,
    OrderReplaced,
    OrderRestated,
    OrderRevived,
    OrderSettled,
    OrderTriggered,
    OrderUnknown,
    RequestPending,
    RequestRejected,
)
from gateway.events.requests import (
    CancelEntered,
    CancelToFollow,
    MassCancelEntered,
    OrderedOnBehalf,
    OrderEntered,
    OrderGivenVerbally,
    OrderRefused,
    OrderReleased,
    ReplaceEntered,
    RequestRefused,
    TradeQuestioned,
)
from gateway.events.slices import SliceCounted, SliceReplaceSent, SliceSent

__all__ = [
    "EVENTS",
    "ActionProposed",
    "AlarmAcknowledged",
    "AlarmRaised",
    "AlarmsSeen",
    "BreakerMarked",
    "BreakerReset",
    "BreakerTripped",
    "BrokerCursorMoved",
    "BrokerDoubted",
    "BrokerReconciled",
    "CancelEntered",
    "CancelToFollow",
    "ClockSet",
    "CountersSet",
    "DayRolled",
    "Event",
    "ExecutionAcknowledged",
    "ExecutionBusted",
    "ExecutionCommission",
    "ExecutionCorrected",
    "ExecutionDated",
    "ExecutionParked",
    "ExpirySet",
    "Halted",
    "HistoryFrom",
    "InstrumentTold",
    "IntervalBegun",
    "LimitLapsed",
    "LimitOverridden",
    "LimitSet",
    "LimitWithdrawn",
    "LinkDefined",
    "LinkStateChanged",
    "LinkedOrderEnded",
    "ListCancelEntered",
    "ListDropped",
    "ListEntered",
    "ListExecuteEntered",
    "ListFragmentEntered",
    "LockedOut",
    "LoggedOnFrom",
    "MassCancelEntered",
    "NumberTaken",
    "NumbersChanged",
    "OperatorIssued",
    "OperatorRevoked",
    "OperatorRotated",
    "OrderAccepted",
    "OrderActivated",
    "OrderAdjusted",
    "OrderAgreed",
    "OrderAsked",
    "OrderCanceled",
    "OrderConverted",
    "OrderEntered",
    "OrderExecuted",
    "OrderExpired",
    "OrderGivenVerbally",
    "OrderHeld",
    "OrderLinked",
    "OrderListed",
    "OrderMarked",
    "OrderOfStrategy",
    "OrderOrphaned",
    "OrderPermitted",
    "OrderRefused",
    "OrderRejected",
    "OrderReleased",
    "OrderRenewed",
    "OrderReplaced",
    "OrderResized",
    "OrderRestated",
    "OrderRevived",
    "OrderSettled",
    "OrderTriggered",
    "OrderUnknown",
    "OrderedOnBehalf",
    "OrphanAccountTold",
    "OrphanAdopted",
    "OrphanBooked",
    "PasswordChanged",
    "PermissionEnded",
    "PositionAdjusted",
    "PositionDiffers",
    "PositionImported",
    "PositionStated",
    "PositionsActed",
    "PositionsCompared",
    "PriceAdjusted",
    "PriceSeen",
    "PriceStated",
    "PricesFed",
    "ProposalDecided",
    "ReplaceEntered",
    "RequestPending",
    "RequestRefused",
    "RequestRejected",
    "ResizeEntered",
    "Resumed",
    "RouteBreakerChanged",
    "SliceCounted",
    "SliceReplaceSent",
    "SliceSent",
    "StopMoved",
    "TagRulesInForce",
    "TradeQuestioned",
    "TradingLevelSet",
    "TradingStatusSubscribed",
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
    TradingStatusSubscribed,
    CountersSet,
    HistoryFrom,
    PriceSeen,
    OrderEntered,
    OrderRefused,
    OrderGivenVerbally,
    OrderReleased,
    CancelEntered,
    MassCancelEntered,
    ReplaceEntered,
    RequestRefused,
    TradeQuestioned,
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
    OrderConverted,
    OrderTriggered,
    OrderRevived,
    OrderUnknown,
    OrderAgreed,
    OrderSettled,
    ExecutionParked,
    ExecutionAcknowledged,
    OrderOrphaned,
    OrphanAdopted,
    OrphanBooked,
    BrokerDoubted,
    BrokerReconciled,
    AlarmRaised,
    AlarmsSeen,
    AlarmAcknowledged,
    Halted,
    Resumed,
    PasswordChanged,
    LoggedOnFrom,
    LockedOut,
    Unlocked,
    OrderHeld,
    OrderActivated,
    ListFragmentEntered,
    ListDropped,
    ListEntered,
    OrderListed,
    ListCancelEntered,
    StopMoved,
    ExpirySet,
    PriceStated,
    DayRolled,
    OrderRenewed,
    OrderExpired,
    OrderAdjusted,
    PriceAdjusted,
    OrderLinked,
    OrderAsked,
    OrderResized,
    ResizeEntered,
    LinkedOrderEnded,
    ListExecuteEntered,
    TagRulesInForce,
    OrderedOnBehalf,
    OrphanAccountTold,
    SliceSent,
    SliceCounted,
    OrderOfStrategy,
    InstrumentTold,
    ExecutionCommission,
    PositionImported,
    PositionAdjusted,
    PositionsActed,
    PositionStated,
    LimitSet,
    LimitWithdrawn,
    LimitLapsed,
    LimitOverridden,
    OrderPermitted,
    PermissionEnded,
    PositionsCompared,
    PositionDiffers,
    PricesFed,
    ClockSet,
    OperatorIssued,
    OperatorRotated,
    OperatorRevoked,
    ActionProposed,
    ProposalDecided,
    TradingLevelSet,
    BreakerTripped,
    BreakerReset,
    BreakerMarked,
    RouteBreakerChanged,
    SliceReplaceSent,
    ExecutionDated,
    CancelToFollow,
    BrokerCursorMoved,
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
