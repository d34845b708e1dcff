"""Closed orders as a few hundred bytes each, from which the order can be made again.

Most orders are closed most of the day and nobody asks for them again, but a late fill, a bust or
a client may. What is left out is what a closed order has not (requests, history, a reservation, a
place in the queue) and what follows from the rest.
"""

import marshal
from sys import intern
from typing import Any, Final

from gateway.orders.order import ZERO, Order
from gateway.orders.order_parts import Division, Execution, Slice, Terms
from sessions.values import recorded_decimal

SOH: Final = "\x01"  # in no value that is written between two of them: see `events.coding`
_FORMAT: Final = 4  # of marshal; the bytes never leave the process


def can_be_shelved(order: Order) -> bool:
    """Whether bytes can hold all of a closed order."""
    if order.open_requests or order.held is not None:
        return False
    return order.history is None and order.reserved is None


def shelved(order: Order) -> bytes:
    """An order that `can_be_shelved`, without its number."""
    terms = order.terms
    texts = SOH.join(  # one text is written sooner than many, and takes less
        (
            order.order_id,
            order.cl_ord_id,
            order.account,
            order.symbol,
            order.side,
            order.on_behalf_of,
            order.strategy,
            terms.ord_type,
            terms.time_in_force,
            str(terms.order_qty),
            terms.price,
            terms.stop_px,
            str(terms.risk_price),
            order.route,
            order.broker,
            order.broker_cl_ord_id,
            order.sent_as,
            order.time_sent_as,
            order.leg,
            order.leg_price,
            order.ended,
        )
    )
    others = (order.broker_order_id, order.extra, order.way_back, order.text)
    numbers = (order.link, order.entered_ns, order.expires_ns, order.report_count, order.segment)
    marks = (
        order.accepted,
        order.replaced,
        order.unknown,
        order.done_for_day,
        order.stopped,
        order.suspended,
        order.calculated,
        order.taken_here,
    )
    facts: Any = (texts, others, numbers, marks, _parts_of(order))
    if order.date or order.adjusted:  # else no business date is kept
        facts += _of_days(order)
    return marshal.dumps(facts, _FORMAT)


def _parts_of(order: Order) -> tuple[Any, ...]:
    """What most orders have none of, but executions."""
    ledger = order.executions
    rows = None
    if ledger is not None:
        rows = [_of_execution(exec_id, row) for exec_id, row in ledger.items()]
    of_list = (order.list_id, str(order.asked)) if order.list_id else None
    slice_, division = order.slice, order.division
    of_slice = _of_slice(slice_) if slice_ is not None else None
    of_division = _of_division(division, order) if division is not None else None
    return (order.names, rows, of_list, of_slice, of_division, order.past)


def _of_execution(exec_id: str, row: Execution) -> tuple[Any, ...]:
    kept = (exec_id, row.report_no, str(row.last_qty), str(row.last_px))
    return (*kept, row.trade_date) if row.trade_date else kept


def _of_slice(slice_: Slice) -> tuple[Any, ...]:
    quantities = (str(slice_.order_qty), str(slice_.cum_qty), str(slice_.others))
    return (slice_.number, slice_.first, *quantities)


def _of_division(division: Division, order: Order) -> tuple[Any, ...]:
    """A whole has no executions of its own that would make its sums."""
    return (division.whole_no, division.parts, str(order.cum_qty), str(order.notional))


def _set_division(order: Order, of_division: Any) -> None:
    if of_division is None:
        return
    whole_no, parts, cum_qty, notional = of_division
    order.division = Division(whole_no, parts)
    order.cum_qty, order.notional = recorded_decimal(cum_qty), recorded_decimal(notional)


def _set_slice(order: Order, number: int, first: int, quantities: list[str]) -> None:
    order_qty, cum_qty, others = [recorded_decimal(text) for text in quantities]
    order.slice = Slice(number, order_qty, others, first)
    order.slice.cum_qty = cum_qty


