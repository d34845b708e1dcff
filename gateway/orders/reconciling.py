"""Reconciliation: what a broker holds is compared with what is known here, whenever it logs on.

Open orders are asked for, by one OrderMassStatusRequest(AF) where the broker has it, else by an
OrderStatusRequest(H) each, at a pace. New orders wait for the answers, up to a time limit. Where
messages may be lost, orders that closed lately are asked for afterwards. What an answer means is
the business of `gateway.orders.reports`; executions come by the session's own resend.
"""

from typing import Final

from gateway.decision import DAY_NS, Decision
from gateway.events import BrokerReconciled, OrderOrphaned
from gateway.orders import doubt, reports, request_rejects
from gateway.orders.inquiry import QUIET_NS, SECOND_NS, Inquiry
from gateway.orders.order import Order
from gateway.orders.parking import park_order
from gateway.setup import Broker
from gateway.translate import outbound
from gateway.translate.inbound import BrokerReport, mass_status_mark
from sessions.message import Message

BURST_S: Final = 0.25
"""So much of a second's OrderStatusRequest(H)s may go at once."""
LOOKED_AT_ONCE: Final = 250  # closed orders, of which some are of other brokers
NAMED_MAX: Final = 10
NO_ANSWER_NS: Final = 60 * SECOND_NS
ANSWERS: Final = frozenset({"status", "rejected", "canceled"})
ENDS: Final = frozenset({"3", "4", "8", "C"})
WORKING: Final = frozenset({"0", "1", "5", "6", "7", "9", "A", "D", "E"})
UNHEARD: Final = ENDS | WORKING - {"A"}


def begin(decision: Decision, broker: Broker) -> None:
    """The broker's session is there, or its numbers were moved: ask for what is not certain."""
    inquiry = broker.inquiry
    told = _told_before(inquiry)
    closed_left = list(inquiry.closed_awaited)
    inquiry.begin(decision.state.book.open)
    settings = broker.reconcile
    was_reconciling = broker.reconciling
    broker.reconciling = False
    orders = [
        order.order_no
        for order in decision.state.book.open.values()
        if order.broker == broker.name
        and order.held is None
        and (_is_unclear(order) or (settings is not None and order.order_no not in told))
    ]
    orders.reverse()
    inquiry.to_ask = orders
    inquiry.covered = dict.fromkeys(orders)
    inquiry.covered.update(told)
    if settings is not None:
        inquiry.awaited = dict.fromkeys(orders)
        # A broker that comes and goes makes nobody wait for longer; one that was away has its time.
        if not was_reconciling or decision.now >= inquiry.until_ns:
            inquiry.until_ns = decision.now + settings.time_limit_ns
        _note_closed(decision, broker, settings.closed_max, closed_left)
        inquiry.count = len(orders) + len(inquiry.closed_to_ask)
        inquiry.is_open = inquiry.count > 0 or broker.name in decision.state.brokers.lost
        broker.reconciling = bool(orders)
        if settings.mass_status:  # also without any order here: the broker may have some
            _ask_for_all(decision, broker)
    go_on(decision, broker)


def _is_unclear(order: Order) -> bool:
    return order.unknown or not order.accepted


def _told_before(inquiry: Inquiry) -> dict[int, None]:
    """Orders that need not be asked for again, for the connection broke in the midst of it. Else a
    broker that breaks it after so many questions would be asked for ever.
    """
    if not inquiry.awaited:
        return {}
    return {order_no: None for order_no in inquiry.covered if order_no not in inquiry.awaited}


def _note_closed(decision: Decision, broker: Broker, most: int, left: list[int]) -> None:
    """Orders that closed since its interval began, or a day ago: of what befell them later nothing
    may have been heard.
    """
    state = decision.state
    inquiry = broker.inquiry
    lost = state.brokers.lost.get(broker.name)
    if lost is None:
        return
    if left and lost[0] == inquiry.lost_ns:
        left.reverse()
        inquiry.closed_to_ask = left
        inquiry.closed_awaited = dict.fromkeys(left)
        return
    inquiry.lost_ns = lost[0]
    link = state.links.get(broker.link)
    since_ns = decision.now - DAY_NS
    if link is not None:
        since_ns = max(since_ns, link.interval_ns)
    closed, more = state.book.closed_at(broker.name, since_ns, most)
    inquiry.closed_to_ask = closed
    inquiry.closed_awaited = dict.fromkeys(closed)
    if more:
        text = f"only the newest {most} orders that are closed are asked for"
        decision.alarm(f"broker {broker.name}: messages may be lost, and {text}")


