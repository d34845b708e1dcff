"""What follows from the reports on a slice: how the slice stands, and when the next one goes.

The client sees one order: a slice's own end at the broker is none of the order, and the next slice
goes in the same decision as the execution that filled the one before it, so that no crash comes
between them. One that cannot go now is held here until it can.
"""

from decimal import Decimal
from typing import Final

from gateway.decision import Decision
from gateway.events import OrderUnknown, SliceCounted, SliceReplaceSent
from gateway.orders import day_roll, doubt, held, legs, reports, request_rejects, slices
from gateway.orders.adjust import GT_CORPORATE_ACTION
from gateway.orders.book import NO_ID
from gateway.orders.corrections import OF_TRADES
from gateway.orders.numbers import is_number, number
from gateway.orders.order import ZERO, Order
from gateway.orders.order_parts import SLICE, Request, Slice
from gateway.orders.scopes import stopped_by
from gateway.routing.known import DISABLED
from gateway.setup import Broker
from gateway.translate.inbound import BrokerReport
from sessions.values import format_decimal

NOTHING_NEW: Final = "known"  # kind of report
CHANGES_TERMS: Final = frozenset({"replaced", "restated"})
ENDS: Final = frozenset({"canceled", "rejected"})
FILLED: Final = "2"  # OrdStatus(39)
OTHER_REASON: Final = 2  # CxlRejReason(102)
PENDING_NEW: Final = "A"  # ExecType(150)


class Told:
    """A report on an order in slices as it came, and how the order stood then."""

    __slots__ = (
        "cum_qty",
        "is_earlier",
        "kind",
        "ord_status",
        "order_qty",
        "split",
        "was_accepted",
        "why",
    )

    def __init__(self, order: Order, said: BrokerReport, is_earlier: bool) -> None:
        self.kind = said.kind
        self.ord_status = said.ord_status
        self.order_qty = ZERO
        self.split: tuple[Decimal, Decimal] | None = None  # OrderQty(38) and CumQty(14) after one
        if said.restatement_reason != GT_CORPORATE_ACTION:
            self.order_qty = number(said.order_qty)
        elif slices.is_split(said) and number(said.order_qty) > 0 and is_number(said.cum_qty):
            self.split = (number(said.order_qty), number(said.cum_qty))
        self.is_earlier = is_earlier
        self.cum_qty = order.cum_qty
        self.was_accepted = order.accepted
        self.why = "an earlier slice was executed, of this one nothing was said"
        if not (is_earlier and order.unknown):
            self.why = ""


def begin(decision: Decision, broker: Broker, order: Order, said: BrokerReport) -> Told | None:
    """Before a report is handled: read it as one on the whole; None for an order without slices."""
    slice_ = order.slice
    if slice_ is None:
        return None
    is_earlier = broker.name != order.broker or slices.is_of_earlier(order, said)
    told = Told(order, said, is_earlier)
    if order.leg and not told.is_earlier and legs.is_end(order, said):
        legs.end(decision, broker, order, slice_, said)
        said.kind = NOTHING_NEW
    elif told.is_earlier:
        said.order_qty = said.cum_qty = ""
        if said.kind not in OF_TRADES:
            _set_aside(decision, order, slice_, said)
    elif said.kind == "cancel_reject":
        _cancel_rejected(decision, broker, order, slice_, said)
    elif slices.is_of_replace(order, said):
        slices.tell_whole(order, slice_, said, decision.state.day.date)
    elif _is_over(order, slice_) and said.kind not in OF_TRADES and said.kind != "status":
        _set_aside(decision, order, slice_, said)
    elif _is_no_news(order, slice_, said):
        said.kind = NOTHING_NEW
    else:
        slices.tell_whole(order, slice_, said, decision.state.day.date)
    if order.leg_price:
        said.price = ""  # of the leg alone
    return told


def _is_over(order: Order, slice_: Slice) -> bool:
    """Whether the newest slice is done, and the order is not."""
    return not (slice_.leaves_qty or order.filled or order.over or order.unknown)


def _is_no_news(order: Order, slice_: Slice, said: BrokerReport) -> bool:
    """Whether it acknowledges a slice, where the order has executions of earlier ones."""
    if slice_.number == 1 or slice_.cum_qty or order.unknown:
        return False
    if said.kind == "mark":
        return said.exec_type == PENDING_NEW
    return said.kind == "new" and order.accepted and not order.suspended


def _set_aside(decision: Decision, order: Order, slice_: Slice, said: BrokerReport) -> None:
    """What is said of a slice that is done changes nothing of the order."""
    if said.kind in ENDS and not slice_.others:
        text = f"the broker reports ExecType(150)={said.exec_type} of a slice after its end"
        decision.impossible(order.broker, f"{order!r}: {text}")
    said.kind = NOTHING_NEW


