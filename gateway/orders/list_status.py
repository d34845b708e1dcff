"""What clients are told of their lists: ListStatus(N), and refusals."""

from gateway.decision import Decision
from gateway.orders.known_lists import OrderList, Waiting
from gateway.orders.order import Order
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.setup import Client
from gateway.translate import lists, outbound
from gateway.translate.lists import ListedOrder
from sessions.message import Message


def gathered(waiting: Waiting) -> list[ListedOrder]:
    """The orders of the parts that came."""
    found: list[ListedOrder] = []
    for part in waiting.parts:
        found += lists.read_again(part.body)
    return found


def refuse_message(
    decision: Decision, client: Client, message: Message, refusal: Refusal, reason: int
) -> None:
    """Answer what names no list that a ListStatus(N) could tell of."""
    decision.refuse(client.link, refusal)
    list_id = message.fields.get("66", "")
    ref_id = "" if refusal.code == Code.ID_TOO_LONG else list_id
    kind, body = outbound.business_reject(client.dialect, message, reason, ref_id, refusal.text)
    decision.send(client.link, kind, body, 0)


def refuse(
    decision: Decision,
    client: Client,
    list_id: str,
    total: int,
    orders: list[ListedOrder],
    refusal: Refusal,
) -> None:
    """Refuse a list as a whole; nothing of it is kept."""
    decision.refuse(client.link, refusal)
    rows = [_refused_row(decision, client, listed, refusal) for listed in orders]
    for body in lists.list_status(
        client.dialect, list_id, lists.ACK, lists.REJECTED, total, rows, decision.now, refusal
    ):
        decision.send(client.link, "N", body, 0)


def _refused_row(decision: Decision, client: Client, listed: ListedOrder, refusal: Refusal) -> str:
    """An order with the id of one that is known must not be told as that one's end."""
    known = decision.state.book.find_of_client(client.link, listed.terms.cl_ord_id)
    if known is not None:
        return lists.order_row(client.dialect, known)
    return lists.unentered_row(client.dialect, listed, refusal)


def orders_of(decision: Decision, known: OrderList) -> list[Order]:
    """The orders of a list that are still known, by ListSeqNo(67)."""
    book = decision.state.book
    found: list[Order] = []
    for order_no in sorted(known.numbers):
        order = book.look_at(order_no)
        if order is not None:
            found.append(order)
    return found


def tell(
    decision: Decision,
    client: Client,
    known: OrderList,
    status_type: str,
    refusal: Refusal | None = None,
) -> None:
    """Send the ListStatus(N) of a list as it now stands; `refusal` says why it is refused."""
    orders = orders_of(decision, known)
    total = known.entered.tot_no_orders
    text = "" if len(orders) == total else f"{total - len(orders)} orders are no longer known"
    rows = [lists.order_row(client.dialect, order) for order in orders]
    for body in lists.list_status(
        client.dialect,
        known.entered.list_id,
        status_type,
        _order_status(orders),
        total,
        rows,
        decision.now,
        refusal,
        text,
        known.entered.contingency_type,
    ):
        decision.send(client.link, "N", body, 0)


def _order_status(orders: list[Order]) -> str:
    """ListOrderStatus(431) of a list with these orders."""
    works = [order for order in orders if not order.closed]
    if not works:
        refused = [order for order in orders if order.ended == "8" and not order.cum_qty]
        return lists.REJECTED if len(refused) == len(orders) else lists.ALL_DONE
    if any(order.unknown for order in works):
        return lists.ALERT
    if all(order.pending_cancel is not None for order in works):
        return lists.CANCELING
    if any(order.accepted for order in orders):
        return lists.EXECUTING
    return lists.RECEIVED


def tell_waiting(decision: Decision, client: Client, waiting: Waiting) -> None:
    """Send the ListStatus(N) of a list of which parts are missing."""
    first = waiting.parts[0]
    orders = gathered(waiting)
    rows = [lists.unentered_row(client.dialect, listed, None) for listed in orders]
    text = f"waits for {first.tot_no_orders - len(orders)} more orders"
    for body in lists.list_status(
        client.dialect,
        first.list_id,
        lists.RESPONSE,
        lists.RECEIVED,
        first.tot_no_orders,
        rows,
        decision.now,
        None,
        text,
    ):
        decision.send(client.link, "N", body, 0)
