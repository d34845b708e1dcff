"""The facts that the journal keeps about orders, links and halts, and their text form.

Every change of state is one of these. State is changed by applying an event and in no other
way, so a restart that applies the same events ends in the same state. Events hold texts as
they were received (prices, quantities) and never a decision still to be made.

An event's payload is its class name and its values, joined by SOH and encoded as UTF-8. Only
the last value of an event may itself hold SOH. A field is never removed or given another
meaning: a changed event gets a new name, so that journals of every version stay readable.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Final, cast

SOH: Final = "\x01"


@dataclass(slots=True)
class Event:
    """Base of all facts; `order_no` 0 means that no order is concerned."""


# --- links ------------------------------------------------------------------------------------


@dataclass(slots=True)
class LinkDefined(Event):
    """A session got its number in the journal. `role`: "client", "broker" or "paper"."""

    number: int
    name: str
    role: str
    begin_string: str
    sender_comp_id: str
    target_comp_id: str


@dataclass(slots=True)
class NumbersChanged(Event):
    """Sequence numbers moved otherwise than by a message: reset, gap fill, operator."""

    link: int
    epoch: int
    next_in: int
    next_out: int
    why: str


@dataclass(slots=True)
class NumberTaken(Event):
    """A message kept behind a gap was processed: MsgSeqNum(34) `seq` is now consumed."""

    link: int
    epoch: int
    seq: int


@dataclass(slots=True)
class LinkStateChanged(Event):
    """A session logged on, logged out, lost its connection or was disabled."""

    link: int
    state: str
    why: str


@dataclass(slots=True)
class CountersSet(Event):
    """Snapshot only: the last numbers given to orders and to broker requests."""

    order_no: int
    request_no: int


@dataclass(slots=True)
class HistoryFrom(Event):
    """Snapshot only: the first journal segment that a restart has to read."""

    segment: int


@dataclass(slots=True)
class PriceSeen(Event):
    """Snapshot only: the last trade price of a symbol and when it was (UTC ns)."""

    symbol: str
    price: str
    time_ns: int


# --- what clients asked -----------------------------------------------------------------------


@dataclass(slots=True)
class OrderEntered(Event):
    """A NewOrderSingle(D) passed every check. `queued` 1: it waits for its broker's return.

    `risk_price` values one unit for exposure. `extra` holds the client's other body fields as
    they came ("tag=value" SOH ...), for the broker and for echoes.
    """

    order_no: int
    order_id: str
    link: int
    cl_ord_id: str
    account: str
    symbol: str
    side: str
    ord_type: str
    time_in_force: str
    order_qty: str
    price: str
    stop_px: str
    risk_price: str
    route: str
    broker: str
    broker_cl_ord_id: str
    request_no: int
    queued: int
    extra: str


@dataclass(slots=True)
class OrderRefused(Event):
    """A NewOrderSingle(D) was refused here and never reached a broker."""

    order_no: int
    order_id: str
    link: int
    cl_ord_id: str
    account: str
    symbol: str
    side: str
    ord_type: str
    time_in_force: str
    order_qty: str
    price: str
    stop_px: str
    ord_rej_reason: int
    code: str
    text: str


@dataclass(slots=True)
class OrderReleased(Event):
    """A queued order goes to its broker, which is back."""

    order_no: int


@dataclass(slots=True)
class CancelEntered(Event):
    """A cancel goes to the broker. `who` is empty for the client, else names the operator."""

    order_no: int
    cl_ord_id: str
    orig_cl_ord_id: str
    broker_cl_ord_id: str
    request_no: int
    who: str
    text: str


@dataclass(slots=True)
class ReplaceEntered(Event):
    """An OrderCancelReplaceRequest(G) passed every check and goes to the broker."""

    order_no: int
    cl_ord_id: str
    orig_cl_ord_id: str
    broker_cl_ord_id: str
    request_no: int
    ord_type: str
    time_in_force: str
    order_qty: str
    price: str
    stop_px: str
    risk_price: str
    extra: str


@dataclass(slots=True)
class RequestRefused(Event):
    """A cancel or replace was refused here. `order_no` 0: the order is unknown to this client."""

    order_no: int
    link: int
    msg_type: str
    cl_ord_id: str
    orig_cl_ord_id: str
    cxl_rej_reason: int
    code: str
    text: str


# --- what brokers said ------------------------------------------------------------------------


@dataclass(slots=True)
class OrderAccepted(Event):
    """The broker works the order (ExecType New)."""

    order_no: int
    broker_order_id: str


@dataclass(slots=True)
class OrderRejected(Event):
    """The broker refused the order, or is known never to have received it."""

    order_no: int
    ord_rej_reason: int
    text: str


@dataclass(slots=True)
class RequestPending(Event):
    """The broker acknowledged a cancel or replace as pending (ExecType 6 or E)."""

    order_no: int
    broker_cl_ord_id: str


@dataclass(slots=True)
class OrderReplaced(Event):
    """The broker replaced the order; empty values mean: as requested."""

    order_no: int
    broker_cl_ord_id: str
    order_qty: str
    price: str
    broker_order_id: str
    text: str


@dataclass(slots=True)
class OrderCanceled(Event):
    """The broker canceled the order; `broker_cl_ord_id` empty: nobody here asked for it."""

    order_no: int
    broker_cl_ord_id: str
    restatement_reason: str
    text: str


@dataclass(slots=True)
class RequestRejected(Event):
    """The broker refused a cancel or replace."""

    order_no: int
    broker_cl_ord_id: str
    cxl_rej_reason: int
    text: str


@dataclass(slots=True)
class OrderExecuted(Event):
    """One execution. `exec_id` is the broker's ExecID(17)."""

    order_no: int
    exec_id: str
    last_qty: str
    last_px: str
    broker_order_id: str
    text: str


