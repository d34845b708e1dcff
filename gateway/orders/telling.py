"""What clients are told of their orders, and the same again for the drop copies that are for it.

Every ExecutionReport(8) on an order and every OrderCancelReject(9) goes this way. A copy is written
in its own session's version; where that is the client's, it is the same text.
"""

from typing import Final

from gateway.copies import DropCopy
from gateway.decision import Decision, Heard
from gateway.orders.cancelers import AUTOMATIC
from gateway.orders.order import Order
from gateway.refusals import Refusal
from gateway.setup import Client
from gateway.translate import outbound
from gateway.translate.copies import copied, detail_in
from gateway.translate.dialects import Dialect
from gateway.translate.inbound import OrderTerms
from sessions.values import fix_text

TRIGGERED: Final = "L"  # ExecType(150)
SETTLED: Final = "settled by the operator:"  # how Text(58) begins
OF_TRADES: Final = frozenset({"F", "G", "H"})


def execution_report(
    decision: Decision,
    client: Client,
    order: Order,
    exec_type: str,
    cl_ord_id: str,
    orig_cl_ord_id: str,
    exec_id: str,
    detail: str = "",
    text: str = "",
) -> None:
    """An ExecutionReport(8) on an order as it now stands; see `outbound.execution_report`."""
    dialect, now = client.dialect, decision.now
    body = outbound.execution_report(
        dialect, order, exec_type, cl_ord_id, orig_cl_ord_id, exec_id, now, detail, text
    )
    decision.send(client.link, "8", body, order.order_no)
    for copy in client.copies:
        if not copy.wants(client.scopes, order.account, order.symbol):
            continue
        same = body
        if copy.dialect is not dialect:
            same = _in_words_of(
                decision, copy, order, exec_type, cl_ord_id, orig_cl_ord_id, exec_id, detail, text
            )
        same = copied(same, client.comp_id, copy.tags["8"])
        decision.send(copy.link, "8", same, order.order_no)


def _in_words_of(
    decision: Decision,
    copy: DropCopy,
    order: Order,
    exec_type: str,
    cl_ord_id: str,
    orig_cl_ord_id: str,
    exec_id: str,
    detail: str,
    text: str,
) -> str:
    """The same report in the version of a drop copy."""
    kind, more, now = exec_type, detail_in(copy.dialect, detail), decision.now
    if kind == TRIGGERED:
        kind, more = _triggered_in(copy.dialect, more)
    return outbound.execution_report(
        copy.dialect, order, kind, cl_ord_id, orig_cl_ord_id, exec_id, now, more, text
    )


def order_refused(
    decision: Decision,
    client: Client,
    terms: OrderTerms,
    order_id: str,
    exec_id: str,
    refusal: Refusal,
    order_no: int,
) -> None:
    """An ExecutionReport(8) for an order that never became one."""
    now = decision.now
    body = outbound.refused_order(client.dialect, terms, order_id, exec_id, refusal, now)
    way_back = terms.way_back if order_no else ""  # what concerns no order gets it anyhow
    decision.send(client.link, "8", way_back + body, order_no)
    for copy in client.copies:
        if copy.wants(client.scopes, terms.account, terms.symbol):
            same = outbound.refused_order(copy.dialect, terms, order_id, exec_id, refusal, now)
            same = copied(same, client.comp_id, copy.tags["8"])
            decision.send(copy.link, "8", same, order_no)


def cancel_reject(
    decision: Decision,
    client: Client,
    order: Order | None,
    msg_type: str,
    cl_ord_id: str,
    orig_cl_ord_id: str,
    reason: int,
    text: str,
) -> None:
    """An OrderCancelReject(9) to a cancel ("F") or replace ("G"); without an order: unknown."""
    order_no = order.order_no if order is not None else 0
    account = order.account if order is not None else ""
    symbol = order.symbol if order is not None else ""
    now = decision.now
    body = outbound.cancel_reject(
        client.dialect, order, msg_type, cl_ord_id, orig_cl_ord_id, reason, text, now
    )
    decision.send(client.link, "9", body, order_no)
    for copy in client.copies:
        if "9" in copy.tags and copy.wants(client.scopes, account, symbol):
            same = outbound.cancel_reject(
                copy.dialect, order, msg_type, cl_ord_id, orig_cl_ord_id, reason, text, now
            )
            decision.send(copy.link, "9", copied(same, client.comp_id, copy.tags["9"]), order_no)