def _cancel_rejected(
    decision: Decision, broker: Broker, order: Order, slice_: Slice, said: BrokerReport
) -> None:
    """A cancel came too late for the slice, and not for the order: it is carried out here, once all
    of the slice is told. Where no slice is to come, it came too late for the order as well.
    """
    request = order.request(said.cl_ord_id)
    if request is None or order.filled:
        return
    if request.terms is not None:
        if _is_too_late(order, slice_, request, said):
            said.kind = NOTHING_NEW
            event = SliceReplaceSent(order.order_no, request.broker_cl_ord_id, "0")
            decision.emit(order.order_no, event)
            held.replace(decision, order, request)
        return
    if slices.next_qty(order) <= 0:
        return
    if not slice_.leaves_qty:
        said.kind = NOTHING_NEW
    elif said.ord_status == FILLED and not request.unknown:
        said.kind = NOTHING_NEW
        doubt.ask(decision, broker, order)


def _is_too_late(order: Order, slice_: Slice, request: Request, said: BrokerReport) -> bool:
    """Whether a replace came too late for the slice that it is of, and not for the order."""
    if order.over or order.unknown or slice_.leaves_qty or order.pending_cancel is not None:
        return False
    is_first = request is order.open_requests[0]
    return is_first and request.slice_qty > 0 and (said.ord_status == FILLED or said.reason == 0)


def end(decision: Decision, order: Order, said: BrokerReport, told: Told) -> None:
    """After a report was handled: count it, and go on."""
    slice_ = order.slice
    if slice_ is None:
        return
    moved = order.cum_qty - told.cum_qty if told.kind in OF_TRADES else ZERO
    if moved:
        if told.is_earlier:
            _count_earlier(decision, order, slice_, moved, told.ord_status, told.was_accepted)
        else:
            _count(decision, order, slice_, moved, told.ord_status)
            _see_whether_filled(decision, order, slice_, told)
    elif told.is_earlier and told.kind in ENDS and slice_.others:
        _emit(decision, order, slice_.order_qty, slice_.cum_qty, ZERO, order.accepted)
    elif _is_resized(slice_, said, told):
        quantity = max(told.order_qty, slice_.cum_qty)
        _emit(decision, order, quantity, slice_.cum_qty, slice_.others, order.accepted)
    elif told.split is not None and _is_split_anew(slice_, said, told):
        _emit(decision, order, *told.split, slice_.others, order.accepted)
    if told.why and not order.unknown:
        decision.emit(order.order_no, OrderUnknown(order.order_no, told.why))
    go_on(decision, order)


def _is_resized(slice_: Slice, said: BrokerReport, told: Told) -> bool:
    """Whether the broker works the slice for another quantity; the rest goes in later ones."""
    if told.is_earlier or said.kind not in CHANGES_TERMS:
        return False
    return told.order_qty > 0 and told.order_qty != slice_.order_qty


def _is_split_anew(slice_: Slice, said: BrokerReport, told: Told) -> bool:
    """Whether an action has made something else of the slice than it is taken for here."""
    if told.is_earlier or said.kind not in CHANGES_TERMS:
        return False
    return told.split != (slice_.order_qty, slice_.cum_qty)


def booked(
    decision: Decision, order: Order, ids: tuple[str, str], before: Decimal, accepted: bool
) -> None:
    """An operator has booked an execution, of these ClOrdID(11) and OrderID(37) at the broker;
    CumQty(14) was `before`. One of no slice leaves the newest at work as it was.
    """
    slice_ = order.slice
    if slice_ is None:
        return
    named = [broker_id for broker_id in ids if broker_id not in NO_ID]
    if any(slices.is_earlier(order, broker_id) for broker_id in named):
        _count_earlier(decision, order, slice_, order.cum_qty - before, FILLED, accepted)
    elif any(slices.is_of_newest(order, broker_id) for broker_id in named):
        _count(decision, order, slice_, order.cum_qty - before, "1")
    elif slice_.leaves_qty and not order.filled:
        decision.alarm(
            f"{order!r}: an execution without the ids of its slices is not counted of any"
        )
    go_on(decision, order)


def _count(
    decision: Decision, order: Order, slice_: Slice, moved: Decimal, ord_status: str
) -> None:
    """Executions of the newest slice; one that its broker ended does not work for what it takes
    back.
    """
    quantity, cum_qty = slice_.order_qty, slice_.cum_qty + moved
    if cum_qty > quantity and moved > 0 and not slices.is_replacing(order):
        over = format_decimal(cum_qty - quantity)
        decision.impossible(order.broker, f"{order!r}: its slice is overfilled by {over}")
    if moved < 0 and not slices.works_again(ord_status, -moved):
        quantity = cum_qty
    _emit(decision, order, quantity, cum_qty, slice_.others, order.accepted)