@dataclass(slots=True)
class ExecutionBusted(Event):
    """The broker took an execution back; `exec_ref_id` is the broker's ExecRefID(19)."""

    order_no: int
    exec_id: str
    exec_ref_id: str
    text: str


@dataclass(slots=True)
class ExecutionCorrected(Event):
    """The broker corrected quantity or price of an execution."""

    order_no: int
    exec_id: str
    exec_ref_id: str
    last_qty: str
    last_px: str
    text: str


@dataclass(slots=True)
class OrderRestated(Event):
    """The broker changed the order on its own (ExecType D)."""

    order_no: int
    order_qty: str
    price: str
    restatement_reason: str
    text: str


@dataclass(slots=True)
class OrderMarked(Event):
    """A state that the broker reported: OrdStatus 3, 7, 9, B, C or A (pending new)."""

    order_no: int
    ord_status: str
    text: str


@dataclass(slots=True)
class OrderUnknown(Event):
    """What the broker holds can no longer be told; exposure stays reserved until it can."""

    order_no: int
    why: str


@dataclass(slots=True)
class OrderSettled(Event):
    """An operator ended the uncertainty. `outcome`: "rejected", "canceled" or "working"."""

    order_no: int
    outcome: str
    who: str
    why: str


@dataclass(slots=True)
class ExecutionParked(Event):
    """An execution that fits no order here: kept in sight until someone books it."""

    broker: str
    exec_id: str
    broker_cl_ord_id: str
    broker_order_id: str
    symbol: str
    side: str
    last_qty: str
    last_px: str
    why: str


# --- operators --------------------------------------------------------------------------------


@dataclass(slots=True)
class Halted(Event):
    """New orders and replaces of a scope are refused ("firm", "client:X", "account:X" ...)."""

    scope: str
    who: str
    why: str


@dataclass(slots=True)
class Resumed(Event):
    """A halt was lifted."""

    scope: str
    who: str
    why: str


EVENTS: Final[tuple[type[Event], ...]] = (
    LinkDefined,
    NumbersChanged,
    NumberTaken,
    LinkStateChanged,
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
    Halted,
    Resumed,
)

_Values = Callable[[Any], object]


def _names(event_type: type[Event]) -> list[str]:
    return [field.name for field in fields(event_type)]


def _template(event_type: type[Event]) -> str:
    return SOH.join([event_type.__name__, *["%s"] * len(_names(event_type))])


_VALUES: Final[dict[type[Event], _Values]] = {kind: attrgetter(*_names(kind)) for kind in EVENTS}
_TEMPLATES: Final[dict[type[Event], str]] = {kind: _template(kind) for kind in EVENTS}
_TYPES: Final[dict[str, type[Event]]] = {kind.__name__: kind for kind in EVENTS}
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
    values: list[Any] = rest.split(SOH, len(kind.__slots__) - 1)
    for index in _INTEGERS[name]:
        values[index] = int(values[index])
    return kind(*values)


def order_no_of(event: Event) -> int:
    """Return the number of the order that an event concerns, 0 for none."""
    return cast(int, getattr(event, "order_no", 0))
