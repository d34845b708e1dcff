"""Rates over a sliding window, from numbers that only grow and are looked at now and then. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sessions.counts import Counts

NS: Final = 1_000_000_000
WINDOW_NS: Final = 60 * NS
ASKED_BY_CLIENT: Final = ("D", "E", "F", "G", "K", "L", "q")
"""MsgType(35) of what fixgate may refuse."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a session has counted so far: messages that came, orders and replaces on their way to a
    broker, what may be rejected, and what was.
    """

    messages: int
    orders: int
    asked: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Flow:
    """Of a session within `window_s` seconds, less where it is not known for as long."""

    window_s: float
    messages: int
    orders: int
    asked: int
    rejected: int

    @property
    def orders_per_s(self) -> float:
        """Orders and replaces a second."""
        return self.orders / self.window_s if self.window_s else 0.0

    @property
    def messages_per_s(self) -> float:
        """Messages that came a second."""
        return self.messages / self.window_s if self.window_s else 0.0

    @property
    def rejection_ratio(self) -> float:
        """How much was rejected of what may be, from 0 to 1; answers may be to what came before."""
        return min(self.rejected / self.asked, 1.0) if self.asked else float(self.rejected > 0)


NO_FLOW: Final = Flow(0.0, 0, 0, 0, 0)


def of_client(counts: Counts) -> Tally:
    """Of who sends orders."""
    received = counts.received
    orders = _sum(received, ("D", "E", "G"))
    rejected = sum(counts.refused.values())
    return Tally(_messages(counts), orders, _sum(received, ASKED_BY_CLIENT), rejected)


def of_broker(counts: Counts) -> Tally:
    """Of who is sent them; it rejects orders only."""
    sent = counts.sent
    rejected = sum(counts.refused.values())
    return Tally(_messages(counts), _sum(sent, ("D", "G")), sent.get("D", 0), rejected)


def _messages(counts: Counts) -> int:
    return sum(counts.received.values()) + sum(counts.rejects_received.values())


def _sum(counts: Mapping[str, int], names: tuple[str, ...]) -> int:
    return sum(counts.get(name, 0) for name in names)


class Window:
    """The tallies of one session: those of the window, each with its time, and the one before."""

    __slots__ = ("_tallies",)

    def __init__(self) -> None:
        self._tallies: deque[tuple[int, Tally]] = deque()

    def add(self, tally: Tally, now: int) -> None:
        """As it stands at `now` (UTC ns). Numbers that are less than before begin anew."""
        tallies = self._tallies
        if tallies:
            before, newest = tallies[-1]
            if tally.messages < newest.messages or tally.asked < newest.asked or now < before:
                tallies.clear()
            elif tally == newest and len(tallies) > 1 and tallies[-2][1] == tally:
                tallies.pop()  # nothing happened: the first and the last time say all
        tallies.append((now, tally))
        while len(tallies) > 1 and tallies[1][0] <= now - WINDOW_NS:
            tallies.popleft()

    def flow(self, now: int, window_ns: int = WINDOW_NS) -> Flow:
        """What was done within the window, at most WINDOW_NS, up to `now`."""
        if not self._tallies:
            return NO_FLOW
        began, first = self._tallies[0]
        for time_ns, tally in reversed(self._tallies):
            if time_ns <= now - window_ns:
                began, first = now - window_ns, tally
                break
        last = self._tallies[-1][1]
        return Flow(
            max(now - began, 0) / NS,
            last.messages - first.messages,
            last.orders - first.orders,
            last.asked - first.asked,
            last.rejected - first.rejected,
        )
