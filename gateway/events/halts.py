"""What operators latched and lifted."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class Halted(Event):
    """New orders and replaces of a scope are refused ("firm", "client:X", "account:X" ...).
    Journals of earlier versions have it; it reads as TradingLevelSet to halted.
    """

    scope: str
    who: str
    why: str


@dataclass(slots=True)
class TradingLevelSet(Event):
    """How much a scope may trade from now on: `level` is one of gateway.risk.levels.LEVELS.
    `cancel_to`: open orders up to this number are canceled, 0: none.
    """

    scope: str
    level: str
    cancel_to: int
    who: str
    why: str


@dataclass(slots=True)
class Resumed(Event):
    """A scope may trade as before."""

    scope: str
    who: str
    why: str
