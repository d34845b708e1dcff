"""Lists of orders: NewOrderList(E), ListStatusRequest(M), ListExecute(L) and ListCancelRequest(K).

A list that is well formed is taken as a whole, and each of its orders is then entered or refused
like one that came by itself. A list that is not is refused as a whole, and nothing of it is kept.
"""

from typing import Final

from gateway.decision import Decision
from gateway.events import (
    ListCancelEntered,
    ListDropped,
    ListEntered,
    ListExecuteEntered,
    ListFragmentEntered,
)
from gateway.orders import held, list_entry
from gateway.orders.cancelers import LIST_CANCEL
from gateway.orders.known_lists import OrderList, Waiting
from gateway.orders.lengths import id_too_long, terms_too_long
from gateway.orders.list_status import gathered, refuse, refuse_message, tell, tell_waiting
from gateway.orders.on_behalf import names_somebody
from gateway.orders.order import Order
from gateway.orders.order_parts import EXECUTE
from gateway.orders.requests import enter_cancel, too_fast, unsupported
from gateway.refusals import Refusal
from gateway.setup import Client
from gateway.translate import lists
from gateway.translate.lists import ListedOrder, NewList
from sessions.message import Message

OTHER: Final = 0  # BusinessRejectReason(380)
UNKNOWN_ID: Final = 1
POSS_RESEND: Final = "97"


def new_list(decision: Decision, client: Client, message: Message) -> None:
    """Handle one NewOrderList(E), or a part of one."""
    if not _is_served(decision, client, message):
        return
    asked = NewList(message)
    refusal = (
        id_too_long(client, "ListID(66)", asked.list_id)
        or lists.count_problem(message, asked)
        or _too_many(client, asked)
    )
    if refusal is not None:
        refuse_message(decision, client, message, refusal, OTHER)
        return
    known = decision.state.book.lists.find(client.link, asked.list_id)
    if known is not None:
        _repeated(decision, client, message, known)
        return
    waiting = decision.state.book.lists.waiting_of(client.link, asked.list_id)
    before = gathered(waiting) if waiting is not None else []
    ids = {listed.terms.cl_ord_id for listed in before}
    if message.fields.get(POSS_RESEND) == "Y" and asked.orders[0].terms.cl_ord_id in ids:
        return  # a part that is here already
    orders = before + asked.orders
    refusal = _problem(decision, client, asked, waiting, orders)
    if refusal is not None:
        if waiting is not None:
            decision.emit(0, ListDropped(client.link, asked.list_id, refusal.text))
        refuse(decision, client, asked.list_id, asked.tot_no_orders, orders, refusal)
    elif len(orders) < asked.tot_no_orders:
        _wait(decision, client, asked)
    else:
        _enter(decision, client, asked, orders)


def _too_many(client: Client, asked: NewList) -> Refusal | None:
    """A list is decided in one turn, so it may not be too long."""
    limit = client.lists.orders_max
    if asked.tot_no_orders <= limit and len(asked.orders) <= limit:
        return None
    return Refusal("LIST_ORDERS_MAX", f"TotNoOrders(68)={asked.tot_no_orders} limit={limit}")


def _problem(
    decision: Decision,
    client: Client,
    asked: NewList,
    waiting: Waiting | None,
    orders: list[ListedOrder],
) -> Refusal | None:
    """Why a list is refused as a whole; `orders` are all that came of it."""
    if decision.refuse_new:
        return Refusal(decision.refuse_new)
    refusal = asked.problem or _orders_problem(decision, client, orders)
    if refusal is not None:
        return refusal
    if waiting is not None:
        first = waiting.parts[0]
        if asked.tot_no_orders != first.tot_no_orders:
            return Refusal("FIELD_CHANGED", f"TotNoOrders(68)={first.tot_no_orders}")
        if asked.exec_inst_type != first.exec_inst_type:
            return Refusal("FIELD_CHANGED", f"ListExecInstType(433)={first.exec_inst_type}")
        if asked.contingency_type != first.contingency_type:
            return Refusal("FIELD_CHANGED", f"ContingencyType(1385)={first.contingency_type}")
    return _parts_problem(decision, client, asked, len(orders))