def _of_days(order: Order) -> tuple[Any, ...]:
    """Its business date, and more only of one that has stood at several."""
    ledger = order.executions or {}
    dates = [row.date for row in ledger.values()]
    is_plain = order.before_qty is None and not order.adjusted
    if is_plain and all(date == order.date for date in dates):
        return (order.date,)
    before = None if order.before_qty is None else str(order.before_qty)
    counts = [str(row.counts) for row in ledger.values()]
    return (order.date, order.adjusted, before, str(order.before_notional), dates, counts)


def _terms_in(texts: list[str]) -> Terms:
    """The terms that a list of texts begins with."""
    ord_type, time_in_force, order_qty, price, stop_px, risk_price = texts[:6]
    return Terms(
        intern(ord_type),
        intern(time_in_force),
        recorded_decimal(order_qty),
        intern(price),
        stop_px,
        recorded_decimal(risk_price),
    )


def unshelved(order_no: int, data: bytes) -> Order:
    """The order that was shelved."""
    facts: Any = marshal.loads(data)  # noqa: S302 - bytes of this process
    texts, others, numbers, marks, kept, *days = facts
    order_id, cl_ord_id, account, symbol, side, on_behalf_of, strategy, *rest = texts.split(SOH)
    places = rest[6:]
    names, rows, of_list, of_slice, of_division, past = kept
    link, entered_ns, expires_ns, report_count, segment = numbers
    order = Order(
        order_no,
        order_id,
        link,
        cl_ord_id,
        intern(account),
        intern(symbol),
        intern(side),
        _terms_in(rest),
        entered_ns,
    )
    order.on_behalf_of, order.strategy = intern(on_behalf_of), intern(strategy)
    order.route, order.broker = intern(places[0]), intern(places[1])
    order.broker_cl_ord_id, order.sent_as, order.time_sent_as = places[2:5]
    order.leg, order.leg_price, order.ended = intern(places[5]), places[6], places[7]
    order.broker_order_id, extra, way_back, order.text = others
    order.extra, order.way_back = intern(extra), intern(way_back)
    order.expires_ns, order.report_count, order.segment = expires_ns, report_count, segment
    order.accepted, order.replaced, order.unknown, *more = marks
    order.done_for_day, order.stopped, order.suspended, order.calculated, order.taken_here = more
    if of_list is not None:
        list_id, asked_qty = of_list
        order.list_id = intern(list_id)
        order.asked = recorded_decimal(asked_qty)
    order.history = None
    order.names = names
    order.past = past
    if days:
        order.date = days[0]
    if rows is not None:
        _set_executions(order, rows)
    if of_slice is not None:
        _set_slice(order, of_slice[0], of_slice[1], list(of_slice[2:]))
    _set_division(order, of_division)
    if len(days) > 1:
        _set_days(order, days)
    return order


def _set_days(order: Order, days: Any) -> None:
    _, order.adjusted, before, before_notional, dates, counts = days
    order.before_qty = None if before is None else recorded_decimal(before)
    order.before_notional = recorded_decimal(before_notional)
    order.cum_qty = ZERO
    for row, date, count in zip((order.executions or {}).values(), dates, counts, strict=True):
        row.date, row.counts = date, recorded_decimal(count)
        order.cum_qty += row.counts


def _set_executions(order: Order, rows: Any) -> None:
    ledger: dict[str, Execution] = {}
    cum_qty, notional = ZERO, ZERO
    for exec_id, report_no, qty, px, *dated in rows:
        last_qty, last_px = recorded_decimal(qty), recorded_decimal(px)
        ledger[exec_id] = execution = Execution(report_no, last_qty, last_px, order.date)
        execution.trade_date = dated[0] if dated else 0
        cum_qty += last_qty
        notional += last_qty * last_px
    order.executions = ledger
    order.cum_qty = cum_qty
    order.notional = notional
