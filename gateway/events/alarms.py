"""What operators must see, until one of them has."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class AlarmRaised(Event):
    """Something happened that a person must know."""

    code: str
    text: str


@dataclass(slots=True)
class AlarmsSeen(Event):
    """Snapshot only: an alarm raised `count` times, the first time at `first_ns` (UTC ns)."""

    code: str
    count: int
    first_ns: int
    text: str


@dataclass(slots=True)
class AlarmAcknowledged(Event):
    """An operator has seen to an alarm; `key` names it (see `gateway.alarm_list`)."""

    key: str
    who: str
    why: str