def _ask_for_all(decision: Decision, broker: Broker) -> None:
    inquiry = broker.inquiry
    inquiry.is_open = True
    inquiry.to_ask = []
    inquiry.mass_id = f"R-{decision.now}"
    inquiry.mass_until_ns = decision.now + QUIET_NS
    inquiry.all_asked_ns = decision.now
    decision.send(broker.link, "AF", outbound.mass_status_request(inquiry.mass_id), 0)


def go_on(decision: Decision, broker: Broker) -> bool:
    """Ask for the next orders, as many as may be by now, and see whether it is over. Returns
    whether new orders need not wait any longer.
    """
    inquiry = broker.inquiry
    if inquiry.mass_id and decision.now >= inquiry.mass_until_ns:
        _end_mass(decision, broker, f"no answer to MassStatusReqID(584)={inquiry.mass_id}")
    _ask_denied_again(decision, inquiry)
    had_to_ask = bool(inquiry.to_ask)
    _ask_some(decision, broker)
    if had_to_ask and not inquiry.to_ask:
        inquiry.all_asked_ns = decision.now
    goes_on = _see_whether_over(decision, broker)
    broker.asking = inquiry.is_busy
    return goes_on


def _ask_denied_again(decision: Decision, inquiry: Inquiry) -> None:
    """What the broker did not find, once it was quiet for long enough."""
    for order_no, due_ns in list(inquiry.denied.items()):
        order = decision.state.book.open.get(order_no)
        if order is None or not order.unknown or 0 < NO_ANSWER_NS - due_ns < decision.now:
            del inquiry.denied[order_no]
        elif 0 < due_ns <= decision.now and order_no not in inquiry.to_ask:
            inquiry.to_ask.append(order_no)


def _ask_some(decision: Decision, broker: Broker) -> None:
    """Ask for the next of them; whose doubt has ended is left out."""
    inquiry = broker.inquiry
    rate = broker.status_requests_per_s
    burst = max(rate * BURST_S, 1.0)
    looked_at = 0
    inquiry.give_up_late(decision.now)
    while inquiry.may_ask and (inquiry.to_ask or inquiry.closed_to_ask):
        if inquiry.asked.available(decision.now, rate, burst) < 1.0 or looked_at == LOOKED_AT_ONCE:
            return
        looked_at += 1
        order = _next(decision, inquiry)
        if order is not None and order.broker != broker.name:
            inquiry.awaited.pop(order.order_no, None)  # it has moved on
        elif order is not None:
            doubt.ask(decision, broker, order)
            inquiry.asked_for(order.order_no, decision.now)
            inquiry.asked.take(decision.now, rate, burst)


def _next(decision: Decision, inquiry: Inquiry) -> Order | None:
    """The next order to be asked for; None where there is nothing to be asked any more."""
    book = decision.state.book
    if inquiry.to_ask:
        order_no = inquiry.to_ask.pop()
        order = book.open.get(order_no)
        if order is None or not (_is_unclear(order) or order_no in inquiry.awaited):
            inquiry.awaited.pop(order_no, None)
            return None
        if order_no in inquiry.denied:
            inquiry.denied[order_no] = -decision.now  # the next answer counts
        return order
    order_no = inquiry.closed_to_ask.pop()
    inquiry.closed_until_ns = decision.now
    return book.look_at(order_no)


# --- answers --------------------------------------------------------------------------------------


def report(
    decision: Decision,
    broker: Broker,
    order: Order | None,
    message: Message,
    said: BrokerReport,
) -> bool:
    """A report of a broker that is being asked. Returns as `go_on`."""
    inquiry = broker.inquiry
    request_id, total, is_last = mass_status_mark(message)
    of_mass = bool(inquiry.mass_id) and request_id == inquiry.mass_id
    if of_mass and order is None:
        if said.ord_status in WORKING:
            _unknown_here(decision, broker, said)
    elif order is None or not _differs(decision, inquiry, order, said):
        if order is not None and _is_news(inquiry, order, said):
            doubt.doubt(decision, order, f"no report came of OrdStatus(39)={said.ord_status}")
        reports.broker_report(decision, broker, order, said)
    if order is not None and said.kind in ANSWERS:
        inquiry.answered(order.order_no)
    if of_mass:
        inquiry.mass_told += 1
        inquiry.mass_until_ns = decision.now + QUIET_NS
        if is_last or 0 < total <= inquiry.mass_told:
            _end_mass(decision, broker, "")
    return go_on(decision, broker)


