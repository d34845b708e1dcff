"""What a broker is still to be asked, and what it has not answered. No part of the fold: a logon
begins it anew.
"""

from collections.abc import Container
from decimal import Decimal
from typing import Final

from gateway.risk.flow import TokenBucket

SECOND_NS: Final = 1_000_000_000
QUIET_NS: Final = 5 * SECOND_NS
"""What a broker does not find may be on its way to it: so much later it is asked again."""
UNANSWERED_MAX: Final = 200
"""Questions that may be on their way to a broker at once."""


class Reconcile:
    """How a broker is reconciled. `mass_status`: it answers OrderMassStatusRequest(AF);
    `ends_not_found`: a working order that it denies twice is canceled here.
    """

    __slots__ = ("closed_max", "ends_not_found", "mass_status", "time_limit_ns")

    def __init__(
        self, time_limit_ns: int, closed_max: int, mass_status: bool, ends_not_found: bool
    ) -> None:
        self.time_limit_ns = time_limit_ns
        self.closed_max = closed_max
        self.mass_status = mass_status
        self.ends_not_found = ends_not_found


class Inquiry:
    """Of one broker. Orders are meant by their numbers. At `all_asked_ns` (UTC ns) the last of them
    was asked for.

    `to_ask` and `closed_to_ask`: to be asked for, the next one last; `awaited` and
    `closed_awaited`: asked for or still to be, and not answered; `denied`: those that the broker
    did not find, each with when it is asked for again (UTC ns), less than 0 once that was done;
    `on_the_way`: questions that lately went out and were not answered, each with when (UTC ns), the
    oldest first; `covered`: the open orders of the reconciliation, answered or not; `lost_ns`: the
    loss for whose sake closed ones are asked for (UTC ns); `counted`: the largest CumQty(14) told
    of orders that are unknown because executions are missing; `mass_id`: MassStatusReqID(584) of
    the mass request that is being answered, "" for none, by `mass_told` reports up to now.
    """

    __slots__ = (
        "all_asked_ns",
        "asked",
        "awaited",
        "closed_awaited",
        "closed_to_ask",
        "closed_until_ns",
        "count",
        "counted",
        "covered",
        "denied",
        "is_open",
        "lost_ns",
        "mass_id",
        "mass_told",
        "mass_until_ns",
        "missing",
        "on_the_way",
        "to_ask",
        "until_ns",
    )

    def __init__(self) -> None:
        self.asked = TokenBucket()
        self.all_asked_ns = 0
        self.to_ask: list[int] = []
        self.closed_to_ask: list[int] = []
        self.awaited: dict[int, None] = {}
        self.closed_awaited: dict[int, None] = {}
        self.denied: dict[int, int] = {}
        self.on_the_way: dict[int, int] = {}
        self.covered: dict[int, None] = {}
        self.lost_ns = 0
        self.counted: dict[int, Decimal] = {}
        self.mass_id = ""
        self.mass_told = 0
        self.mass_until_ns = 0
        self.until_ns = 0
        self.closed_until_ns = 0
        self.count = 0
        self.missing = 0
        self.is_open = False  # a reconciliation that has not ended

    def begin(self, opened: Container[int]) -> None:
        """Forget what was asked on an earlier connection, but for the pace. `opened`: the numbers
        of the open orders.
        """
        self.counted = {no: qty for no, qty in self.counted.items() if no in opened}
        self.to_ask = []
        self.closed_to_ask = []
        self.awaited = {}
        self.closed_awaited = {}
        self.denied = {}
        self.on_the_way = {}
        self.mass_id = ""
        self.mass_told = 0
        self.count = 0
        self.missing = 0
        self.is_open = False

    def answered(self, order_no: int) -> None:
        """The broker has said how an order stands."""
        self.on_the_way.pop(order_no, None)
        self.awaited.pop(order_no, None)
        self.closed_awaited.pop(order_no, None)

    def give_up_late(self, now: int) -> None:
        """A question that stays without an answer holds nobody up for long."""
        on_the_way = self.on_the_way
        while on_the_way:
            oldest = next(iter(on_the_way))
            if now - on_the_way[oldest] < QUIET_NS:
                return
            del on_the_way[oldest]

    @property
    def may_ask(self) -> bool:
        """Whether the broker keeps up: what it has not read when the connection breaks is asked for
        again.
        """
        return len(self.on_the_way) < UNANSWERED_MAX

    def asked_for(self, order_no: int, now: int) -> None:
        """A question goes out."""
        self.on_the_way.pop(order_no, None)
        self.on_the_way[order_no] = now

    def clock_set(self, by_ns: int) -> None:
        """The clock has another time from now on: wait as long as was meant."""
        self.asked.clock_set(by_ns)
        for name in ("all_asked_ns", "closed_until_ns", "mass_until_ns", "until_ns"):
            if getattr(self, name):
                setattr(self, name, getattr(self, name) + by_ns)
        for order_no, due_ns in self.denied.items():
            self.denied[order_no] = due_ns + by_ns if due_ns > 0 else due_ns - by_ns
        for order_no, sent_ns in self.on_the_way.items():
            self.on_the_way[order_no] = sent_ns + by_ns

    @property
    def is_busy(self) -> bool:
        """Whether anything is to be asked or awaited."""
        return bool(self.is_open or self.to_ask or self.denied or self.on_the_way)