def _see_whether_filled(decision: Decision, order: Order, slice_: Slice, told: Told) -> None:
    """What is left of a slice that its broker has filled comes no more, or was lost on the way: the
    next one does not go before somebody knows.
    """
    if told.ord_status == FILLED and slice_.leaves_qty and not (order.unknown or order.filled):
        left = format_decimal(slice_.leaves_qty)
        doubt.doubt(decision, order, f"its slice is filled, the broker says, and {left} is missing")
        broker = decision.broker(order.broker)
        if broker is not None and broker.up:
            doubt.ask(decision, broker, order)


def _count_earlier(
    decision: Decision,
    order: Order,
    slice_: Slice,
    moved: Decimal,
    ord_status: str,
    accepted: bool,
) -> None:
    """Executions of an earlier slice: what it works for again is not to be sent once more."""
    others = slice_.others
    if moved > 0:
        others = max(others - moved, ZERO)
        _see_surplus(decision, order, slice_)
    else:
        again = slices.works_again(ord_status, -moved)
        others += again
        if again:
            text = f"an earlier slice works again for {format_decimal(again)}"
            decision.alarm(f"{order!r}: {text}: the order goes on without it, cancel it by hand")
    _emit(decision, order, slice_.order_qty, slice_.cum_qty, others, accepted)


def _see_surplus(decision: Decision, order: Order, slice_: Slice) -> None:
    """Whether the newest slice works for more than is left, for an earlier one was executed after
    its broker had said that it was over.
    """
    surplus = slice_.leaves_qty - order.leaves_qty
    if surplus > 0 and not order.ended:
        text = f"of the newest {format_decimal(surplus)} is wanted no more: cancel it by hand"
        decision.alarm(f"{order!r}: an earlier slice was executed after its end: {text}")


def _emit(
    decision: Decision,
    order: Order,
    order_qty: Decimal,
    cum_qty: Decimal,
    others: Decimal,
    accepted: bool,
) -> None:
    event = SliceCounted(
        order.order_no,
        format_decimal(order_qty),
        format_decimal(cum_qty),
        format_decimal(others),
        1 if accepted else 0,
    )
    decision.emit(order.order_no, event)


def go_on(decision: Decision, order: Order) -> None:
    """Once a slice is done, and every replace of it answered: carry out a cancel that waited for
    that, or send the next one, or hold the order until that can be.
    """
    slice_ = order.slice
    if slice_ is None or order.held is not None or not _is_over(order, slice_):
        return
    if order.leg:
        request_rejects.refuse_lost_replaces(decision, order)
    if slices.is_replacing(order):
        return
    cancel = order.pending_cancel
    if cancel is not None:
        reports.canceled(decision, order, cancel, "", "canceled between slices")
    elif slices.next_qty(order) > 0 and day_roll.goes_on(decision, order):
        why = _waits_for(decision, order)
        if why:
            held.hold(decision, order, SLICE, "", why)
        else:
            _send(decision, order)


def reject_request(decision: Decision, order: Order, broker_cl_ord_id: str, text: str) -> None:
    """A request that its broker refused otherwise than by a report on it, or never got."""
    request_rejects.reject_request(decision, order, broker_cl_ord_id, OTHER_REASON, text)
    go_on(decision, order)


def leg_over(decision: Decision, order: Order) -> None:
    """A leg never got there."""
    slice_ = order.slice
    if slice_ is not None:
        slices.never_got_there(decision, order, slice_)
        go_on(decision, order)


def release_all(decision: Decision) -> None:
    """Send the next slice of those that wait for it and need not any longer."""
    for order in list(decision.state.holds.slices.values()):
        if not _waits_for(decision, order) and day_roll.goes_on(decision, order):
            _send(decision, order)


def _send(decision: Decision, order: Order) -> None:
    if order.leg:
        legs.go_on(decision, order)
        return
    broker = decision.broker(order.broker)
    route = decision.setup.routes.by_name.get(order.route)
    assert broker is not None, f"{order!r}: broker {order.broker!r} is not configured"
    assert route is not None, f"{order!r}: route {order.route!r} is not configured"
    slices.send(decision, broker, order, route)


def _waits_for(decision: Decision, order: Order) -> str:
    """Why its next slice cannot be sent now, "" if it can."""
    if order.leg:
        return legs.waits_for(decision, order)
    broker = decision.broker(order.broker)
    if decision.refuse_new:
        return f"gateway={decision.refuse_new}"
    if order.route not in decision.setup.routes.by_name:
        return f"no_route={order.route}"
    if broker is None or not broker.up:
        return f"broker_down={order.broker}"
    if broker.reconciling:
        return f"reconciling={order.broker}"
    if decision.switched(order.broker) == DISABLED:
        return f"broker_disabled={order.broker}"
    latch = stopped_by(decision, order)
    return latch.told if latch is not None else ""
