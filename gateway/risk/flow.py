"""How fast and how alike orders come in: a token bucket a session, a window of equal orders.

Both are moved by events alone, so a restart finds them as they were.
"""

from bisect import bisect_left, insort
from collections import deque
from decimal import Decimal
from typing import Final

from gateway.orders.cash import cash_of
from gateway.orders.order import Order
from sessions.values import parse_decimal

OrderKey = tuple[str, str, str, str, Decimal, Decimal | None]
SECOND_NS: Final = 1_000_000_000
# Beyond this many remembered orders the oldest are forgotten even inside their window.
MAX_REMEMBERED: Final = 100_000


class TokenBucket:
    """Refills continuously; the level may go below zero, since recorded orders always count."""

    __slots__ = ("level", "updated_ns")

    def __init__(self) -> None:
        self.level = 0.0
        self.updated_ns = 0

    def available(self, now: int, rate_per_s: float, burst: float) -> float:
        """Tokens at `now`; a bucket never used is full."""
        if not self.updated_ns:
            return burst
        if now <= self.updated_ns:
            return min(burst, self.level)
        level = self.level + (now - self.updated_ns) * rate_per_s / SECOND_NS
        return level if level < burst else burst

    def take(self, now: int, rate_per_s: float, burst: float) -> None:
        """Count one order."""
        self.level = max(self.available(now, rate_per_s, burst) - 1.0, -burst)
        self.updated_ns = max(now, self.updated_ns)

    def clock_set(self, by_ns: int) -> None:
        """The clock has another time from now on."""
        if self.updated_ns:
            self.updated_ns += by_ns


def order_key(
    account: str, symbol: str, side: str, ord_type: str, quantity: Decimal, price: str
) -> OrderKey:
    """What makes two orders equal: numbers by value, so that 100 is 100.0; `price` "" for none."""
    return account, symbol, side, ord_type, quantity, parse_decimal(price) if price else None


def key_of(order: Order) -> OrderKey:
    """That of an order; one in money is known by its amount."""
    terms = order.terms
    quantity = terms.order_qty or cash_of(order.extra)
    account, symbol, side = order.account, order.symbol, order.side
    return order_key(account, symbol, side, terms.ord_type, quantity, terms.price)


class RecentOrders:
    """How often an equal order was seen inside a sliding window."""

    __slots__ = ("_seen", "_times")

    def __init__(self) -> None:
        self._seen: deque[tuple[int, OrderKey]] = deque()
        self._times: dict[OrderKey, list[int]] = {}

    def count(self, key: OrderKey, since: int) -> int:
        """How many equal orders came at or after `since` (UTC ns)."""
        times = self._times.get(key)
        return len(times) - bisect_left(times, since) if times else 0

    def add(self, key: OrderKey, now: int, window_ns: int) -> None:
        """Remember an order; what is older than the window is forgotten."""
        seen = self._seen
        seen.append((now, key))
        times = self._times.get(key)
        if times is None:
            self._times[key] = [now]
        else:
            insort(times, now)
        horizon = now - window_ns
        while seen and (seen[0][0] < horizon or len(seen) > MAX_REMEMBERED):
            self._forget(*seen.popleft())

    def clock_set(self, by_ns: int) -> None:
        """The clock has another time from now on."""
        self._seen = deque([(time_ns + by_ns, key) for time_ns, key in self._seen])
        for key, times in self._times.items():
            self._times[key] = [time_ns + by_ns for time_ns in times]

    def _forget(self, time_ns: int, key: OrderKey) -> None:
        times = self._times[key]
        times.remove(time_ns)
        if not times:
            del self._times[key]


class FirstPrices:
    """The first price of each account in a symbol within its window, while a limit asks for it."""

    __slots__ = ("_first",)

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], tuple[int, Decimal]] = {}  # until when (UTC ns), price

    def add(self, order: Order, now: int, window_ns: int) -> None:
        """An order came; it is the first of a window unless one is open, or it has no price."""
        if not order.terms.price:
            return
        price = parse_decimal(order.terms.price)
        place = (order.account, order.symbol)
        known = self._first.get(place)
        if known is None or known[0] < now:
            self._first.pop(place, None)
            self._first[place] = (now + window_ns, price)
            if len(self._first) > MAX_REMEMBERED:
                del self._first[next(iter(self._first))]

    def clock_set(self, by_ns: int) -> None:
        """The clock has another time from now on."""
        for place, (until_ns, price) in self._first.items():
            self._first[place] = (until_ns + by_ns, price)

    def first(self, account: str, symbol: str, now: int) -> Decimal | None:
        """The first price of the window that is open, if one is."""
        known = self._first.get((account, symbol))
        return known[1] if known is not None and known[0] >= now else None
