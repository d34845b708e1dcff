"""The totals of a day, and everything that must hold between them.

Pure: counters in, numbers and complaints out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from gateway.refusals import BY_BROKER, code_in
from tools.client_simulator import ClientOrder, latency_us, percentile
from tools.demo.day import Day
from tools.demo.record import Record
from tools.demo.trader import CANCELED, EXPIRED, FILLED, REJECTED
from tools.fix_peer import tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What `fixgate demo --json` prints."""

    orders: int
    acknowledged: int
    filled: int
    canceled: int
    replaced: int
    rejected_by_risk: int
    rejected_by_broker: int
    executions: int
    messages_in: int
    messages_out: int
    messages_in_audit: int
    resent: int
    chain_ok: bool
    p50_us: float
    p99_us: float

    def as_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        return asdict(self)


def totals_of(day: Day, record: Record) -> Totals:
    """The numbers, as clients and broker counted them; the audit's own from the record."""
    orders = [order for _, order in day.orders]
    books = [trader.client.book for trader in day.traders]
    links = [link[-1] for link in day.links]
    latencies = sorted(latency_us(order) for order in orders if _measured(order))
    rejected = [order for order in orders if order.status == REJECTED]
    by_risk = [order for order in rejected if code_in(order.text) != BY_BROKER]
    return Totals(
        orders=len(orders),
        acknowledged=sum(book.accepted for book in books),
        filled=sum(order.status == FILLED for order in orders),
        canceled=sum(order.status in (CANCELED, EXPIRED) for order in orders),
        replaced=sum(book.replaced for book in books),
        rejected_by_risk=len(by_risk),
        rejected_by_broker=len(rejected) - len(by_risk),
        executions=sum(book.executions for book in books),
        messages_in=sum(counts.messages_out for counts in links),
        messages_out=sum(counts.messages_in for counts in links),
        messages_in_audit=record.messages,
        resent=record.resent,
        chain_ok=record.chain_ok,
        p50_us=round(percentile(latencies, 50), 1),
        p99_us=round(percentile(latencies, 99), 1),
    )


def faults(day: Day, totals: Totals, record: Record) -> Iterator[str]:
    """Everything that does not hold; nothing when all is well."""
    told = day.broker.told()
    ended = totals.filled + totals.canceled + totals.rejected_by_risk + totals.rejected_by_broker
    sent_on = totals.orders - totals.rejected_by_risk
    messages = totals.messages_in + totals.messages_out
    lost = [m for trader in day.traders for m in trader.lost]
    lost_reports = sum(message.msg_type not in tags.SESSION_MESSAGES for message in lost)
    equal = (
        ("orders sent, planned", totals.orders, day.planned),
        ("orders ended, sent", ended, totals.orders),
        ("orders in the audit database, sent", record.orders, totals.orders),
        ("orders at the broker, passed by risk", told.orders, sent_on),
        (
            "orders refused by the broker, told to clients",
            told.rejected,
            totals.rejected_by_broker,
        ),
        (
            "orders acknowledged, taken by the broker",
            totals.acknowledged,
            sent_on - totals.rejected_by_broker,
        ),
        ("executions at the clients, made by the broker", totals.executions, told.executions),
        ("executions in the audit database, at the clients", record.executions, totals.executions),
        ("messages in the audit database, in and out", totals.messages_in_audit, messages),
        ("messages sent again, lost by the client", totals.resent, lost_reports),
    )
    for what, found, wanted in equal:
        if found != wanted:
            yield f"{what}: {found} is not {wanted}"
    if not lost_reports:
        yield "no message was lost, so none was sent again"
    yield from (f"an order reached the broker twice: {cl_ord_id}" for cl_ord_id in told.doubled)
    for trader in day.traders:
        yield from trader.problems
        yield from trader.client.stats().problems
    for link in day.broker.links():
        yield from link[-1].problems
    yield from record.problems


def _measured(order: ClientOrder) -> bool:
    return bool(order.answered_ns) and not order.interrupted
