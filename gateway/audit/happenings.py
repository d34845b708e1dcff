"""What happened to an order, in words: one sentence an event.

Only texts: the table below is complete, and a test complains about an event that is not in it.
"""

from collections.abc import Mapping
from typing import Any, Final

from gateway.days import as_text

# Event name -> (sentence with its values, optional parts: value name -> text added if it is given)
SENTENCES: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "OrderEntered": (
        "passed every check; route {route}",
        {
            "broker": " leads to broker {broker}, where it is ClOrdID(11)={broker_cl_ord_id}",
            "queued": "; it waits, because the broker is down",
        },
    ),
    "OrderedOnBehalf": ("on behalf of OnBehalfOfCompID(115)={on_behalf_of}", {}),
    "OrderRefused": ("refused here: {text}", {}),
    "OrderGivenVerbally": ("given to broker {broker} by voice, as its first report shows", {}),
    "ClosingOrderSent": (
        "fixgate's own: breaker {name} of {scope} closes the position of account {account}",
        {},
    ),
    "OrderListed": ("it came in list {list_id}, as ListSeqNo(67)={list_seq_no}", {}),
    "OrderReleased": ("it is held no more and goes to its broker", {}),
    "OrderHeld": ("held here, for {reason}", {"detail": " ({detail})", "text": ": {text}"}),
    "OrderActivated": (
        "what it was held for has come: {text}",
        {
            "price": "; triggered at {price}",
            "ord_type": "; its OrdType(40) is {ord_type} from now on",
        },
    ),
    "StopMoved": ("the stop moved to StopPx(99)={stop_px}", {}),
    "ExpirySet": (
        "its expiry is watched here",
        {"time_in_force": "; its TimeInForce(59) at the broker is {time_in_force}"},
    ),
    "OrderLinked": (
        "linked to others of its list",
        {"parent_no": "; it waits for order number {parent_no}", "group": "; group {group}"},
    ),
    "OrderAsked": ("of the linked order OrderQty(38)={order_qty} is wanted", {}),
    "OrderResized": ("held here with OrderQty(38)={order_qty} from now on", {"text": ": {text}"}),
    "ResizeEntered": (
        "a replace to OrderQty(38)={order_qty} goes to the broker as"
        " ClOrdID(11)={broker_cl_ord_id}, by {who}",
        {},
    ),
    "CancelEntered": (
        "a cancel goes to the broker as ClOrdID(11)={broker_cl_ord_id}",
        {"who": ", by {who}", "text": ": {text}"},
    ),
    "ReplaceEntered": (
        "passed every check; a replace to OrderQty(38)={order_qty} goes to the broker as"
        " ClOrdID(11)={broker_cl_ord_id}",
        {"price": ", Price(44)={price}", "stop_px": ", StopPx(99)={stop_px}"},
    ),
    "RequestRefused": ("request ClOrdID(11)={cl_ord_id} refused here: {text}", {}),
    "TradeQuestioned": (
        "the client does not know ExecID(17)={exec_id}, DKReason(127)={dk_reason}",
        {"text": ": {text}"},
    ),
    "OrderAccepted": (
        "accepted by the broker",
        {"broker_order_id": " as its OrderID(37)={broker_order_id}"},
    ),
    "OrderRejected": ("rejected, OrdRejReason(103)={ord_rej_reason}", {"text": ": {text}"}),
    "RequestPending": ("the broker has ClOrdID(11)={broker_cl_ord_id} pending", {}),
    "OrderReplaced": (
        "replaced",
        {
            "order_qty": ", OrderQty(38)={order_qty}",
            "price": ", Price(44)={price}",
            "text": ": {text}",
        },
    ),
    "OrderCanceled": (
        "canceled",
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
    "PermissionEnded": ("override {number} of the limits is {outcome}", {"why": ": {why}"}),
    "OrderOfStrategy": ("counted for strategy {strategy}", {}),
    "ExecutionCommission": (
        "ExecID(17)={exec_id} costs Commission(12)={commission}, CommType(13)={comm_type}",
        {"currency": ", CommCurrency(479)={currency}"},
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
    "OrderConverted": ("the broker made OrderQty(38)={order_qty} of the amount", {}),
    "OrderTriggered": ("the broker reports that the order is triggered", {}),
    "OrderRevived": ("the broker executes it although it was rejected: it works after all", {}),
    "OrderUnknown": ("what the broker holds can't be told: {why}", {}),
    "OrderAdjusted": (
        "adjusted by a corporate action to OrderQty(38)={order_qty}, CumQty(14)={cum_qty}",
        {"price": ", Price(44)={price}", "stop_px": ", StopPx(99)={stop_px}", "text": ": {text}"},
    ),
    "OrderExpired": ("expired by the gateway", {"who": ", by {who}", "text": ": {text}"}),
    "OrderRenewed": ("goes on under business date {date}", {}),
    "OrderAgreed": ("the broker holds of it what is booked here", {}),
    "SliceSent": (
        "its next slice goes to the broker, OrderQty(38)={order_qty}, as"
        " ClOrdID(11)={broker_cl_ord_id}",
        {},
    ),
    "CancelToFollow": ("is canceled by {who}, if the cancel that is open is refused", {}),
    "ExecutionDated": ("ExecID(17)={exec_id} has TradeDate(75)={trade_date}", {}),
    "SliceReplaceSent": ("asks for OrderQty(38)={order_qty} of the slice that works", {}),
    "SliceCounted": ("of its slice of {order_qty} {cum_qty} is filled", {}),
    "OrderMoved": ("it goes on at broker {broker}", {"why": ", because of: {why}"}),
    "OrderRouted": (
        "of the brokers of route {route}, {broker} was chosen: {strategy}, rules {version}",
        {},
    ),
    "LegPriced": ("what goes there first is a limit order at Price(44)={price}", {}),
    "OrderSplit": ("parts of it go to brokers at once: {shares}", {}),
    "PartEntered": (
        "a part of order number {whole_no}: OrderQty(38)={order_qty} goes to broker {broker}, where"
        " it is ClOrdID(11)={broker_cl_ord_id}",
        {},
    ),
    "PartExecuted": (
        "a part told of ExecID(17)={exec_id}: CumQty(14) is {quantity} more",
        {},
    ),
    "OrderSettled": ("settled as {outcome} by operator {who}: {why}", {}),
}


def in_words(name: str, values: Mapping[str, Any]) -> str:
    """What happened, to an order or not; an event without a sentence is spelled out."""
    if name in SENTENCES:
        return sentence(name, values)
    spelled = "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
    said = ", ".join(f"{key}={value}" for key, value in values.items() if value not in ("", 0))
    return f"{spelled}: {said}" if said else spelled


def sentence(name: str, values: Mapping[str, Any]) -> str:
    """The sentence of an event."""
    text, optional = SENTENCES[name]
    parts = [text, *(part for key, part in optional.items() if values[key])]
    shown = {**values, "date": as_text(values["date"])} if values.get("date") else values
    return "".join(parts).format_map(shown)
