"""What brokers said, one event a fact."""

from dataclasses import dataclass

from gateway.events.base import Event


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
class ExecutionDated(Event):
    """The execution told just now has this TradeDate(75) (yyyymmdd), the broker says."""

    order_no: int
    exec_id: str
    trade_date: int


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
class OrderConverted(Event):
    """The broker said which OrderQty(38) an order in money (CashOrderQty) is."""

    order_no: int
    order_qty: str


@dataclass(slots=True)
class OrderTriggered(Event):
    """What the order waited for at its broker has come (ExecType L): a stop price, the close."""

    order_no: int


@dataclass(slots=True)
class OrderRevived(Event):
    """The broker executes an order that was rejected: it works after all."""

    order_no: int


@dataclass(slots=True)
class OrderUnknown(Event):
    """What the broker holds can no longer be told; exposure stays reserved until it can."""

    order_no: int
    why: str


@dataclass(slots=True)
class OrderAgreed(Event):
    """The broker holds of an order that ended what is booked here: it is not unknown any more."""

    order_no: int


@dataclass(slots=True)
class OrderSettled(Event):
    """An operator ended the uncertainty. `outcome`: "rejected", "canceled" or "working"."""

    order_no: int
    outcome: str
    who: str
    why: str


@dataclass(slots=True)
class ExecutionParked(Event):
    """An execution that fits no order here: kept in sight until someone deals with it."""

    broker: str
    exec_id: str
    broker_cl_ord_id: str
    broker_order_id: str
    symbol: str
    side: str
    last_qty: str
    last_px: str
    why: str


@dataclass(slots=True)
class ExecutionAcknowledged(Event):
    """An operator has dealt with a parked execution; `key` names it (see `orders.parked`). Only in
    journals of before `OrphanBooked`.
    """

    key: str
    who: str
    why: str
