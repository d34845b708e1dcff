"""Orders that are held here instead of at their broker: why, until when, and how they go on.

A held order is entered, reserved and journalled like any other, and its client is told New, with
what it waits for. Whoever holds orders decides when to `release` one; what the gateway emulates of
it begins then, or it goes to its broker, or waits for that in the queue of its route. Orders that
wait for a price are looked at here whenever there is one.
"""

from gateway.decision import Decision
from gateway.events import (
    ExpirySet,
    OrderActivated,
    OrderHeld,
    OrderReleased,
    OrderReplaced,
    StopMoved,
)
from gateway.orders import day_roll, moving, on_behalf, slices, triggers
from gateway.orders.capability import Emulation, emulation
from gateway.orders.linked_quantity import note_asked
from gateway.orders.order import Order
from gateway.orders.order_parts import BROKER, TRIGGER, Request
from gateway.orders.order_types import GTD, TRIGGERED_AS, expires_at
from gateway.orders.reports import reject_order
from gateway.orders.scopes import stopped_by
from gateway.orders.telling import report
from gateway.prices.rule import close_of, is_fresh
from gateway.reference import ReferencePrice
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.routing import Route
from gateway.translate import outbound
from sessions.values import format_decimal


def hold(decision: Decision, order: Order, reason: str, detail: str, text: str) -> None:
    """Hold an order for a `reason` of its own, and tell its client: as New the first time, later
    as restated. `text` says in words what it waits for.
    """
    if order.terms.time_in_force == GTD and not order.expires_ns:
        expires_ns = expires_at(order.extra)
        decision.emit(order.order_no, ExpirySet(order.order_no, expires_ns, ""))
    is_new = not order.accepted and not order.taken_here
    said = f"HELD: for={reason}{' ' if text else ''}{text}"
    decision.emit(order.order_no, OrderHeld(order.order_no, reason, detail, decision.now, said))
    tell(decision, order, "0" if is_new else "D")


def release(
    decision: Decision, order: Order, text: str, ord_type: str = "", price: str = ""
) -> None:
    """What it was held for has come: tell its client why, and send it on. `ord_type` is the
    OrdType(40) it has at its broker, "" for its own; `price` the one that triggered it.
    One whose day is over ends instead.
    """
    if not day_roll.goes_on(decision, order):
        return
    decision.emit(order.order_no, OrderActivated(order.order_no, ord_type, price, text))
    tell(decision, order, "L")
    if ord_type:
        moving.route_anew(decision, order)
        send_on(decision, order)
        return
    start(decision, order)


def start(decision: Decision, order: Order) -> None:
    """Find out what its broker can do of an order that waits for nothing of its own, and do it."""
    client, broker, terms = decision.client(order.link), decision.broker(order.broker), order.terms
    plan = Emulation()
    if broker is not None:
        ord_type, time = terms.ord_type, terms.time_in_force
        plan = emulation(client, broker, ord_type, time, order.extra, decision.now)
    begin(decision, order, plan)


def tell(decision: Decision, order: Order, exec_type: str) -> None:
    """Report a change that was made here, in what the client's version has for it."""
    client = decision.client(order.link)
    detail = ""
    if client is not None:
        dialect = client.dialect
        if exec_type != "L":
            detail = outbound.held_mark(dialect, order)
        elif not dialect.triggered:
            exec_type = "D"
        if exec_type == "D":
            detail += outbound.restatement_reason(dialect, outbound.OTHER_RESTATEMENT)
    report(decision, order, exec_type, order.cl_ord_id, "", detail, order.text)


def begin(decision: Decision, order: Order, plan: Emulation) -> None:
    """Do with an order that waits for nothing of its own what was found out about its broker."""
    if plan.refusal is not None:
        reject_order(decision, order, plan.refusal.ord_rej_reason, plan.refusal.text)
        return
    if plan.expires_ns != order.expires_ns or plan.time_sent_as != order.time_sent_as:
        event = ExpirySet(order.order_no, plan.expires_ns, plan.time_sent_as)
        decision.emit(order.order_no, event)
    if plan.triggers:
        _wait_for_price(decision, order)
    else:
        send_on(decision, order)


def replace(decision: Decision, order: Order, request: Request) -> None:
    """Carry out a replace of which the order's broker does not hear, and tell its client."""
    orig, before = order.cl_ord_id, order.terms.order_qty
    event = OrderReplaced(order.order_no, request.broker_cl_ord_id, "", "", "", "")
    decision.emit(order.order_no, event)
    note_asked(decision, order, before)
    client = decision.client(order.link)
    detail = outbound.held_mark(client.dialect, order) if client is not None else ""
    report(decision, order, "5", order.cl_ord_id, orig, detail, order.text)
    terms_changed(decision, order)


def terms_changed(decision: Decision, order: Order) -> None:
    """An order was replaced: it may expire at another time, or its price may be there."""
    is_ours = order.held is not None or order.time_sent_as
    expires_ns = 0
    if is_ours and order.terms.time_in_force == GTD:
        expires_ns = expires_at(order.extra)
    if expires_ns != order.expires_ns:
        event = ExpirySet(order.order_no, expires_ns, order.time_sent_as if expires_ns else "")
        decision.emit(order.order_no, event)
    look_at(decision, order)


