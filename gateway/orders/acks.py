"""How long a broker takes to its first word on an order. No part of the fold."""

from collections import deque
from collections.abc import Container
from itertools import islice
from typing import Final

SAMPLES_MAX: Final = 1000
WAITING_MAX: Final = 100_000


class Acks:
    """Of one broker: `samples` are the newest, each with when (UTC ns) the answer came and how long
    (ns) it took.
    """

    __slots__ = ("_waiting", "samples")

    def __init__(self) -> None:
        self.samples: deque[tuple[int, int]] = deque(maxlen=SAMPLES_MAX)
        self._waiting: dict[int, int] = {}

    def sent(self, order_no: int, now: int) -> None:
        """An order is on its way; only its first message counts."""
        waiting = self._waiting
        if order_no not in waiting:
            waiting[order_no] = now
            if len(waiting) > WAITING_MAX:
                del waiting[next(iter(waiting))]

    def answered(self, order_no: int, now: int) -> None:
        """The broker said something of an order."""
        sent = self._waiting.pop(order_no, 0)
        if sent:
            self.samples.append((now, now - sent))

    def waits(self, now: int, since: int) -> list[int]:
        """How long (ns) answers took that came after `since`, and how long the newest orders have
        waited that were sent after it; shortest first.
        """
        found = [took for at, took in self.samples if at > since]
        for sent in islice(reversed(self._waiting.values()), SAMPLES_MAX):
            if sent <= since:
                break
            found.append(now - sent)
        return sorted(found)

    def clock_set(self, by_ns: int) -> None:
        """The clock has another time from now on: what was, was as long ago."""
        for order_no, sent in self._waiting.items():
            self._waiting[order_no] = sent + by_ns
        moved = [(at + by_ns, took) for at, took in self.samples]
        self.samples.clear()
        self.samples.extend(moved)

    def oldest(self, open_orders: Container[int]) -> int:
        """When (UTC ns) the order was sent that waits for longest, 0: none does. Orders that ended
        otherwise wait no more.
        """
        while self._waiting:
            order_no, sent = next(iter(self._waiting.items()))
            if order_no in open_orders:
                return sent
            del self._waiting[order_no]
        return 0