def _parts_problem(
    decision: Decision, client: Client, asked: NewList, count: int
) -> Refusal | None:
    """Whether LastFragment(893) and the number of orders agree, and parts do not pile up."""
    total = asked.tot_no_orders
    if count > total or (count < total and asked.is_last == "Y"):
        return Refusal("LIST_INCOMPLETE", f"TotNoOrders(68)={total} orders={count}")
    if count == total and asked.is_last == "N":
        return Refusal("FIELD_INVALID", f"LastFragment(893)=N with all {total} orders")
    if count < total and not lists.can_be_kept(asked.orders):
        return Refusal("LIST_UNSUPPORTED", "data fields in a part of a list")
    limit = client.lists.fragments_max
    if count < total and decision.state.book.lists.parts_of(client.link) >= limit:
        return Refusal("LIST_FRAGMENTS_MAX", f"client={client.name} limit={limit}")
    return None


def _orders_problem(
    decision: Decision, client: Client, orders: list[ListedOrder]
) -> Refusal | None:
    """Ids and numbers must be new; `problem` of the order that has another's is set."""
    book = decision.state.book
    ids: set[str] = set()
    seqs: set[int] = set()
    for listed in orders:
        terms = listed.terms
        listed.problem = listed.problem or terms_too_long(client, terms)
        if terms.cl_ord_id in ids or book.is_used(client.link, terms.cl_ord_id):
            text = f"cl_ord_id={terms.cl_ord_id}"
            listed.problem = listed.problem or Refusal("DUPLICATE_CL_ORD_ID", text)
        if listed.list_seq_no in seqs:
            text = f"tag=67 value={listed.list_seq_no}"
            listed.problem = listed.problem or Refusal("FIELD_INVALID", text)
        if listed.problem is not None:
            return listed.problem
        ids.add(terms.cl_ord_id)
        seqs.add(listed.list_seq_no)
    return None


def _wait(decision: Decision, client: Client, asked: NewList) -> None:
    """Keep a part until the others are there."""
    event = ListFragmentEntered(
        client.link,
        asked.list_id,
        asked.tot_no_orders,
        asked.exec_inst_type,
        asked.contingency_type,
        lists.kept(asked.orders),
    )
    decision.emit(0, event)


def _enter(decision: Decision, client: Client, asked: NewList, orders: list[ListedOrder]) -> None:
    """Take the list; each order passes what one by itself would."""
    event = ListEntered(
        client.link,
        asked.list_id,
        asked.tot_no_orders,
        asked.exec_inst_type,
        asked.contingency_type,
        decision.new_order_no(),
    )
    decision.emit(0, event)
    known = decision.state.book.lists.find(client.link, asked.list_id)
    assert known is not None, f"ListID(66) {asked.list_id}: entered and not known"
    orders.sort(key=_seq_of)
    at = len(decision.sends)
    refusal = list_entry.enter(decision, client, known, orders)
    _tell_before(decision, at, client, known, lists.ACK, refusal)


def _seq_of(listed: ListedOrder) -> int:
    return listed.list_seq_no


def _repeated(decision: Decision, client: Client, message: Message, known: OrderList) -> None:
    """A PossResend of a known list asks for its status; another list of that id is refused. No
    ListStatus(N) says so: it would tell of the orders of the list that is known.
    """
    if message.fields.get(POSS_RESEND) == "Y":
        tell(decision, client, known, lists.RESPONSE)
        return
    refusal = Refusal("DUPLICATE_LIST_ID", f"list_id={known.entered.list_id}")
    refuse_message(decision, client, message, refusal, OTHER)


def status(decision: Decision, client: Client, message: Message) -> None:
    """Handle one ListStatusRequest(M): the answer is what is known here and now."""
    if not _is_served(decision, client, message):
        return
    if _is_too_fast(decision, client, message):
        return
    list_id = message.fields.get("66", "")
    known = decision.state.book.lists.find(client.link, list_id)
    waiting = decision.state.book.lists.waiting_of(client.link, list_id)
    if known is not None:
        tell(decision, client, known, lists.RESPONSE)
    elif waiting is not None:
        tell_waiting(decision, client, waiting)
    else:
        _refuse_unknown(decision, client, message, list_id)