def send_on(decision: Decision, order: Order) -> None:
    """Send an order to its broker, or hold it until that is back, has answered or a level of
    trading lets it, where its route queues; else it is over.
    """
    route = decision.setup.routes.by_name.get(order.route)
    if route is None:
        refusal = Refusal(Code.NO_ROUTE, f"route={order.route}")
        reject_order(decision, order, refusal.ord_rej_reason, refusal.text)
        return
    broker = decision.broker(order.broker)
    latch = stopped_by(decision, order)
    is_up = broker is not None and broker.up
    is_asked = broker is not None and is_up and broker.reconciling
    switched = decision.switched(order.broker)
    if is_up and not is_asked and latch is None and not switched:
        if order.held is not None:
            decision.emit(order.order_no, OrderReleased(order.order_no))
        send_to_broker(decision, order, route)
    elif route.queues_reconciling if is_asked and not (latch or switched) else route.queues:
        event = OrderHeld(order.order_no, BROKER, "", decision.now, order.text)
        decision.emit(order.order_no, event)
    else:
        refusal = Refusal(Code.BROKER_DOWN, f"broker={order.broker}")
        if latch is not None:
            refusal = latch.refusal()
        elif switched:
            refusal = Refusal(Code.BROKER_DISABLED, f"broker={order.broker} state={switched}")
        elif is_asked:
            refusal = Refusal(Code.STREAM_RECONCILING, f"broker={order.broker}")
        reject_order(decision, order, refusal.ord_rej_reason, refusal.text)


def send_to_broker(decision: Decision, order: Order, route: Route) -> None:
    """Put the order's NewOrderSingle(D) on its broker's link."""
    broker = decision.broker(order.broker)
    assert broker is not None, f"{order!r}: broker {order.broker!r} is not configured"
    broker.acks.sent(order.order_no, decision.now)
    if order.leg or slices.is_sliced(broker, order) or _is_rest(order):
        slices.send(decision, broker, order, route)
        return
    body = outbound.new_order(broker.dialect, order, route.passing, decision.now)
    on_behalf.send_to_broker(decision, broker, "D", body, order)


def _is_rest(order: Order) -> bool:
    """Whether it is what earlier brokers have left of it."""
    return order.slice is not None and bool(order.past)


# --- orders that wait for a price -------------------------------------------------------------


def _wait_for_price(decision: Decision, order: Order) -> None:
    client = decision.client(order.link)
    trigger_on = client.trigger_on if client is not None else triggers.LAST
    if triggers.is_trailing(order) and not order.terms.stop_px:
        price = _price_now(decision, order, trigger_on)
        if price is None:
            refusal = Refusal(Code.REFERENCE_PRICE_MISSING, f"symbol={order.symbol}")
            reject_order(decision, order, refusal.ord_rej_reason, refusal.text)
            return
        _trail(decision, order, price)
    hold(decision, order, TRIGGER, trigger_on, f"trigger_on={trigger_on}")
    look_at(decision, order)


def _price_now(decision: Decision, order: Order, trigger_on: str) -> ReferencePrice | None:
    """The price that an order would be triggered by, if there is one that is not too old."""
    kind = triggers.price_kind(order, trigger_on)
    max_age_ns = decision.setup.reference.price_max_age_ns
    if kind == triggers.LAST:
        price = decision.state.last_prices.get(order.symbol)
        reference = decision.setup.reference
        close = close_of(decision.state.prices, reference, order.symbol, decision.now)
        if price is not None and close is not None and price.time_ns == close.time_ns:
            return None  # a close that a corporate action has adjusted: nobody has traded at it
    else:
        price = decision.state.quotes.get(order.symbol, {}).get(kind)
        max_age_ns = min(max_age_ns, decision.setup.reference.quote_max_age_ns)
    if price is None or not is_fresh(price, decision.now, max_age_ns):
        return None
    return price


def look(decision: Decision, symbol: str) -> None:
    """There is a new price: trigger what it reaches, and let stops follow."""
    for order in list(decision.state.holds.by_symbol.get(symbol, {}).values()):
        look_at(decision, order)


def look_all(decision: Decision) -> None:
    """Trading was resumed: see what the prices of now trigger."""
    for symbol in list(decision.state.holds.by_symbol):
        look(decision, symbol)


def look_at(decision: Decision, order: Order) -> None:
    """Trigger one order if its price is there; not while a level of trading stops it."""
    hold_ = order.held
    if hold_ is None or hold_.reason != TRIGGER or not day_roll.goes_on(decision, order):
        return
    seen = _price_now(decision, order, hold_.detail)
    if seen is None:
        return
    price = format_decimal(seen.price)
    if not triggers.is_reached(order, seen.price):
        if triggers.is_trailing(order):
            _trail(decision, order, seen)
    elif stopped_by(decision, order) is None:
        kind = triggers.price_kind(order, hold_.detail)
        text = f"TRIGGERED: {kind}={price}"
        release(decision, order, text, TRIGGERED_AS[order.terms.ord_type], price)


def _trail(decision: Decision, order: Order, seen: ReferencePrice) -> None:
    moved = triggers.trailed(order.side, order.extra, order.terms.stop_px, seen.price)
    if moved is not None:
        decision.emit(order.order_no, StopMoved(order.order_no, format_decimal(moved)))
