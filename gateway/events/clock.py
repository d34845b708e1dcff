"""What is known of the clock."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class ClockSet(Event):
    """The machine's clock was set by `by_ns`, below 0: back. How fast orders came before is counted
    as if it had always been so.
    """

    by_ns: int
