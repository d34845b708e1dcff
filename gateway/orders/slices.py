"""Orders of which a broker that cannot hide a part is sent one slice after the other.

A slice is an order by itself there, with ids of its own: its reports tell of the slice alone. Here
is what a slice is, and how a report on one is read as a report on the whole; `slicing` does what
follows from it.
"""

from decimal import Decimal

from gateway.decision import Decision
from gateway.events import OrderAgreed, SliceCounted, SliceSent
from gateway.orders import on_behalf
from gateway.orders.adjust import GT_CORPORATE_ACTION
from gateway.orders.book import NO_ID
from gateway.orders.capability import display_qty, is_iceberg
from gateway.orders.corrections import OF_TRADES
from gateway.orders.numbers import is_number, is_same, number
from gateway.orders.order import ZERO, Order
from gateway.orders.order_parts import Request, Slice
from gateway.orders.unasked import STOPPED
from gateway.routing import Route
from gateway.setup import Broker
from gateway.translate import outbound
from gateway.translate.inbound import BrokerReport
from sessions.values import format_decimal


def is_sliced(broker: Broker, order: Order) -> bool:
    """Whether an order goes to its broker in slices."""
    return not broker.sheet.icebergs and is_iceberg(order.extra)


def next_qty(order: Order) -> Decimal:
    """How much the next slice is: what may be shown, or all that nobody works yet."""
    left = order.leaves_qty
    if order.slice is not None:
        left -= order.slice.leaves_qty + order.slice.others
    shown = display_qty(order.extra)
    return min(shown, left) if shown > 0 else left


def send(decision: Decision, broker: Broker, order: Order, route: Route) -> None:
    """Send the next slice; the first one has the ids that the order was entered with."""
    quantity = format_decimal(next_qty(order))
    broker_id, request_no = order.broker_cl_ord_id, 0
    if order.slice is not None:
        request_no, broker_id = decision.new_request(broker.name)
    decision.emit(order.order_no, SliceSent(order.order_no, broker_id, request_no, quantity))
    body = outbound.new_order(broker.dialect, order, route.passing, decision.now)
    on_behalf.send_to_broker(decision, broker, "D", body, order)


def count(decision: Decision, order: Order, slice_: Slice, order_qty: Decimal) -> None:
    """The slice was for so much, as it turns out."""
    event = SliceCounted(
        order.order_no,
        format_decimal(order_qty),
        format_decimal(slice_.cum_qty),
        format_decimal(slice_.others),
        1 if order.accepted else 0,
    )
    decision.emit(order.order_no, event)


def never_got_there(decision: Decision, order: Order, slice_: Slice) -> None:
    """Its broker has nothing of a leg, by its word or because the leg never left."""
    count(decision, order, slice_, slice_.cum_qty)
    if order.unknown:
        decision.emit(order.order_no, OrderAgreed(order.order_no))


def is_earlier(order: Order, broker_id: str) -> bool:
    """Whether an id at the broker is that of an earlier slice than the newest."""
    slice_, names = order.slice, order.names
    if slice_ is None or names is None or broker_id == order.broker_cl_ord_id:
        return False
    return any(named[1] == broker_id for named in names[: slice_.first])


def is_of_earlier(order: Order, said: BrokerReport) -> bool:
    """Whether a report is about one, by the first of its ids that is one of the order's."""
    for broker_id in (said.cl_ord_id, said.orig_cl_ord_id, said.broker_order_id):
        if broker_id in NO_ID:
            continue
        if is_earlier(order, broker_id):
            return True
        if is_of_newest(order, broker_id):
            return False
    return False


def is_of_newest(order: Order, broker_id: str) -> bool:
    """Whether an id at the broker is that of the newest slice, or of a request about it."""
    if broker_id in (order.broker_cl_ord_id, order.broker_order_id):
        return True
    slice_, names = order.slice, order.names
    if slice_ is None or names is None:
        return False
    return any(named[1] == broker_id for named in names[slice_.first :])


def is_replacing(order: Order) -> bool:
    """Whether its broker is to answer a replace of a slice."""
    return any(request.slice_qty for request in order.open_requests)


def is_of_replace(order: Order, said: BrokerReport) -> bool:
    """Whether a report says what becomes of one."""
    if said.kind not in ("pending", "replaced"):
        return False
    request = order.request(said.cl_ord_id)
    return request is not None and request.slice_qty > 0


def lost_replace(order: Order, slice_: Slice, said: BrokerReport) -> Request | None:
    """The replace of the slice of which the report is lost, where a broker tells of a slice that
    works on its terms.
    """
    if said.kind != "status" or said.ord_status not in ("0", "1", "2", "5"):
        return None
    for request in order.open_requests:
        terms = request.terms
        if not (request.unknown and request.slice_qty and terms is not None):
            continue
        price = order.price_at_broker(terms.price)
        is_its = number(said.order_qty) == request.slice_qty and is_same(said.price, price)
        is_other = request.slice_qty != slice_.order_qty
        if is_its and (is_other or not is_same(price, order.price_at_broker(order.terms.price))):
            return request
    return None


def is_split(said: BrokerReport) -> bool:
    """Whether a broker tells what a corporate action made of a slice."""
    return said.kind == "restated" and said.restatement_reason == GT_CORPORATE_ACTION


def tell_whole(order: Order, slice_: Slice, said: BrokerReport, date: int) -> None:
    """Let a report on the newest slice say of the whole order what it says of the slice. What an
    action of `date` makes of the order was told already, where that date has begun here: by the
    slice, of which fractions were rounded, it is not to be told once more.
    """
    if said.kind in OF_TRADES and said.ord_status == STOPPED:
        return  # of FIX.4.2: CumQty(14) shows whether it is a trade
    quantity, filled = number(said.order_qty), number(said.cum_qty)
    if is_split(said) and quantity > 0 and slice_.order_qty:
        is_told = date and order.adjusted == date
        ratio = Decimal(1) if is_told else quantity / slice_.order_qty
        said.order_qty = format_decimal(order.terms.order_qty * ratio)
        said.cum_qty = format_decimal(order.cum_qty * ratio)
        return
    replace = lost_replace(order, slice_, said)
    if replace is not None:
        said.cl_ord_id = replace.broker_cl_ord_id
    said.order_qty = ""
    before = order.cum_qty - slice_.cum_qty
    if is_number(said.cum_qty):
        said.cum_qty = format_decimal(before + filled)
    if said.kind == "status" and said.ord_status == "2" and before + filled < order.terms.order_qty:
        said.ord_status = "1"


def works_again(said_status: str, lost: Decimal) -> Decimal:
    """How much a slice works for again of which executions were taken back; one whose OrdStatus(39)
    is no working one does not.
    """
    return lost if said_status in ("0", "1", "5", "6", "E") else ZERO
