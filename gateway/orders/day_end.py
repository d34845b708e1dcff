"""The end of orders whose day is over: the broker's own word ends them, and nothing else by itself.

FIX has the broker say DoneForDay or Expired. What it has not said so within a grace is unknown: it
is asked for, in sight, its exposure stays. Only a broker that is set so (`day_end = "gateway"`)
may keep silent: what it has been asked for in vain is expired here.
"""

from typing import Final

from gateway.days import as_text
from gateway.decision import Decision
from gateway.events import ExpirySet, OrderExpired, OrderUnknown
from gateway.ids import first_ids
from gateway.orders.extras import field_of
from gateway.orders.order import GOOD_TILL, Order
from gateway.orders.request_rejects import refuse_requests
from gateway.orders.telling import report
from gateway.refusal_codes import Code
from gateway.setup import Broker
from gateway.translate.inbound import BrokerReport
from sessions.values import parse_utc_timestamp

AT_ONCE: Final = 250
IN_QUEUE: Final = "EXPIRED: its day was over before it could be sent to its broker"
IN_SILENCE: Final = "EXPIRED: its day is over, and its broker has it no more or does not answer"
GTD: Final = "6"


class DayEnd:
    """Orders whose day is over, by number, no part of the fold: those that `wait` for their
    broker's word, and those that it was or is to be `asked` for. The others, by broker, are for
    alarms: OrderIDs(37).
    """

    __slots__ = ("asked", "expired", "unknown", "waiting", "working")

    def __init__(self) -> None:
        self.waiting: list[int] = []
        self.asked: dict[int, None] = {}
        self.unknown: dict[str, list[str]] = {}
        self.expired: dict[str, list[str]] = {}
        self.working: dict[str, list[str]] = {}


def is_over(order: Order, date: int, now: int) -> bool:
    """Whether an order of an earlier date has nothing to do in business date `date`, which began at
    `now` (UTC ns). The last day of a GTD order is ExpireDate(432), or it ends at ExpireTime(126).
    """
    time_in_force = order.terms.time_in_force
    if time_in_force not in GOOD_TILL:
        return True
    if time_in_force != GTD:
        return False
    day = field_of(order.extra, "432")
    if day:
        return day < str(date)
    try:
        return parse_utc_timestamp(field_of(order.extra, "126")) <= now
    except ValueError:
        return False


def begin(decision: Decision, end: DayEnd, order: Order) -> None:
    """The day of an open order is over. What never left is expired at once, and a broker in memory
    is told to expire its own.
    """
    if order.over or order.is_whole:
        return  # open only as executions of it may be missing, or for its parts
    if order.held is not None:
        expire(decision, order, IN_QUEUE)
    elif order.time_sent_as:  # its broker knows no end of it: we do, and it is now
        event = ExpirySet(order.order_no, decision.now, order.time_sent_as)
        decision.emit(order.order_no, event)
    elif order.broker in decision.state.brokers.in_memory:
        broker = decision.broker(order.broker)
        if broker is not None:
            decision.send(broker.link, "h", f"11={order.broker_cl_ord_id}\x01340=3\x01", 0)
    else:
        end.waiting.append(order.order_no)


def expire(decision: Decision, order: Order, text: str) -> None:
    """End an order here, and tell its client."""
    refuse_requests(decision, order, Code.TOO_LATE)
    decision.emit(order.order_no, OrderExpired(order.order_no, "", text))
    report(decision, order, "C", order.cl_ord_id, "", text=text)


def go_on(decision: Decision, end: DayEnd) -> None:
    """Time passes: some of those whose grace is over become unknown, some of those that were asked
    for in vain expire.
    """
    if end.waiting and decision.now >= decision.state.day.since_ns + _grace_ns(decision):
        _doubt_some(decision, end)
    if end.asked:
        _expire_some(decision, end)
    if end.working:
        _tell_working(decision, end)


def _grace_ns(decision: Decision) -> int:
    return decision.setup.day_end_grace_ns


def _doubt_some(decision: Decision, end: DayEnd) -> None:
    """Not those with a request open: its answer is on the way, and says more than one on the order
    that may have overtaken it.
    """
    answered_soon: list[int] = []
    for _ in range(min(AT_ONCE, len(end.waiting))):
        order = _still_over(decision, end.waiting.pop())
        if order is not None and order.open_requests:
            answered_soon.append(order.order_no)
        elif order is not None:
            _doubt(decision, end, order)
    if not end.waiting:
        for name, ids in end.unknown.items():
            decision.alarm(
                f"broker {name}: {len(ids)} order(s) whose day is over have no end from it: they"
                f" are unknown, and it is asked for them: {first_ids(ids)}"
            )
        end.unknown.clear()
    end.waiting[:0] = answered_soon


def _still_over(decision: Decision, order_no: int) -> Order | None:
    """The order, if it works and its day is over; a replace may have given it more days."""
    day = decision.state.day
    order = decision.state.book.open.get(order_no)
    if order is None or order.over or not is_over(order, day.date, day.since_ns):
        return None
    return order


def _doubt(decision: Decision, end: DayEnd, order: Order) -> None:
    end.unknown.setdefault(order.broker, []).append(order.order_id)
    end.asked[order.order_no] = None
    if not order.unknown:
        day = f" {as_text(order.date)}" if order.date else ""
        why = f"its business date{day} is over, and the broker did not end it"
        decision.emit(order.order_no, OrderUnknown(order.order_no, why))
    broker = decision.broker(order.broker)
    if broker is not None and broker.up:  # else it is asked for all when it is back
        broker.inquiry.to_ask.append(order.order_no)
        broker.asking = True


def _expire_some(decision: Decision, end: DayEnd) -> None:
    silent = {
        broker.name for broker in decision.setup.brokers.values() if _is_silent(decision, broker)
    }
    if not silent:
        return
    left = AT_ONCE
    for order_no in list(end.asked):
        order = _still_over(decision, order_no)
        if order is None or not order.unknown:
            del end.asked[order_no]
        elif order.broker in silent:
            del end.asked[order_no]
            expire(decision, order, IN_SILENCE)
            end.expired.setdefault(order.broker, []).append(order.order_id)
            left -= 1
            if not left:
                return
    for name, ids in end.expired.items():
        decision.alarm(
            f"broker {name}: {len(ids)} order(s) whose day is over were expired here:"
            f" {first_ids(ids)}"
        )
    end.expired.clear()


def _is_silent(decision: Decision, broker: Broker) -> bool:
    """Whether it has had as much time as the grace to answer all that it was asked."""
    inquiry = broker.inquiry
    if not (broker.expires_here and broker.up) or inquiry.to_ask or inquiry.mass_id:
        return False
    return decision.now >= inquiry.all_asked_ns + _grace_ns(decision)


def answered(decision: Decision, end: DayEnd, order: Order, said: BrokerReport) -> None:
    """The broker has said something of an order that it was asked for, by which it is not expired
    here: that there is no such order is as good as silence.
    """
    if said.ord_status == "8":
        return
    del end.asked[order.order_no]
    if not (order.closed or order.unknown):
        end.working.setdefault(order.broker, []).append(order.order_id)


def _tell_working(decision: Decision, end: DayEnd) -> None:
    """One alarm for all, once a broker has been asked for all."""
    for name, ids in list(end.working.items()):
        broker = decision.broker(name)
        if broker is None or not broker.inquiry.to_ask:
            del end.working[name]
            decision.alarm(
                f"broker {name}: {len(ids)} order(s) whose day is over work, it says:"
                f" {first_ids(ids)}"
            )
