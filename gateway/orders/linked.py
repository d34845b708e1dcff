"""Orders that depend on each other: what becomes of the others when one of them changes.

Nothing is remembered but facts: after each change of an order of a linked list, every other is
brought to what `linked_quantity` says it should be. A restart, a broker that comes back or a late
execution need no case of their own.
"""

from decimal import Decimal

from gateway.decision import Decision
from gateway.orders import day_roll, held
from gateway.orders.cancelers import LINKED
from gateway.orders.known_lists import CANCELED, OrderList
from gateway.orders.linked_quantity import (
    Orders,
    may_be_compared,
    orders_of,
    surplus,
    waits,
    wanted,
)
from gateway.orders.order import ZERO, Order
from gateway.orders.order_parts import EXECUTE
from gateway.orders.reports import reject_order
from gateway.orders.requests import enter_cancel
from gateway.orders.resize import enter_resize, resize_held
from gateway.orders.scopes import stopped_by
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from sessions.values import format_decimal


def settle(decision: Decision) -> None:
    """Look at the linked lists of which an order has changed."""
    order_no = decision.order_no
    touched = decision.state.book.lists.touched
    while touched:
        _, known = touched.popitem()
        orders = orders_of(decision, known)
        for order in orders.values():
            if waits(order):  # or its quantity might be of before a split, and its parent's not
                day_roll.goes_on(decision, order)
        if not may_be_compared(orders):
            continue
        for order in orders.values():
            if order.asked and not order.over:
                _adjust(decision, known, order, orders)
        _tell_of_parents(decision, known, orders)
        text = surplus(known, orders)
        if text and text != known.surplus:
            decision.alarm(f"list {known.entered.list_id}: {text}")
        known.surplus = text
    decision.order_no = order_no


def broker_up(decision: Decision, broker: str) -> None:
    """A broker is back: what could not be asked of it meanwhile is asked."""
    for order in decision.state.book.open.values():
        if order.asked and order.broker == broker:
            decision.state.book.lists.touch(order)


def look_all(decision: Decision) -> None:
    """A level of trading was lifted: what it kept from being asked is asked."""
    for order in decision.state.book.open.values():
        if order.asked:
            decision.state.book.lists.touch(order)


def _adjust(decision: Decision, known: OrderList, order: Order, orders: Orders) -> None:
    """Bring one open order to the quantity it should have."""
    if order.held is not None and order.held.reason == EXECUTE:
        return
    quantity = wanted(decision, known, order, orders)
    if waits(order):
        _waiting(decision, known, order, orders, quantity)
    elif quantity <= order.cum_qty:
        _cancel(decision, known, order, orders)
    elif quantity != order.terms.order_qty:
        _resize(decision, known, order, orders, quantity)


def _waiting(
    decision: Decision, known: OrderList, order: Order, orders: Orders, quantity: Decimal
) -> None:
    """An order that waits for its parent: goes on, ends with it, or waits on; also while a level of
    trading stops it, for what protects a position must be there when that is lifted.
    """
    parent = orders.get(known.parents.get(order.order_no, 0))
    if quantity > 0 and parent is not None:
        more = quantity - order.terms.order_qty
        if stopped_by(decision, order, more) is not None:
            return
        if more:
            resize_held(decision, order, quantity, f"{LINKED}{parent.cl_ord_id}")
        filled = format_decimal(parent.cum_qty)
        held.release(decision, order, f"released: {parent.cl_ord_id} has filled {filled}")
    elif parent is None or (parent.ended == "8" and not parent.cum_qty):
        name = parent.cl_ord_id if parent is not None else ""
        refusal = Refusal(Code.LIST_REFUSED, f"parent={name}")
        reject_order(decision, order, refusal.ord_rej_reason, refusal.text)
    elif parent.closed:
        enter_cancel(decision, order, "", order.cl_ord_id, f"{LINKED}{parent.cl_ord_id}", "")


def _cancel(decision: Decision, known: OrderList, order: Order, orders: Orders) -> None:
    if order.pending_cancel is not None:
        return
    if order.held is None and known.tried.get(order.order_no) == CANCELED:
        return  # the broker refused it
    who = f"{LINKED}{_cause(known, order, orders)}"
    enter_cancel(decision, order, "", order.cl_ord_id, who, "")


def _resize(
    decision: Decision, known: OrderList, order: Order, orders: Orders, quantity: Decimal
) -> None:
    """A request that is open, a broker that is away or has not answered, and a level of trading
    that does not let it grow are waited for.
    """
    who = f"{LINKED}{_cause(known, order, orders)}"
    if order.held is not None:
        resize_held(decision, order, quantity, who)
        return
    more = quantity - order.terms.order_qty
    if more > ZERO and stopped_by(decision, order, more) is not None:
        return
    broker = decision.broker(order.broker)
    if order.open_requests or order.unknown or not order.accepted:
        return
    if broker is None or not broker.up or broker.reconciling:
        return
    if known.tried.get(order.order_no) == format_decimal(quantity):
        return  # the broker refused it
    enter_resize(decision, order, quantity, who)


def _tell_of_parents(decision: Decision, known: OrderList, orders: Orders) -> None:
    """Executions of a parent were taken back when others rested on them already, or came when these
    had ended.
    """
    for parent_no in set(known.parents.values()):
        parent = orders.get(parent_no)
        if parent is None:
            continue
        adjusted, before = known.filled.get(parent_no, (parent.adjusted, ZERO))
        known.filled[parent_no] = (parent.adjusted, parent.cum_qty)
        if adjusted != parent.adjusted:
            continue
        children = [o for n, o in orders.items() if known.parents.get(n, 0) == parent_no]
        sent = [child.cl_ord_id for child in children if _was_sent(child)]
        if parent.cum_qty < before and sent:
            names = ", ".join(sent)
            decision.alarm(f"{parent!r}: an execution was taken back that {names} rest on")
        elif parent.cum_qty > before and all(c.closed and not c.cum_qty for c in children):
            decision.alarm(f"{parent!r}: executed when what depends on it had ended")


def _was_sent(order: Order) -> bool:
    return not waits(order) and (not order.closed or order.cum_qty > 0)


def _cause(known: OrderList, order: Order, orders: Orders) -> str:
    """ClOrdID(11) of the order that this one follows: one of its group that is executed, or its
    parent.
    """
    group = known.groups.get(order.order_no, "")
    for order_no, other in orders.items():
        executed = other is not order and other.cum_qty > 0
        if group and executed and known.groups.get(order_no, "") == group:
            return other.cl_ord_id
    parent = orders.get(known.parents.get(order.order_no, 0))
    return parent.cl_ord_id if parent is not None else known.entered.list_id
