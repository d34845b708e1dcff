"""Weights of requests and counts of unfilled orders, in intervals of the broker's clock. Pure."""

from __future__ import annotations

from typing import Any, Final

from tools.broker_apis.binance.errors import MESSAGES, RefusedError
from tools.broker_apis.clock import NANOSECONDS
from tools.broker_apis.world import World

MINUTE_S: Final = 60
DAY_S: Final = 86400
ORDERS: Final = {10: "10S", DAY_S: "1D"}


class Count:
    """How much was used in the interval that it is."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self._interval = 0
        self._used = 0

    def add(self, amount: int, now_ns: int) -> int:
        """Use so much, 0 to ask; returns what is used."""
        interval = now_ns // (self.seconds * NANOSECONDS)
        if interval != self._interval:
            self._interval, self._used = interval, 0
        self._used = max(0, self._used + amount)
        return self._used


class Limits:
    """Of one address and one account."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._weight = Count(MINUTE_S)
        self._orders = {seconds: Count(seconds) for seconds in ORDERS}
        self._ignored = 0
        self._banned_until_ns = 0

    @property
    def _now(self) -> int:
        return self._world.clock.shown_ns()

    def _most(self, seconds: int) -> int:
        names = {10: "orders_per_10s", DAY_S: "orders_per_day"}
        return int(self._world.switches[names[seconds]])

    def take(self, weight: int) -> None:
        """A request came; RefusedError when it is one too many, or the address is banned."""
        now, most = self._now, int(self._world.switches["weight_per_min"])
        if now < self._banned_until_ns:
            raise self._refusal(418, self._banned_until_ns // 1_000_000, self._banned_until_ns)
        if self._weight.add(weight, now) <= most:
            self._ignored = 0
            return
        self._ignored += 1
        if self._ignored > int(self._world.switches["ban_after"]):
            self._banned_until_ns = now + int(self._world.switches["ban_s"]) * NANOSECONDS
        minute_ns = MINUTE_S * NANOSECONDS
        raise self._refusal(429, most, (now // minute_ns + 1) * minute_ns)

    def give_back(self, weight: int) -> None:
        """An order that was taken weighs nothing."""
        self._weight.add(-weight, self._now)

    def check_orders(self) -> None:
        """RefusedError when too many orders are unfilled."""
        for seconds, count in self._orders.items():
            if count.add(0, self._now) >= self._most(seconds):
                left_s = seconds - self._now / NANOSECONDS % seconds
                message = "Too many new orders; current limit is {} orders per {}."
                shown = f"{seconds // DAY_S} DAY" if seconds == DAY_S else f"{seconds} SECOND"
                headers = [("Retry-After", str(int(left_s) + 1))]
                text = message.format(self._most(seconds), shown)
                raise RefusedError(-1015, text, 429, headers=headers)

    def ordered(self) -> None:
        """An order was taken."""
        for count in self._orders.values():
            count.add(1, self._now)

    def filled(self) -> None:
        """An order was filled for the first time: its place is free again."""
        for count in self._orders.values():
            count.add(-1, self._now)

    def headers(self, *, of_order: bool) -> list[tuple[str, str]]:
        """Of every reply; counts of orders only where one is concerned."""
        used = str(self._weight.add(0, self._now))
        headers = [("X-MBX-USED-WEIGHT", used), ("X-MBX-USED-WEIGHT-1M", used)]
        if of_order:
            headers += [
                (f"X-MBX-ORDER-COUNT-{ORDERS[seconds]}", str(count.add(0, self._now)))
                for seconds, count in self._orders.items()
            ]
        return headers

    def as_rows(self, *, used: bool) -> list[dict[str, Any]]:
        """The rateLimits of exchangeInfo, or with what is used those of the WebSocket API."""
        most = int(self._world.switches["weight_per_min"])
        rows = [("REQUEST_WEIGHT", "MINUTE", 1, most, self._weight)]
        rows += [
            ("ORDERS", "SECOND", 10, self._most(10), self._orders[10]),
            ("ORDERS", "DAY", 1, self._most(DAY_S), self._orders[DAY_S]),
        ]
        return [
            {
                "rateLimitType": kind,
                "interval": interval,
                "intervalNum": number,
                "limit": limit,
                **({"count": count.add(0, self._now)} if used else {}),
            }
            for kind, interval, number, limit, count in rows
        ]

    def _refusal(self, status: int, shown: int, until_ns: int) -> RefusedError:
        code, message = MESSAGES[status]
        wait_s = (until_ns - self._now) // NANOSECONDS + 1
        headers = [("Retry-After", str(wait_s))]
        return RefusedError(code, message.format(shown), status, headers=headers)
