"""Enters the orders of a list: each by itself, or all or none where they are linked."""

from collections.abc import Sequence
from typing import Final

from gateway.decision import Decision
from gateway.events import OrderLinked, OrderListed
from gateway.orders import held
from gateway.orders.cash import CASH_ORDER_QTY, cash_of
from gateway.orders.entry import Passed, judge, place
from gateway.orders.entry import enter as enter_order
from gateway.orders.entry import refuse as refuse_order
from gateway.orders.known_lists import OrderList
from gateway.orders.linked_quantity import ALL, OCO, OTO
from gateway.orders.order import Order
from gateway.orders.order_parts import EXECUTE, PARENT
from gateway.orders.reports import reject_order
from gateway.orders.sheet import ICEBERG, REPLACE
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.setup import Client
from gateway.translate.inbound import OrderTerms
from gateway.translate.lists import WAIT, ListedOrder

CL_ORD_LINK_ID: Final = "583"


def enter(
    decision: Decision, client: Client, known: OrderList, orders: Sequence[ListedOrder]
) -> Refusal | None:
    """Enter or refuse the orders of a list that was just entered, in this order; why linked ones
    are refused altogether.
    """
    limit = ""
    refusal = None
    for listed in orders:
        listed.terms.list_id = known.entered.list_id
    if known.entered.contingency_type:
        refusal = _all_or_none(decision, client, known, orders)
        limit = refusal.limit if refusal is not None else ""
    else:
        for listed in orders:
            _each(decision, client, known, listed)
            limit = decision.limit or limit
    decision.limit = limit
    return refusal


def _each(decision: Decision, client: Client, known: OrderList, listed: ListedOrder) -> None:
    if known.entered.exec_inst_type == WAIT:
        judged = judge(decision, client, listed.terms)
        if not isinstance(judged, Refusal):
            order = enter_order(decision, client, listed.terms, judged.route, False)
            _listed(decision, known, listed)
            _hold(decision, known, order)
            return
        refuse_order(decision, client, listed.terms, judged)
    else:
        place(decision, client, listed.terms)
    _listed(decision, known, listed)


def _listed(decision: Decision, known: OrderList, listed: ListedOrder) -> None:
    event = OrderListed(decision.order_no, listed.list_seq_no, known.entered.list_id)
    decision.emit(decision.order_no, event)


def _hold(decision: Decision, known: OrderList, order: Order) -> None:
    list_id = known.entered.list_id
    held.hold(decision, order, EXECUTE, list_id, f"list={list_id}")


def _all_or_none(
    decision: Decision, client: Client, known: OrderList, orders: Sequence[ListedOrder]
) -> Refusal | None:
    """Every order must pass, with what those before it put at risk; none is sent before."""
    entered: list[Order] = []
    for at, listed in enumerate(orders):
        group = _group(known, listed, at)
        judged = _cannot_link(listed.terms) or judge(decision, client, listed.terms)
        if isinstance(judged, Passed):
            cannot = _cannot_slice(judged) or _cannot_resize(decision, known, judged.broker)
            judged = cannot or judged
        if isinstance(judged, Refusal):
            _none(decision, client, known, entered, orders[at:], judged)
            return judged
        order = enter_order(decision, client, listed.terms, judged.route, False)
        _listed(decision, known, listed)
        parent_no = entered[0].order_no if entered and _is_oto(known) else 0
        decision.emit(order.order_no, OrderLinked(order.order_no, parent_no, group))
        entered.append(order)
    for order in entered:
        parent_no = known.parents[order.order_no]
        if parent_no:
            parent = entered[0].cl_ord_id
            held.hold(decision, order, PARENT, parent, f"parent={parent}")
        elif known.entered.exec_inst_type == WAIT:
            _hold(decision, known, order)
        else:
            held.start(decision, order)
    return None


def _cannot_link(terms: OrderTerms) -> Refusal | None:
    """What executes of the others is taken off an order's quantity, and one in money has none."""
    if terms.order_qty or not cash_of(terms.extra):
        return None
    return Refusal(Code.LIST_UNSUPPORTED, f"linked=Y field=CashOrderQty({CASH_ORDER_QTY})")


def _cannot_slice(passed: Passed) -> Refusal | None:
    """What works at the broker could not follow the others."""
    if passed.plan is None or not passed.plan.slices:
        return None
    return Refusal(Code.LIST_UNSUPPORTED, f"linked=Y broker={passed.broker} lacks={ICEBERG}")


def _cannot_resize(decision: Decision, known: OrderList, name: str) -> Refusal | None:
    """What only cancels others needs no replaces."""
    broker = decision.broker(name)
    if known.entered.contingency_type == OCO or broker is None:
        return None
    if REPLACE in broker.sheet.messages:
        return None
    return Refusal(Code.BROKER_CANNOT, f"broker={broker.name} message={REPLACE}")


def _is_oto(known: OrderList) -> bool:
    return known.entered.contingency_type == OTO


def _group(known: OrderList, listed: ListedOrder, at: int) -> str:
    """Whose executions count against the order: of all, or in a list with a parent of those with
    its ClOrdLinkID(583), which says nothing to a broker then.
    """
    if not _is_oto(known):
        return ALL
    terms = listed.terms
    link_id = _value(terms, CL_ORD_LINK_ID)
    if link_id:
        field = f"\x01{CL_ORD_LINK_ID}={link_id}\x01"
        terms.extra = f"\x01{terms.extra}".replace(field, "\x01", 1)[1:]
    return link_id if at else ""


def _value(terms: OrderTerms, tag: str) -> str:
    """A field among those that are only passed on."""
    _, found, rest = f"\x01{terms.extra}".partition(f"\x01{tag}=")
    return rest.partition("\x01")[0] if found else ""


def _none(
    decision: Decision,
    client: Client,
    known: OrderList,
    entered: Sequence[Order],
    rest: Sequence[ListedOrder],
    refusal: Refusal,
) -> None:
    """The first of the `rest` is refused, so all are."""
    told = Refusal(Code.LIST_REFUSED, f"cl_ord_id={rest[0].terms.cl_ord_id} code={refusal.code}")
    for order in entered:
        reject_order(decision, order, told.ord_rej_reason, told.text)
    for at, listed in enumerate(rest):
        refuse_order(decision, client, listed.terms, told if at else refusal)
        _listed(decision, known, listed)
