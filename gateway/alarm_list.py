"""Alarms in sight: raised, and acknowledged by nobody yet. Part of the fold, knows no decision.

The same text of the same code is one alarm, with a count; of a code in NUMBERED whatever numbers a
text has. The one that was silent for longest is forgotten beyond a limit. The journal has them all.
"""

import re
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Any, Final

from gateway.events import AlarmAcknowledged, AlarmRaised, AlarmsSeen, Event

KEPT_MAX: Final = 1000
KEY_BYTES: Final = 4
NUMBERED: Final = frozenset({"LOGON_REFUSED"})
"""Codes of what is tried again and again, with other numbers each time; a name comes first."""
_NUMBER: Final = re.compile("[0-9]+")


def alarm_key(code: str, text: str) -> str:
    """What operators call an alarm; the same one raised again has the same."""
    if code in NUMBERED:
        name, colon, said = text.partition(": ")
        text = name + colon + _NUMBER.sub("#", said)
    digest = blake2b(f"{code}\x01{text}".encode(), digest_size=KEY_BYTES)
    return f"L-{digest.hexdigest()}"


class AlarmInSight:
    """One of them; times are UTC ns."""

    __slots__ = ("code", "count", "first_ns", "last_ns", "text")

    def __init__(self, code: str, text: str, now: int) -> None:
        self.code = code
        self.text = text
        self.count = 0
        self.first_ns = now
        self.last_ns = now


class AlarmList:
    """By key, the one raised last at the end."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[str, AlarmInSight] = {}

    def appliers(self) -> dict[type[Event], Callable[[Any, int, bytes], None]]:
        """What applies each event that concerns alarms alone."""
        return {
            AlarmRaised: self.raised,
            AlarmsSeen: self.seen,
            AlarmAcknowledged: self.acknowledged,
        }

    def raised(self, event: AlarmRaised, now: int, _payload: bytes) -> None:
        """Once more."""
        self._add(event.code, event.text, now).count += 1

    def seen(self, event: AlarmsSeen, now: int, _payload: bytes) -> None:
        """As a snapshot tells it."""
        alarm = self._add(event.code, event.text, now)
        alarm.count = event.count
        alarm.first_ns = event.first_ns

    def _add(self, code: str, text: str, now: int) -> AlarmInSight:
        key = alarm_key(code, text)
        alarm = self._kept.pop(key, None)
        if alarm is None:
            alarm = AlarmInSight(code, text, now)
        self._kept[key] = alarm
        alarm.last_ns, alarm.text = now, text
        if len(self._kept) > KEPT_MAX:
            del self._kept[next(iter(self._kept))]
        return alarm

    def acknowledged(self, event: AlarmAcknowledged, _now: int, _payload: bytes) -> None:
        """It is out of sight."""
        self._kept.pop(event.key, None)

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    def get(self, key: str) -> AlarmInSight | None:
        """The alarm of a key, None if it is not in sight."""
        return self._kept.get(key)

    def items(self) -> list[tuple[str, AlarmInSight]]:
        """Key and alarm, the one raised last at the end."""
        return list(self._kept.items())

    def snapshot(self) -> Iterator[tuple[int, AlarmsSeen]]:
        """What makes it again, each with its time."""
        for alarm in self._kept.values():
            yield alarm.last_ns, AlarmsSeen(alarm.code, alarm.count, alarm.first_ns, alarm.text)
