"""Brings an order that is at work in parts in line with them: its client knows the whole alone.

Executions are told one by one as parts have them (`telling`). What else happens to a part is heard
here at the end of the same decision: whether the whole is accepted, over, or its request answered.
"""

from decimal import Decimal
from typing import Final

from gateway.decision import Decision, Heard
from gateway.events import OrderAccepted, OrderMarked
from gateway.orders import held, moving
from gateway.orders.choosing import Choice
from gateway.orders.dividing import DAY, divided, part_problem
from gateway.orders.extras import field_of
from gateway.orders.numbers import number
from gateway.orders.order import ZERO, Order
from gateway.orders.parts import send_parts
from gateway.orders.replaced import OTHER
from gateway.orders.reports import NOT_FOUND, canceled, reject_order
from gateway.orders.request_rejects import last_refusal, refuse_requests, reject_request
from gateway.orders.requests import cancel_part
from gateway.orders.routes import take, tell_routing
from gateway.orders.scopes import stopped_by
from gateway.orders.telling import SETTLED, report
from gateway.refusal_codes import Code
from gateway.routing import NO_BROKERS
from sessions.values import format_decimal

CANCELED: Final = "4"  # ExecType(150)
REJECTED: Final = "8"
MARKS: Final = frozenset({"3", "B", "C"})
ENDS: Final = MARKS | {CANCELED, REJECTED}
UNTOLD: Final = frozenset({"7", "9", "D", "L"})
"""What a broker may do to a part that means nothing of the whole."""
OTHER_REASON: Final = 99  # OrdRejReason(103), CxlRejReason(102)
NOT_THEIR_WORD: Final = (NOT_FOUND, SETTLED)
NOWHERE: Final = "no broker can have the rest"


def settle(decision: Decision) -> None:
    """Do so with all that something has happened to."""
    touched, order_no = decision.state.divisions.touched, decision.order_no
    for whole_no in list(touched):
        whole = decision.state.book.get(whole_no)
        if whole is not None and whole.is_whole:
            heard = [one for one in decision.heard if one.part.whole_no == whole_no]
            _bring_in_line(decision, whole, heard)
    touched.clear()
    decision.heard = ()
    decision.order_no = order_no


def _bring_in_line(decision: Decision, whole: Order, heard: list[Heard]) -> None:
    parts = decision.state.divisions.of(whole)
    for one in heard:
        if one.exec_type in UNTOLD:
            text = f"its broker reports ExecType(150)={one.exec_type}, its client is not told"
            decision.alarm(f"{one.part!r}: {text}")
    if not (whole.accepted or whole.ended) and any(part.accepted for part in parts):
        decision.emit(whole.order_no, OrderAccepted(whole.order_no, ""))
        report(decision, whole, "0", whole.cl_ord_id, "")
    if whole.over and not whole.done_for_day:
        _cancel_surplus(decision, whole, parts)
    elif not parts:
        _end(decision, whole, heard)
    elif whole.open_requests:
        goes_on = any(not part.over for part in parts)  # else executions alone are missing
        if goes_on and not any(part.open_requests for part in parts):
            _refuse(decision, whole, parts)
    else:
        _divide_again(decision, whole, heard)


def _cancel_surplus(decision: Decision, whole: Order, parts: list[Order]) -> None:
    """Of what is over nothing is to work: a part may have got more than it was to have, or work
    again as an execution was taken back. It is canceled once, then people have to see to it.
    """
    surplus = decision.state.divisions.surplus
    for part in parts:
        if not part.over and part.pending_cancel is None:
            decision.alarm(f"{part!r}: works, and {whole!r}, which it is a part of, is over")
            if part.order_no not in surplus:
                surplus.add(part.order_no)
                cancel_part(decision, whole, part)


def _refuse(decision: Decision, whole: Order, parts: list[Order]) -> None:
    """Some part goes on, for its broker did not cancel it: what was asked of the whole is not done.
    What a replace has canceled for nothing goes on as well.
    """
    said = [refusal for refusal in map(last_refusal, parts) if refusal is not None]
    reason, text = (said[0].cxl_rej_reason, said[0].text) if said else (OTHER_REASON, "")
    wants_cancel = whole.pending_cancel is not None
    for request in whole.open_requests:
        reject_request(decision, whole, request.broker_cl_ord_id, reason, text)
    if not wants_cancel:
        _divide_rest(decision, whole)


# --- the end ------------------------------------------------------------------------------------


