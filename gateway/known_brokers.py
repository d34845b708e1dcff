"""What the journal knows of brokers as wholes: whose messages may be lost, whose orders end with
the gateway, and how far executions over an API are known.
"""

from collections.abc import Callable, Iterator
from typing import Any

from gateway.events import BrokerCursorMoved, BrokerDoubted, BrokerReconciled, Event


class KnownBrokers:
    """By name. `lost`: those with messages that may be lost, with when that was (UTC ns), until
    they are reconciled; `in_memory`: those that begin anew with the gateway; `cursors`: see
    BrokerCursorMoved.
    """

    __slots__ = ("cursors", "in_memory", "lost")

    def __init__(self) -> None:
        self.lost: dict[str, tuple[int, BrokerDoubted]] = {}
        self.in_memory: set[str] = set()
        self.cursors: dict[str, str] = {}

    def appliers(self) -> dict[type[Event], Callable[[Any, int, bytes], None]]:
        """What applies each event that concerns brokers as wholes."""
        return {
            BrokerDoubted: self._doubted,
            BrokerReconciled: self._reconciled,
            BrokerCursorMoved: self._cursor_moved,
        }

    def _doubted(self, event: BrokerDoubted, now: int, _payload: bytes) -> None:
        self.lost[event.broker] = (now, event)

    def _reconciled(self, event: BrokerReconciled, _now: int, _payload: bytes) -> None:
        self.lost.pop(event.broker, None)

    def _cursor_moved(self, event: BrokerCursorMoved, _now: int, _payload: bytes) -> None:
        self.cursors[event.broker] = event.cursor

    def snapshot(self, now: int) -> Iterator[tuple[int, Event]]:
        """The events that tell of it, each with its time."""
        yield from list(self.lost.values())
        for broker, cursor in list(self.cursors.items()):
            yield now, BrokerCursorMoved(broker, cursor)