def report(
    decision: Decision,
    order: Order,
    exec_type: str,
    cl_ord_id: str,
    orig_cl_ord_id: str,
    detail: str = "",
    text: str = "",
) -> None:
    """Tell the order's client; one that is no longer configured cannot be told, but who gets drop
    copies is. Of a part it is told what its whole has executed.
    """
    client = decision.setup.clients.get(order.link)
    exec_id = order.report_id()
    if order.division is not None and order.division.whole_no:
        whole = _told_of_whole(decision, order, exec_type, detail, text)
        if whole is None:
            return
        order, cl_ord_id = whole, whole.cl_ord_id
    if client is None:
        gone = decision.state.links[order.link].defined
        decision.alarm(
            f"{order!r}: its client {gone.name} is no longer configured and was not told of"
            f" ExecType(150)={exec_type}, CumQty(14)={order.cum_qty}"
        )
        for copy in decision.setup.copies.values():
            if copy.wants((), order.account, order.symbol):
                same = _in_words_of(
                    decision,
                    copy,
                    order,
                    exec_type,
                    cl_ord_id,
                    orig_cl_ord_id,
                    exec_id,
                    detail,
                    text,
                )
                same = copied(same, gone.target_comp_id, copy.tags["8"])
                decision.send(copy.link, "8", same, order.order_no)
        return
    execution_report(
        decision, client, order, exec_type, cl_ord_id, orig_cl_ord_id, exec_id, detail, text
    )


def _told_of_whole(
    decision: Decision, part: Order, exec_type: str, detail: str, text: str
) -> Order | None:
    """The order to tell an execution of; all else is heard by who looks after it (`wholes`)."""
    if exec_type not in OF_TRADES:
        decision.heard += (Heard(part, exec_type, detail, text),)
        return None
    whole = decision.state.book.get(part.whole_no)
    if whole is None:
        what = f"ExecType(150)={exec_type}, CumQty(14)={part.cum_qty}"
        decision.alarm(f"{part!r}: its whole is forgotten, and its client was not told of {what}")
    return whole


def canceled_by(who: str) -> str:
    """Text(58) of a cancel that its client did not ask for."""
    by = who if who.startswith(AUTOMATIC) else f"the operator {who}"
    return f"canceled by {fix_text(by)}"


def restatement(decision: Decision, order: Order, reason: str) -> str:
    """The field that says why it was changed, "" for an empty reason."""
    client = decision.setup.clients.get(order.link)
    if client is None or not reason:
        return ""
    return outbound.restatement_reason(client.dialect, reason)


def working_indicator(decision: Decision, order: Order, value: str) -> str:
    """WorkingIndicator(636) as a field, where the client's version has it."""
    client = decision.setup.clients.get(order.link)
    if client is None or not value:
        return ""
    return f"636={value}\x01" if client.dialect.working_indicator else ""


def triggered(decision: Decision, order: Order, working: str, text: str) -> None:
    """Tell that an order is triggered: before FIX.5.0 as a restatement."""
    client = decision.setup.clients.get(order.link)
    kind, detail = TRIGGERED, working_indicator(decision, order, working)
    if client is not None:
        kind, detail = _triggered_in(client.dialect, detail)
    report(decision, order, kind, order.cl_ord_id, "", detail, text)


def _triggered_in(dialect: Dialect, detail: str) -> tuple[str, str]:
    """ExecType(150) and further fields of such a report in a version."""
    if dialect.triggered:
        return TRIGGERED, detail
    reason = outbound.restatement_reason(dialect, outbound.OTHER_RESTATEMENT)
    return "D", detail + reason