def cancel(decision: Decision, client: Client, message: Message) -> None:
    """Handle one ListCancelRequest(K): like any cancel it passes every check."""
    if not _is_served(decision, client, message):
        return
    list_id = message.fields.get("66", "")
    known = decision.state.book.lists.find(client.link, list_id)
    waiting = decision.state.book.lists.waiting_of(client.link, list_id)
    if waiting is not None:
        drop(decision, waiting, Refusal("LIST_CANCELED", f"list_id={list_id}"))
        return
    works = [o for o in _open_orders(decision, known) if o.pending_cancel is None]
    if not works and _is_too_fast(decision, client, message):
        return
    if known is None:
        _refuse_unknown(decision, client, message, list_id)
        return
    decision.emit(0, ListCancelEntered(client.link, list_id, len(works)))
    at = len(decision.sends)
    for order in works:
        enter_cancel(decision, order, "", order.cl_ord_id, f"{LIST_CANCEL}{list_id}", "")
    _tell_before(decision, at, client, known, lists.ACK)


def execute(decision: Decision, client: Client, message: Message) -> None:
    """Handle one ListExecute(L): orders of the list that were held for it go on."""
    if not _is_served(decision, client, message):
        return
    list_id = message.fields.get("66", "")
    known = decision.state.book.lists.find(client.link, list_id)
    works = _open_orders(decision, known)
    waits = [o for o in works if o.held is not None and o.held.reason == EXECUTE]
    if not waits and _is_too_fast(decision, client, message):
        return
    if known is None:
        _refuse_unknown(decision, client, message, list_id)
        return
    if not waits:
        tell(decision, client, known, lists.RESPONSE)
        return
    decision.emit(0, ListExecuteEntered(client.link, list_id, len(waits)))
    at = len(decision.sends)
    for order in waits:
        held.release(decision, order, f"released: list {list_id} is executed")
    _tell_before(decision, at, client, known, lists.STARTED)


def _is_served(decision: Decision, client: Client, message: Message) -> bool:
    """Whether the client's version has lists, and the message names nobody else."""
    if client.dialect.lists and not names_somebody(client, message):
        return True
    unsupported(decision, client, message)
    return False


def _is_too_fast(decision: Decision, client: Client, message: Message) -> bool:
    """Whether a request that changes nothing comes too soon after others."""
    slow_down = too_fast(decision, client)
    if slow_down is None:
        return False
    refuse_message(decision, client, message, slow_down, client.dialect.throttled)
    return True


def _refuse_unknown(decision: Decision, client: Client, message: Message, list_id: str) -> None:
    refusal = Refusal("UNKNOWN_LIST", f"list_id={list_id[: client.id_max_length]}")
    refuse_message(decision, client, message, refusal, UNKNOWN_ID)


def _tell_before(
    decision: Decision,
    at: int,
    client: Client,
    known: OrderList,
    status_type: str,
    refusal: Refusal | None = None,
) -> None:
    """Tell of a list before all that has been sent since `at`, which is of its orders."""
    sends = decision.sends[at:]
    del decision.sends[at:]
    tell(decision, client, known, status_type, refusal)
    decision.sends += sends
    decision.order_no = 0


def _open_orders(decision: Decision, known: OrderList | None) -> list[Order]:
    """Those of a list, by ListSeqNo(67)."""
    if known is None:
        return []
    open_orders = decision.state.book.open
    return [open_orders[number] for number in sorted(known.numbers) if number in open_orders]


def drop(decision: Decision, waiting: Waiting, refusal: Refusal) -> None:
    """Give up the parts of a list; its client, if it is still configured, is told."""
    first = waiting.parts[0]
    client = decision.client(first.link)
    orders = gathered(waiting)
    decision.emit(0, ListDropped(first.link, first.list_id, refusal.text))
    if client is not None:
        refuse(decision, client, first.list_id, first.tot_no_orders, orders, refusal)


def expire(decision: Decision) -> None:
    """Give up lists whose other parts do not come."""
    for waiting in decision.state.book.lists.waiting():
        client = decision.client(waiting.parts[0].link)
        age_max_ns = client.lists.age_max_ns if client is not None else 0
        if abs(decision.now - waiting.since_ns) > age_max_ns:
            text = f"list_id={waiting.parts[0].list_id}"
            drop(decision, waiting, Refusal("LIST_EXPIRED", text))
