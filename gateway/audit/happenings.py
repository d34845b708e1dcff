"""What happened to an order, in words: one sentence an event.

Only texts: the table below is complete, and a test complains about an event that is not in it.
"""

from collections.abc import Mapping
from typing import Any, Final

# Event name -> (sentence with its values, optional parts: value name -> text added if it is given)
SENTENCES: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "OrderEntered": (
        "passed every check; route {route} leads to broker {broker}, where it is"
        " ClOrdID(11)={broker_cl_ord_id}",
        {"queued": "; it waits, because the broker is down"},
    ),
    "OrderRefused": ("refused here: {text}", {}),
    "OrderReleased": ("the broker is back: it leaves the queue", {}),
    "CancelEntered": (
        "a cancel goes to the broker as ClOrdID(11)={broker_cl_ord_id}",
        {"who": ", by operator {who}", "text": ": {text}"},
    ),
    "ReplaceEntered": (
        "passed every check; a replace to OrderQty(38)={order_qty} goes to the broker as"
        " ClOrdID(11)={broker_cl_ord_id}",
        {"price": ", Price(44)={price}", "stop_px": ", StopPx(99)={stop_px}"},
    ),
    "RequestRefused": ("request ClOrdID(11)={cl_ord_id} refused here: {text}", {}),
    "OrderAccepted": (
        "accepted by the broker",
        {"broker_order_id": " as its OrderID(37)={broker_order_id}"},
    ),
    "OrderRejected": ("rejected, OrdRejReason(103)={ord_rej_reason}", {"text": ": {text}"}),
    "RequestPending": ("the broker has ClOrdID(11)={broker_cl_ord_id} pending", {}),
    "OrderReplaced": (
        "replaced by the broker",
        {
            "order_qty": ", OrderQty(38)={order_qty}",
            "price": ", Price(44)={price}",
            "text": ": {text}",
        },
    ),
    "OrderCanceled": (
        "canceled by the broker",
        {
            "restatement_reason": ", ExecRestatementReason(378)={restatement_reason}",
            "text": ": {text}",
        },
    ),
    "RequestRejected": (
        "the broker refused ClOrdID(11)={broker_cl_ord_id}, CxlRejReason(102)={cxl_rej_reason}",
        {"text": ": {text}"},
    ),
    "OrderExecuted": (
        "executed {last_qty} at {last_px}, the broker's ExecID(17)={exec_id}",
        {"text": ": {text}"},
    ),
    "ExecutionBusted": ("execution {exec_ref_id} taken back by the broker", {"text": ": {text}"}),
    "ExecutionCorrected": (
        "execution {exec_ref_id} corrected by the broker to {last_qty} at {last_px}",
        {"text": ": {text}"},
    ),
    "OrderRestated": (
        "restated by the broker",
        {
            "order_qty": ", OrderQty(38)={order_qty}",
            "price": ", Price(44)={price}",
            "restatement_reason": ", ExecRestatementReason(378)={restatement_reason}",
            "text": ": {text}",
        },
    ),
    "OrderMarked": ("the broker reports OrdStatus(39)={ord_status}", {"text": ": {text}"}),
    "OrderUnknown": ("what the broker holds can't be told: {why}", {}),
    "OrderSettled": ("settled as {outcome} by operator {who}: {why}", {}),
}


def sentence(name: str, values: Mapping[str, Any]) -> str:
    """The sentence of an event."""
    text, optional = SENTENCES[name]
    parts = [text, *(part for key, part in optional.items() if values[key])]
    return "".join(parts).format_map(values)
