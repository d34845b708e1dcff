"""The day roll: a business date begins, and every open order of an earlier one is taken over.

There may be very many, so they roll some at a time, each by an event of its own; an order that
somebody asks or tells something of meanwhile rolls first. Which have rolled is part of the fold: a
roll that a crash interrupts goes on where it stood.
"""

from typing import Final

from gateway.corporate_actions import ENDS_ORDERS, CorporateAction
from gateway.decision import Decision
from gateway.events import CancelToFollow, DayRolled, OrderAdjusted, OrderRenewed
from gateway.orders import adjust, day_end
from gateway.orders.cancelers import CORPORATE_ACTION
from gateway.orders.day_end import DayEnd
from gateway.orders.linked_quantity import note_adjusted
from gateway.orders.order import Order
from gateway.orders.telling import report
from gateway.positions.telling import act_on_positions
from gateway.setup import Client
from gateway.state import State
from gateway.translate import outbound
from sessions.message import Message

_ORIG: Final = frozenset({"F", "G"})


def behind(state: State) -> list[int]:
    """Numbers of the open orders that have not rolled, the newest first."""
    is_behind = state.day.is_behind
    numbers = [order.order_no for order in state.book.open.values() if is_behind(order)]
    numbers.reverse()
    return numbers


def begin(decision: Decision, date: int, who: str, why: str) -> None:
    """The business date `date` (yyyymmdd) begins."""
    state = decision.state
    before = state.day.date
    decision.emit(0, DayRolled(date, state.order_no, who, why))
    if before:
        for symbol in decision.setup.reference.actions.symbols:
            adjust.adjust_prices(decision, symbol, before)
        for action in decision.setup.reference.actions.due(before, date):
            act_on_positions(decision, action)


def roll_some(
    decision: Decision, numbers: list[int], most: int, busy: frozenset[int], end: DayEnd
) -> None:
    """Look at the next `most` of these orders: they roll, and are taken out of the list, from its
    end. Those of links that are `busy` go to its begin instead.
    """
    book = decision.state.book
    waiting: list[int] = []
    for _ in range(min(most, len(numbers))):
        order = book.open.get(numbers.pop())
        if order is None:
            continue
        if order.link in busy:
            waiting.append(order.order_no)
        elif not catch_up(decision, order) and decision.state.day.is_behind(order):
            day_end.begin(decision, end, order)
    if waiting:
        waiting.reverse()
        numbers[:0] = waiting


def catch_up(decision: Decision, order: Order) -> bool:
    """Let an order roll that has not done so; whether it did. One whose day is over stays at its
    date.
    """
    day = decision.state.day
    if not day.is_behind(order) or day_end.is_over(order, day.date, day.since_ns):
        return False
    _renew(decision, order)
    return True


def goes_on(decision: Decision, order: Order) -> bool:
    """Before an order that is held here is judged or sent: let it roll, or expire if its day is
    over. Whether it goes on.
    """
    if catch_up(decision, order) or not decision.state.day.is_behind(order):
        return all(order_no != order.order_no for order_no, _ in decision.cancel_again)
    day_end.expire(decision, order, day_end.IN_QUEUE)
    return False


def _renew(decision: Decision, order: Order) -> None:
    """It goes on, and its client is told of it (FIX 4.4 Vol. 4, H.1.a)."""
    actions = adjust.due(decision, order) if not order.over else []
    restates = not actions and _is_renewed(decision, order)
    report_no = order.report_count + 1 if restates else order.report_count
    event = OrderRenewed(order.order_no, decision.state.day.date, report_no)
    decision.emit(order.order_no, event)
    if restates:
        _restate(decision, order, adjust.GT_RENEWAL, "")
    elif actions:
        _adjust(decision, order, actions)


def _is_renewed(decision: Decision, order: Order) -> bool:
    """Whether the broker is known to have it, and there is a client, of a version that knows what a
    restatement is: before FIX.4.2 it would read as a replace that nobody asked for.
    """
    if order.closed or order.unknown or not order.accepted:
        return False
    client = decision.client(order.link)
    return client is not None and client.dialect.fits is None


def _adjust(decision: Decision, order: Order, actions: list[CorporateAction]) -> None:
    """Carry out what a date began with; who has been told of the order is told once. One that does
    not go on is canceled at the end of this decision.
    """
    instrument = decision.setup.reference.instruments.get(order.symbol)
    text = ""
    for action in actions:
        if action.kind in ENDS_ORDERS:
            _end(decision, order, action.text)
            return
        event = adjust.adjusted(order, action, instrument)
        if isinstance(event, OrderAdjusted):
            before = order.terms.order_qty
            decision.emit(order.order_no, event)
            note_adjusted(decision, order, before)
            text = action.text
        else:
            decision.alarm(f"{order!r}: stays as it was over {action.text}: {event}")
    if text and not order.closed:
        _restate(decision, order, adjust.GT_CORPORATE_ACTION, text)
    if order.open_requests:  # its broker's answer says the quantity and price that it has then
        decision.alarm(f"{order!r}: a request was open over {actions[0].text}")


def _end(decision: Decision, order: Order, action: str) -> None:
    """Cancel it; where a cancel is open already, once the broker refuses that."""
    cancel, who = order.pending_cancel, f"{CORPORATE_ACTION}{action}"
    if cancel is None:
        decision.cancel_again += ((order.order_no, who),)
        return
    event = CancelToFollow(order.order_no, cancel.broker_cl_ord_id, who)
    decision.emit(order.order_no, event)
    decision.alarm(f"{order!r}: its cancel was open over {action}: see that it ends")


def _restate(decision: Decision, order: Order, reason: str, text: str) -> None:
    client = decision.client(order.link)
    detail = ""
    if client is not None:
        detail = outbound.restatement_reason(client.dialect, reason)
    report(decision, order, "D", order.cl_ord_id, "", detail, text)


def before_request(decision: Decision, client: Client, message: Message) -> None:
    """Let the order roll that a client's message is about."""
    tag = "41" if message.msg_type in _ORIG else "11"
    order = decision.state.book.find_of_client(client.link, message.fields.get(tag, ""))
    if order is not None:
        catch_up(decision, order)