def _end(decision: Decision, whole: Order, heard: list[Heard]) -> None:
    """All parts are over, and all that they executed is told."""
    cancel = whole.pending_cancel
    if whole.filled:
        refuse_requests(decision, whole, Code.TOO_LATE)
    elif cancel is not None:
        canceled(decision, whole, cancel, "", "")
        refuse_requests(decision, whole, Code.TOO_LATE)
    elif whole.open_requests:
        held.replace(decision, whole, whole.open_requests[0])
        if not whole.filled and not _divide_rest(decision, whole):
            canceled(decision, whole, None, OTHER, NOWHERE)
    elif not _divide_again(decision, whole, heard):
        _end_as(decision, whole, heard)


def _end_as(decision: Decision, whole: Order, heard: list[Heard]) -> None:
    """It ends as its last part did; rejected only if all were."""
    ends = [one for one in heard if one.exec_type in ENDS]
    kind, detail, text = _last_end(decision, whole)
    if ends:
        kind, detail, text = ends[-1].exec_type, ends[-1].detail, ends[-1].text
    if kind in MARKS:
        if kind == "3" and whole.done_for_day:
            return  # told before
        decision.emit(whole.order_no, OrderMarked(whole.order_no, kind, text))
        report(decision, whole, kind, whole.cl_ord_id, "", text=text)
    elif kind == REJECTED and not whole.accepted and _all_rejected(decision, whole):
        reason = int(number(field_of(detail, "103"))) or OTHER_REASON
        reject_order(decision, whole, reason, text)
    else:
        canceled(decision, whole, None, field_of(detail, "378"), text)


def _last_end(decision: Decision, whole: Order) -> tuple[str, str, str]:
    """How a part has ended of which nothing was said in this decision."""
    parts = _known(decision, whole)
    if not parts:
        return CANCELED, "", ""
    last = parts[-1]
    kind = "3" if last.done_for_day and not last.ended else last.ended
    return kind or CANCELED, "", last.text


def _all_rejected(decision: Decision, whole: Order) -> bool:
    return all(part.ended == REJECTED for part in _known(decision, whole))


def _known(decision: Decision, whole: Order) -> list[Order]:
    division, book = whole.division, decision.state.book
    numbers = division.parts if division is not None else ()
    return [part for part in map(book.look_at, numbers) if part is not None]


# --- what is left -------------------------------------------------------------------------------


def _divide_again(decision: Decision, whole: Order, heard: list[Heard]) -> bool:
    """What brokers have ended unasked of an order of the day goes to others, where the route fails
    over and the brokers say so themselves: that, and nothing that was left before, for another word
    or on purpose. Whether any of it did.
    """
    route = decision.setup.routes.by_name.get(whole.route)
    if route is None or not route.fails_over or whole.terms.time_in_force != DAY:
        return False
    ends = [one for one in heard if one.exec_type == CANCELED and _is_unasked(one.part)]
    parts = [one.part for one in ends if not one.text.startswith(NOT_THEIR_WORD)]
    if not parts:
        return False
    left = sum([part.terms.order_qty - part.cum_qty for part in parts], ZERO)
    tried = [part.broker for part in _known(decision, whole) if _is_unasked(part)]
    return _divide_rest(decision, whole, frozenset(tried), left)


def _is_unasked(part: Order) -> bool:
    """Whether its broker has ended it, and nobody here had asked for anything of it."""
    return part.ended == CANCELED and part.names is None


def _divide_rest(
    decision: Decision,
    whole: Order,
    tried: frozenset[str] = NO_BROKERS,
    most: Decimal | None = None,
) -> bool:
    """Send what nobody works, so much at `most`; not while it is uncertain how much that is.
    Whether it goes on.
    """
    state, client = decision.state, decision.client(whole.link)
    route = decision.setup.routes.by_name.get(whole.route)
    parts = state.divisions.of(whole)
    rest = whole.leaves_qty - sum([part.leaves_qty for part in parts], ZERO)
    rest = rest if most is None else min(rest, most)
    if client is None or route is None or rest <= ZERO or any(part.unknown for part in parts):
        return False
    if decision.refuse_new or state.day.is_behind(whole) or stopped_by(decision, whole, rest):
        return False
    terms = moving.wanted(whole, decision.now)
    terms.quantity, terms.order_qty = rest, format_decimal(rest)
    if part_problem(decision, client, terms, "") is not None:
        return False
    choice = divided(decision, client, terms, route, 1, tried)
    if not isinstance(choice, Choice):
        return False
    take(terms, choice)
    tell_routing(decision, whole.order_no, terms, route)
    send_parts(decision, whole, route, choice.shares)
    return True