def _differs(decision: Decision, inquiry: Inquiry, order: Order, said: BrokerReport) -> bool:
    """Whether the broker holds other executions of a closed order than are booked: there an answer
    cannot have crossed with one.
    """
    if order.unknown or said.kind != "status" or order.order_no not in inquiry.closed_awaited:
        return False
    why = "" if doubt.is_not_found(said) else doubt.contradiction_of_answer(decision, order, said)
    if why:
        doubt.doubt(decision, order, why)
    return why != ""


def _is_news(inquiry: Inquiry, order: Order, said: BrokerReport) -> bool:
    """Whether an answer, which comes after all reports, tells what no report did: a broker may have
    lost them.
    """
    was_asked = order.order_no in inquiry.awaited or order.order_no in inquiry.on_the_way
    if said.kind != "status" or not was_asked or doubt.is_not_found(said):
        return False
    if order.unknown or order.ended or order.filled:
        return False
    return said.ord_status in (ENDS if order.accepted else UNHEARD)


def _unknown_here(decision: Decision, broker: Broker, said: BrokerReport) -> None:
    event = OrderOrphaned(
        broker.name,
        said.cl_ord_id,
        said.broker_order_id,
        said.symbol,
        said.side,
        said.order_qty,
        said.cum_qty,
        said.price,
        said.ord_status,
    )
    park_order(decision, event, said)


def _end_mass(decision: Decision, broker: Broker, problem: str) -> None:
    """What it did not tell of is asked for by itself: a list may have holes."""
    inquiry = broker.inquiry
    inquiry.mass_id = ""
    others = dict.fromkeys(inquiry.to_ask)
    left = [order_no for order_no in inquiry.awaited if order_no not in others]
    left.reverse()
    inquiry.to_ask[:0] = left
    if problem:
        decision.alarm(f"broker {broker.name}: {problem}: its orders are asked for one by one")


def refused(decision: Decision, broker: Broker, message: Message, text: str) -> bool:
    """The broker does not answer a question, which says nothing about the order. Returns as
    `go_on`.
    """
    inquiry = broker.inquiry
    if message.msg_type == "AF":
        if inquiry.mass_id:
            _end_mass(decision, broker, f"refused an OrderMassStatusRequest(AF): {text}")
        return go_on(decision, broker)
    named = message.fields.get("11", "")
    order = decision.state.book.find_at_broker(broker.name, named)
    what = f"{order!r}" if order is not None else f"ClOrdID(11)={named}"
    decision.alarm(f"broker {broker.name}: does not say how {what} stands: {text}")
    if order is not None:
        if order.order_no in inquiry.awaited or order.order_no in inquiry.closed_awaited:
            inquiry.missing += 1
        inquiry.answered(order.order_no)
        inquiry.denied.pop(order.order_no, None)
    return go_on(decision, broker)


# --- the end --------------------------------------------------------------------------------------


def _see_whether_over(decision: Decision, broker: Broker) -> bool:
    inquiry = broker.inquiry
    settings = broker.reconcile
    if settings is None:  # since a reload
        goes_on = broker.reconciling
        broker.reconciling = inquiry.is_open = False
        return goes_on
    if not inquiry.is_open:
        return False
    if inquiry.awaited and decision.now >= inquiry.until_ns:
        _give_up(decision, broker, inquiry.awaited, "orders")
        for order_no in inquiry.awaited:
            request_rejects.cancel_again(decision, order_no)
        inquiry.awaited = {}
    goes_on = broker.reconciling and not inquiry.awaited
    if goes_on:
        broker.reconciling = False
    late_ns = inquiry.closed_until_ns + settings.time_limit_ns
    if inquiry.closed_awaited and not inquiry.closed_to_ask and decision.now >= late_ns:
        _give_up(decision, broker, inquiry.closed_awaited, "closed orders")
        inquiry.closed_awaited = {}
    if not inquiry.awaited and not inquiry.closed_awaited and not inquiry.mass_id:
        inquiry.is_open = False
        event = BrokerReconciled(broker.name, inquiry.count, inquiry.missing)
        decision.emit(0, event)
    return goes_on


def _give_up(decision: Decision, broker: Broker, numbers: dict[int, None], what: str) -> None:
    broker.inquiry.missing += len(numbers)
    ids: list[str] = []
    for order_no in list(numbers)[:NAMED_MAX]:
        order = decision.state.book.look_at(order_no)
        if order is not None:
            ids.append(order.order_id)
    more = "" if len(numbers) <= NAMED_MAX else " and more"
    text = f"has not told in time how {len(numbers)} {what} stand: {', '.join(ids)}{more}"
    decision.alarm(f"broker {broker.name}: {text}")
