"""What a sink is sent, and how a sink says that it could not be delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Alert:
    """An alarm as it stands: `count` is how often it was raised since this sink was sent it last,
    or since it was acknowledged; `first_ns` and `last_ns` (UTC ns) when it was so far.
    """

    key: str
    code: str
    text: str
    count: int
    first_ns: int
    last_ns: int

    @property
    def line(self) -> str:
        """All of it in one line, for people."""
        times = f" ({self.count} times)" if self.count > 1 else ""
        return printable(f"{self.key} {self.code}: {self.text}{times}")


class UndeliveredError(Exception):
    """Alerts were not delivered; `again`: another attempt may do it."""

    def __init__(self, text: str, *, again: bool) -> None:
        super().__init__(text)
        self.again = again


class Sink(Protocol):
    """What delivers alerts; used by one thread at a time. `send` raises UndeliveredError."""

    def open(self) -> None:
        """Load what it needs, which takes its time; nothing if it is open."""

    def send(self, alerts: list[Alert]) -> str:
        """Deliver all of them together; answers what the other side said."""

    def close(self) -> None:
        """Let go of connections."""


def printable(text: str) -> str:
    """A text on one line that steers nothing."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
