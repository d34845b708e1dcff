"""A FIX session with a message log in memory instead of a journal: the smallest shell there is.

For programs that are not meant to remember anything, such as the echo acceptor, and for tests of
the session core. Carries out effects as the gateway does, without its durability.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol

from sessions.effects import (
    IN_ADVANCES,
    Alarm,
    Disconnect,
    Effect,
    Inbound,
    IntervalBegun,
    NumbersSet,
    Outbound,
    ReplayBegun,
    StateChanged,
    Taken,
)
from sessions.framing import Framer
from sessions.message import Garbled, Message
from sessions.replay import Stored
from sessions.sequence import Numbers
from sessions.session import Session

PAGE: Final = 100


class Wire(Protocol):
    """What the link needs of a connection."""

    def write(self, data: bytes) -> None:
        """Send bytes."""

    def close(self, why: str) -> None:
        """Close the connection."""


class Log:
    """What a journal would know: sent messages by epoch, and the numbers they make."""

    def __init__(self) -> None:
        self.sent: dict[tuple[int, int], bytes] = {}
        self.declined: set[int] = set()  # numbers whose owner does not want them sent again
        self.numbers = Numbers()
        self.interval = (0, 0)  # of the schedule: its begin, and the epoch that began with it

    def read(self, begin: int, end: int) -> list[Stored]:
        """What was sent in this epoch with numbers `begin` to `end`."""
        epoch = self.numbers.epoch
        found = [seq for seq in range(begin, end + 1) if (epoch, seq) in self.sent]
        return [Stored(seq, 0, self._frame(epoch, seq)) for seq in found]

    def _frame(self, epoch: int, seq: int) -> bytes | None:
        return None if seq in self.declined else self.sent[epoch, seq]

    def restored(self) -> Numbers:
        """The numbers a restart begins with."""
        numbers = self.numbers
        return Numbers(numbers.epoch, numbers.next_in, numbers.next_out)


class MemoryLink:
    """Drives a session: bytes in, bytes out, deliveries to `deliver(message, problem)`."""

    def __init__(
        self,
        session: Session,
        clock: Callable[[], int],
        deliver: Callable[[Message, str], None],
        log: Log | None = None,
    ) -> None:
        self.session = session
        self.log = log or Log()
        self.alarms: list[Alarm] = []
        self.states: list[StateChanged] = []
        self.page = PAGE
        self.serve_at_once = True  # else the owner calls `serve_page`
        self._clock = clock
        self._deliver = deliver
        self._wire: Wire | None = None
        self._framer = Framer()
        self._performers: dict[type[Effect], Callable[[Any], None]] = {
            Inbound: self._inbound,
            Taken: self._taken,
            Outbound: self._outbound,
            NumbersSet: self._numbers_set,
            IntervalBegun: self._interval_begun,
            StateChanged: self.states.append,
            ReplayBegun: self._replay_begun,
            Disconnect: self._disconnect,
            Alarm: self.alarms.append,
        }

    # --- input ----------------------------------------------------------------------------------

    def attach(self, wire: Wire, framer: Framer | None = None) -> None:
        """The session has a connection."""
        config = self.session.config
        self._wire = wire
        self._framer = framer or Framer(config.max_message_bytes)
        self._framer.follow(*config.framing_rules)
        self.perform(self.session.connected(self._clock()))

    def feed(self, data: bytes) -> None:
        """Bytes of the connection."""
        self.take(self._framer.feed(data))

    def take(self, items: list[bytes | Garbled]) -> None:
        """Frames of the connection."""
        for item in items:
            self.perform(self.session.receive(item, self._clock()))

    def detach(self) -> None:
        """The connection is gone."""
        self._wire = None
        self.perform(self.session.disconnected(self._clock()))

    def tick(self) -> None:
        """Time has passed; does what is due and no more."""
        deadline = self.session.deadline()
        if deadline is not None and deadline <= self._clock():
            self.perform(self.session.tick(self._clock()))

    def send(self, msg_type: str, body: str) -> None:
        """Send an application message."""
        self._outbound(self.session.send(msg_type, body, self._clock()))

    def perform(self, effects: list[Effect]) -> None:
        """Carry out effects in order, then what waits behind them."""
        for effect in effects:
            self._performers[type(effect)](effect)
        while self.session.ready:
            for effect in self.session.drain(self._clock()):
                self._performers[type(effect)](effect)
        while self.serve_at_once and self.session.replay is not None:
            self.serve_page()

    # --- effects --------------------------------------------------------------------------------

    def _inbound(self, effect: Inbound) -> None:
        if effect.flags & IN_ADVANCES:
            self.log.numbers.next_in = effect.seq + 1
        if effect.message is not None:
            self._deliver(effect.message, effect.problem)

    def _taken(self, effect: Taken) -> None:
        self.log.numbers.next_in = effect.seq + 1
        if effect.message is not None:
            self._deliver(effect.message, effect.problem)

    def _outbound(self, effect: Outbound) -> None:
        if not effect.resent:
            self.log.sent[effect.epoch, effect.seq] = effect.frame
            self.log.numbers.next_out = effect.seq + 1
        if self._wire is None or not (effect.admin or self.session.logged_on):
            return
        replay = self.session.replay
        if replay is None or effect.resent or replay.follows(effect.seq):
            self._wire.write(effect.frame)
        elif not replay.hold(effect.frame):
            self._wire.close("too much waits behind a replay")

    def _numbers_set(self, effect: NumbersSet) -> None:
        self.log.numbers = Numbers(effect.epoch, effect.next_in, effect.next_out)

    def _interval_begun(self, effect: IntervalBegun) -> None:
        self.log.interval = (effect.begin_ns, effect.epoch)

    def _disconnect(self, effect: Disconnect) -> None:
        if self._wire is not None:
            self._wire.close(effect.why)

    # --- replay ---------------------------------------------------------------------------------

    def _replay_begun(self, effect: ReplayBegun) -> None:
        """`perform`, or the owner, serves its pages."""

    def serve_page(self) -> None:
        """Send the next page of a replay; after the last one what waited behind it."""
        replay = self.session.replay
        if replay is None:
            return
        end = replay.page_end(self.page)
        stored = self.log.read(replay.next_seq, end)
        for effect in self.session.serve_page(replay, stored, end, self._clock()):
            self._performers[type(effect)](effect)
        if replay.done:
            for frame in replay.release():
                if self._wire is not None:
                    self._wire.write(frame)
