"""Requests of clients about many orders at once: OrderMassCancelRequest(q) and
OrderMassStatusRequest(AF).

Both concern the client's own open orders: all of them or those of a Symbol(55), of the contract and
the Side(54) that are given, for a status also of one Account(1). A scope that would be wider here
than it was meant is refused.
"""

from typing import Final

from gateway.decision import Decision
from gateway.events import MassCancelEntered, RequestRefused
from gateway.orders import telling
from gateway.orders.cancelers import MASS_CANCEL
from gateway.orders.lengths import id_too_long
from gateway.orders.on_behalf import is_theirs
from gateway.orders.order import Order
from gateway.orders.requests import enter_cancel, refuse_request, too_fast, unsupported
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.setup import Client
from gateway.translate import mass, outbound
from gateway.translate.mass import NOT_SUPPORTED, OTHER, UNKNOWN_SECURITY
from sessions.message import Message

SECURITY: Final = "1"  # MassCancelRequestType(530) and MassStatusReqType(585) alike
ALL: Final = "7"
CONTRACT: Final = ("22", "48", "65", "167", "200", "201", "202", "205", "206", "207", "541")
NARROWER: Final = ("336", "453", "461", "625", "711")
"""Of scopes that are not served: trading sessions, parties, CFI codes, underlyings."""


def cancel(decision: Decision, client: Client, message: Message) -> None:
    """Handle one OrderMassCancelRequest(q): like any cancel it passes every check."""
    if not client.dialect.mass_requests:
        unsupported(decision, client, message)
        return
    cl_ord_id = message.fields.get("11", "")
    refusal = id_too_long(client, "ClOrdID(11)", cl_ord_id) or missing(message, "11")
    if refusal is not None:
        answer_refused(decision, client, message, OTHER, refusal)
        return
    if decision.state.book.is_used(client.link, cl_ord_id):
        refusal = Refusal(Code.DUPLICATE_CL_ORD_ID, f"cl_ord_id={cl_ord_id}")
    else:
        refusal = _scope_problem(message, "530")
    orders = _matching(decision, client, message, "530") if refusal is None else []
    if not orders and is_too_fast(decision, client, message):
        return
    if refusal is not None:
        refuse(decision, client, message, cl_ord_id, refusal)
        return
    fields = message.fields
    event = MassCancelEntered(
        client.link,
        cl_ord_id,
        fields["530"],
        fields.get("55", ""),
        fields.get("54", ""),
        len(orders),
    )
    decision.emit(0, event)
    report_id = report_id_of(decision, message)
    body = mass.cancel_report(client.dialect, message, report_id, orders, decision.now)
    decision.send(client.link, "r", body, 0)
    for order in orders:
        enter_cancel(decision, order, "", order.cl_ord_id, f"{MASS_CANCEL}{cl_ord_id}", "")
    decision.order_no = 0


def status(decision: Decision, client: Client, message: Message) -> None:
    """Handle one OrderMassStatusRequest(AF): a report an order, or one that says there is none."""
    dialect = client.dialect
    if not dialect.mass_requests:
        unsupported(decision, client, message)
        return
    request_id = message.fields.get("584", "")
    refusal = (
        id_too_long(client, "MassStatusReqID(584)", request_id)
        or too_fast(decision, client)
        or missing(message, "584")
        or _scope_problem(message, "585")
    )
    if refusal is not None:
        refuse_request(decision, client, message, refusal)
        return
    orders = _matching(decision, client, message, "585")
    for number, order in enumerate(orders, 1):
        is_unknown = order.unknown or decision.state.divisions.is_unknown(order)
        text = Refusal(Code.UNKNOWN_STATE).text if is_unknown else order.text
        mark = mass.status_mark(dialect, request_id, len(orders), number)
        mark += outbound.held_mark(dialect, order)
        telling.execution_report(decision, client, order, "I", order.cl_ord_id, "", "0", mark, text)
    if not orders:
        decision.send(client.link, "8", mass.no_status(dialect, message, decision.now), 0)


def _matching(decision: Decision, client: Client, message: Message, kind: str) -> list[Order]:
    """The client's open orders in the scope of a request; for a cancel those it is news to."""
    if not decision.state.book.open_count(client.link):
        return []
    fields = message.fields
    symbol = fields.get("55", "") if fields.get(kind) == SECURITY else ""
    side = fields.get("54", "")
    account = fields.get("1", "") if kind == "585" else ""
    contract = [f"{tag}={fields[tag]}" for tag in CONTRACT if tag in fields]
    return [
        order
        for order in decision.state.book.open.values()
        if order.link == client.link
        and not order.whole_no
        and is_theirs(client, message, order)
        and (not symbol or order.symbol == symbol)
        and (not side or order.side == side)
        and (not account or order.account == account)
        and (kind == "585" or (order.pending_cancel is None and not order.is_ours))
        and _is_of_contract(order, contract)
    ]


def _is_of_contract(order: Order, contract: list[str]) -> bool:
    """Whether the order names the same contract, in all that the request says of it."""
    extra = f"\x01{order.extra}" if contract else ""
    return all(f"\x01{pair}\x01" in extra for pair in contract)


def _scope_problem(message: Message, kind: str) -> Refusal | None:
    """The scope of a request must be one that is understood whole."""
    fields = message.fields
    scope = fields.get(kind, "")
    if scope not in (SECURITY, ALL):
        return Refusal(Code.SCOPE_UNSUPPORTED, f"tag={kind} value={scope}")
    for tag in NARROWER:
        if tag in fields:
            return Refusal(Code.SCOPE_UNSUPPORTED, f"tag={tag}")
    return missing(message, "55") if scope == SECURITY else None


def missing(message: Message, tag: str) -> Refusal | None:
    """Also where a client's messages are taken without a check."""
    return None if message.fields.get(tag, "") else Refusal(Code.FIELD_MISSING, f"tag={tag}")


def refuse(
    decision: Decision, client: Client, message: Message, cl_ord_id: str, refusal: Refusal
) -> None:
    """Remember that the id is used, and say why nothing comes of it."""
    event = RequestRefused(
        0, client.link, "q", cl_ord_id, "", refusal.cxl_rej_reason, refusal.code, refusal.text
    )
    decision.emit(0, event)
    reason = OTHER
    if refusal.code in (Code.SCOPE_UNSUPPORTED, Code.HALT_INVALID):
        reason = NOT_SUPPORTED
    elif refusal.code == Code.FIELD_MISSING:
        reason = UNKNOWN_SECURITY
    answer_refused(decision, client, message, reason, refusal)


def answer_refused(
    decision: Decision, client: Client, message: Message, reason: int, refusal: Refusal
) -> None:
    decision.refuse(client.link, refusal)
    report_id = report_id_of(decision, message)
    dialect = client.dialect
    body = mass.cancel_refused(dialect, message, report_id, reason, refusal.text, decision.now)
    decision.send(client.link, "r", body, 0)


def is_too_fast(decision: Decision, client: Client, message: Message) -> bool:
    """Whether a request that changes nothing comes too soon after others; its client is told, and
    nothing is kept of it.
    """
    slow_down = too_fast(decision, client)
    if slow_down is None:
        return False
    answer_refused(decision, client, message, OTHER, slow_down)
    return True


def report_id_of(decision: Decision, message: Message) -> str:
    """OrderID(37) of an answer: what there is of an id of the request itself."""
    return f"M-{decision.now}-{message.fields.get('34', '0')}"
