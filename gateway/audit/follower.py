"""Drives a projector for as long as the journal grows, whatever becomes of the database.

Each failure is told once, in one line, and tried again with growing waits; nothing is lost by it,
because the journal has everything. Knows no process and no signal.
"""

from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Final, NamedTuple, Protocol

from gateway.audit.groups import ForeignDatabaseError
from gateway.audit.projector import Projector
from gateway.audit.states import CATCHING_UP, FAILING, FOLLOWING, STARTING
from gateway.events import UnknownEventError
from store.database import (
    AuditDatabaseError,
    Database,
    DatabaseBusyError,
    DatabaseUrlError,
    SchemaTooNewError,
)
from store.errors import StoreError

POLL_S: Final = 0.05
PLACE_CHECK_S: Final = 1.0
TELL_S: Final = 0.5
WAIT_MIN_S: Final = 0.25
WAIT_MAX_S: Final = 10.0

RETRIED: Final = (AuditDatabaseError, StoreError, OSError)
LASTING: Final = (
    DatabaseUrlError,
    DatabaseBusyError,
    SchemaTooNewError,
    ForeignDatabaseError,
    UnknownEventError,
)


class Told(NamedTuple):
    """What is to be known outside: a state, the last batch taken, and a line if there is news."""

    state: str
    batch: int
    text: str


class Control(Protocol):
    """When to end: `stopping` once the journal's end is reached, `abandoned` at once."""

    def stopping(self) -> bool:
        """Somebody asked for an end in good order."""

    def abandoned(self) -> bool:
        """Nobody is there any more for whom this runs."""


class Follower:
    """One journal followed into one database."""

    def __init__(
        self, data_dir: Path, url: str, control: Control, tell: Callable[[Told], None]
    ) -> None:
        self._data_dir = data_dir
        self._url = url
        self._control = control
        self._tell = tell
        self._state = STARTING
        self._failure = ""
        self._told_at = 0.0
        self._told_batch = 0
        self._wait_s = WAIT_MIN_S

    def run(self, patient: bool) -> None:
        """Follow until told to stop. `patient`: wait also for what only a person can change;
        otherwise such an error is raised.
        """
        while not self._control.abandoned():
            try:
                with Database(self._url) as database, Projector(self._data_dir, database) as going:
                    self._follow(going)
                return
            except RETRIED as error:
                if isinstance(error, LASTING) and not patient:
                    raise
                self._failed(error)
            if self._pause(self._wait_s):
                return
            self._wait_s = min(self._wait_s * 2, WAIT_MAX_S)

    def _follow(self, projector: Projector) -> None:
        if not self._failure:
            self._go_on(projector, CATCHING_UP)
        looked = monotonic()
        while not self._control.abandoned():
            stopping = self._control.stopping()
            if projector.step():
                self._go_on(projector, CATCHING_UP if self._state == FAILING else self._state)
                continue
            self._go_on(projector, FOLLOWING)
            if stopping:
                return
            sleep(POLL_S)
            if monotonic() - looked > PLACE_CHECK_S:
                looked = monotonic()
                projector.check_place()

    def _go_on(self, projector: Projector, state: str) -> None:
        """It works: tell what is new, but not every group."""
        self._wait_s = WAIT_MIN_S
        batch = projector.place.batch
        news = projector.alarm
        projector.alarm = ""
        if self._failure:
            self._failure = ""
            news = news or f"audit database {projector.database.name}: it works again"
        now = monotonic()
        moved = batch != self._told_batch and now - self._told_at > TELL_S
        if news or state != self._state or moved:
            self._state = state
            self._told_at = now
            self._told_batch = batch
            self._tell(Told(state, batch, news))

    def _failed(self, error: Exception) -> None:
        text = str(error)
        if text != self._failure:
            self._failure = text
            self._state = FAILING
            self._tell(Told(FAILING, 0, f"{text}; trying again until it works"))

    def _pause(self, seconds: float) -> bool:
        """Wait; true if it is time to end, for the journal keeps what the database lacks."""
        until = monotonic() + seconds
        while monotonic() < until:
            if self._control.abandoned() or self._control.stopping():
                return True
            sleep(POLL_S)
        return False
