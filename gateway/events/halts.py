"""What operators latched and lifted."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class Halted(Event):
    """New orders and replaces of a scope are refused ("firm", "client:X", "account:X" ...)."""

    scope: str
    who: str
    why: str


@dataclass(slots=True)
class Resumed(Event):
    """A halt was lifted."""

    scope: str
    who: str
    why: str
