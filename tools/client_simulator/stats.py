"""What the client has sent, seen and measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tools.client_simulator.core import ClientCore
from tools.client_simulator.orders import ClientOrder
from tools.fix_peer import LinkCounts, Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientStats:
    """One moment's numbers; orders by where they stand now."""

    orders: int
    cancels: int
    replaces: int
    status_requests: int
    acknowledged: int
    """Orders that were told to be New."""
    filled: int
    canceled: int
    canceled_after_fills: int
    replaced: int
    rejected: int
    rejections: dict[str, int]
    """Refused orders by the start of Text(58), up to its first colon."""
    cancel_rejects: int
    duplicate_rejects: int
    message_rejects: int
    open: int
    unanswered: int
    executions: int
    repeated_executions: int
    reports: int
    p50_us: float
    p99_us: float
    max_us: float
    """New order sent to its first answer; orders in flight when the connection broke left out."""
    problems: list[str]
    """What did not add up, in the reports or in the session; empty when all is well."""
    next_in: int
    next_out: int
    link: dict[str, Any]
    """The counters of every FIX message in and out."""

    def as_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        return asdict(self)


def stats_of(core: ClientCore, memory: Memory, counts: LinkCounts) -> ClientStats:
    """The numbers as they are now."""
    book = core.book
    statuses = Counter(order.status for order in book.orders)
    latencies_us = sorted(latency_us(order) for order in book.orders if _measured(order))
    canceled = [order for order in book.orders if order.status == "4"]
    return ClientStats(
        orders=len(book.orders),
        cancels=core.cancels,
        replaces=core.replaces,
        status_requests=core.status_requests,
        acknowledged=book.accepted,
        filled=statuses["2"],
        canceled=len(canceled),
        canceled_after_fills=sum(1 for order in canceled if order.cum),
        replaced=book.replaced,
        rejected=statuses["8"],
        rejections=_rejections(book.orders),
        cancel_rejects=book.cancel_rejects,
        duplicate_rejects=book.duplicate_rejects,
        message_rejects=book.message_rejects,
        open=sum(1 for order in book.orders if order.status and not order.closed),
        unanswered=len(book.unanswered),
        executions=book.executions,
        repeated_executions=book.repeated_executions,
        reports=book.reports,
        p50_us=percentile(latencies_us, 50),
        p99_us=percentile(latencies_us, 99),
        max_us=percentile(latencies_us, 100),
        problems=[*book.problems, *counts.problems],
        next_in=memory.next_in,
        next_out=memory.next_out,
        link=counts.as_dict(),
    )


def percentile(values: Sequence[float], percent: int) -> float:
    """Of sorted values the smallest that is at least as large as `percent` of them; 0 of none."""
    if not values:
        return 0.0
    return values[max(0, -(-len(values) * percent // 100) - 1)]


def latency_us(order: ClientOrder) -> float:
    """New order sent to its first answer."""
    return (order.answered_ns - order.sent_ns) / 1000


def _measured(order: ClientOrder) -> bool:
    return bool(order.answered_ns and order.sent_ns) and not order.interrupted


def _rejections(orders: Sequence[ClientOrder]) -> dict[str, int]:
    words = (order.text.partition(":")[0] for order in orders if order.status == "8")
    return dict(sorted(Counter(words).items()))
