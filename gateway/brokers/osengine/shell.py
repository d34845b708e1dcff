"""The adapter: has one robot at a time, says requests to it, and hears facts, answers and prices.

Facts are numbered without gaps, and the robot keeps them: after each greeting it tells those since
the last one that is known here, and again whenever one is missing. Nothing is told twice.
"""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from typing import Final

from gateway.brokers.api.contract import Host, Outgoing
from gateway.brokers.api.fields import amount
from gateway.brokers.api.pace import is_late
from gateway.brokers.api.prices import Prices
from gateway.brokers.api.requesting import Requesting
from gateway.brokers.api.staying import BrokenError
from gateway.brokers.osengine.door import Door
from gateway.brokers.osengine.lines import Said, number, read, text_of
from gateway.brokers.osengine.mapping import Line, OsEngineMapping, key_of
from gateway.brokers.osengine.robot import BEAT_S, Robot
from gateway.brokers.osengine.waiting import Waiting
from gateway.config.osengine import OsEngineBroker

TAKEN: Final = frozenset({"taken", "asked"})
"""Facts that answer a request: the robot has it, and keeps it."""
BUSY_MAX_S: Final = 60.0


class OsEngineAdapter(Requesting[OsEngineMapping]):
    """One portfolio behind a terminal. Part of Adapter."""

    def __init__(
        self, settings: OsEngineBroker, context: Callable[[], ssl.SSLContext] | None
    ) -> None:
        self.mapping = OsEngineMapping(settings.portfolio, settings.security_class)
        self._settings = settings
        self._waiting = Waiting(settings.request_timeout_s, self._late)
        self._door = Door(
            settings,
            context,
            welcome=self._welcome,
            stranger=lambda text: self.host.alarm("LOGON_REFUSED", text),
            closed=self._cannot_listen,
        )
        self._robot: Robot | None = None
        self._is_up = False
        self._why: str | None = None  # the connector is away for, as it was said last
        self._last = 0  # the number of the last fact that is known here
        self._missed = -1  # the number behind which facts were asked for again
        self._wanted: dict[str, None] = {}
        self._handlers: dict[str, Callable[[Said, bytes], None]] = {
            "state": self._state,
            "known": self._answered,
            "refused": self._refused,
            "busy": self._busy,
            "status": self._row,
            "position": self._row,
            "end": self._end,
            "quote": self._quote,
        }

    def start(self, host: Host) -> None:
        """Part of Adapter."""
        self.host = host
        self._prices = Prices(host)
        self._door.open()

    async def stop(self) -> None:
        """Part of Adapter."""
        await self._door.close()
        self._waiting.clear()
        self._prices.stop()

    def _send(self, outgoing: Outgoing) -> None:
        """Part of Requesting."""
        assert isinstance(outgoing, Line), "a request of another adapter"
        if outgoing.is_dated:
            loop = asyncio.get_running_loop()
            outgoing.leaves_until = loop.time() + self._settings.order_age_max_s
        self._submit(outgoing)

    def _submit(self, line: Line) -> None:
        if self._robot is None:
            self._never_left(line, "no robot is connected")
        elif not self._waiting.hold(line):
            self._say(line)

    def _say(self, line: Line) -> None:
        assert self._robot is not None, "nothing waits for its turn without a robot"
        if is_late(line.leaves_until):
            self._give_up(line, f"it waited for more than {self._settings.order_age_max_s:g} s")
            return
        self._waiting.add(line)
        self._robot.say(line.said)

    def _give_up(self, line: Line, why: str) -> None:
        """It is too old to leave, which what waited behind it need not be."""
        self._never_left(line, why)
        self._go_on(line.lane)

    def _never_left(self, line: Line, why: str) -> None:
        told = self.mapping.never_left(line, why)
        if told:
            self.host.heard(b"", told)

    def _late(self, line: Line) -> None:
        """A robot that answers no question any more is of no use."""
        why = f"not answered within {self._settings.request_timeout_s:g} s"
        if not line.is_question:
            self.host.unanswered(b"", line.about, why)
            self._go_on(line.lane)
        elif self._robot is not None:
            self._robot.abort(f"left {line.said['t']} unanswered for {self._waiting.timeout_s:g} s")

    # --- coming and going -----------------------------------------------------------------------

    def _cannot_listen(self, why: str) -> None:
        self.host.down(f"cannot listen at {self._settings.host}:{self._settings.port}: {why}")

    async def _welcome(self, robot: Robot, seal: str) -> None:
        """One that has greeted, until it is gone."""
        if self._robot is not None:
            robot.say({"t": "bye", "why": "another robot is connected"})
            raise BrokenError(f"comes while {self._robot.name} is connected")
        self._robot = robot
        try:
            self._begin(robot, seal)
            await self._listen(robot)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self._gone(f"{error}" or type(error).__name__)
            raise

    def _begin(self, robot: Robot, seal: str) -> None:
        self._why = None
        self._missed = -1
        self._last = self._known_of(robot)
        cursor = self._cursor(robot)
        if cursor != self.host.cursor:
            self.host.heard(b"", (), cursor)
        robot.say({"t": "welcome", "seal": seal, "since": str(self._last)})
        for symbol in self._wanted:
            robot.say(self.mapping.watch(symbol))

    def _known_of(self, robot: Robot) -> int:
        """The number of the last fact of its record that is known here; alarms where some that are
        not known cannot be told any more.
        """
        log_id, _, text = self.host.cursor.rpartition(":")
        if not log_id:  # nothing was ever sent to it
            return robot.last
        if log_id != robot.log_id:
            self.host.alarm(
                "RECORD_GAP",
                f"{robot.name} keeps another record than before: what happened since the last"
                " fact that is known here is not in it",
            )
            self.mapping.begin_record()
            return robot.first - 1
        last = int(text)
        if last > robot.last:
            self.mapping.begin_record()
            why = f"its record ends at {robot.last}, {last} is known here: it lost facts"
            self.host.alarm("RECORD_GAP", f"{robot.name}: {why}")
            return robot.last
        if last + 1 < robot.first:
            why = f"facts {last + 1} to {robot.first - 1} are not in its record any more"
            self.host.alarm("RECORD_GAP", f"{robot.name}: {why}")
            return robot.first - 1
        return last

    def _cursor(self, robot: Robot) -> str:
        return f"{robot.log_id}:{self._last}"

    async def _listen(self, robot: Robot) -> None:
        beating = asyncio.get_running_loop().create_task(_beat(robot))
        try:
            while True:
                line = await robot.line()
                said = read(line)
                if "seq" in said:
                    self._fact(robot, said, line)
                else:
                    handler = self._handlers.get(said.get("t", ""))
                    if handler is not None:
                        handler(said, line)
        finally:
            beating.cancel()

    def _gone(self, why: str) -> None:
        self._robot = None
        self._is_up = False
        sent, held = self._waiting.clear()
        self.host.down(f"the robot {why}")
        for line in sent:
            if not line.is_question:
                self.host.unanswered(b"", line.about, f"the robot {why}")
        for line in held:
            self._never_left(line, f"the robot {why}")

    # --- facts ----------------------------------------------------------------------------------

    def _fact(self, robot: Robot, said: Said, line: bytes) -> None:
        seq = number(said, "seq")
        if seq <= self._last:
            return  # told before
        if seq > self._last + 1:
            self._catch_up(robot)
            return
        self._last = seq
        if said.get("t") in TAKEN:
            self._answered(said)
        self.host.heard(line.rstrip(), self.mapping.fact(said), self._cursor(robot))
        if said.get("t") == "lost":
            self.host.alarm("ORDER_LOST", f"{said.get('id', '')} is lost: {said.get('why', '')}")

    def _catch_up(self, robot: Robot, *, once: bool = True) -> None:
        if not once or self._missed != self._last:
            self._missed = self._last
            robot.say({"t": "since", "seq": str(self._last)})

    def _state(self, said: Said, line: bytes) -> None:
        """Said every few seconds, and when it changes."""
        robot = self._robot
        assert robot is not None, "heard of no robot"
        if number(said, "last") > self._last:
            self._catch_up(robot, once=False)
            return
        is_up, why = said.get("connected") == "yes", said.get("why", "")
        if is_up and not self._is_up:
            self._is_up = True
            self.host.heard(line.rstrip(), ())
            self.host.up()
        elif not is_up and (self._is_up or why != self._why):
            self._is_up, self._why = False, why
            self.host.heard(line.rstrip(), ())
            self.host.down(f"the connector of {robot.name} is not connected: {why}")

    # --- answers --------------------------------------------------------------------------------

    def _answered(self, said: Said, _line: bytes = b"") -> None:
        """What waited behind it may go."""
        line = self._waiting.take(said.get("id", ""))
        if line is not None:
            self._go_on(line.lane)

    def _go_on(self, lane: str) -> None:
        for line in self._waiting.release(lane):
            self._submit(line)

    def _refused(self, said: Said, line: bytes) -> None:
        self.host.heard(line.rstrip(), self.mapping.refused(said))
        self._answered(said)

    def _busy(self, said: Said, line: bytes) -> None:
        """It did not take it, and may in a while; what concerns the same order waits."""
        found = self._waiting.take(said.get("id", ""))
        self.host.heard(line.rstrip(), ())
        if found is None:
            return
        wait_s = min(float(amount(said.get("wait_s"))), BUSY_MAX_S)
        if is_late(found.leaves_until, wait_s):
            self._give_up(found, "the robot is busy")
            return
        self._waiting.hold_first(found)
        asyncio.get_running_loop().call_later(wait_s, self._say_again, found)

    def _say_again(self, line: Line) -> None:
        if self._waiting.is_its_turn(line):
            self._say(line)

    def _row(self, said: Said, _line: bytes) -> None:
        self._waiting.row(key_of(said.get("to", ""), said.get("ask", "")), said)

    def _end(self, said: Said, line: bytes) -> None:
        key = key_of(said.get("to", ""), said.get("ask", ""))
        rows, found = self._waiting.rows(key), self._waiting.take(key)
        if found is not None:
            raw = b"\n".join([*(text_of(row) for row in rows), line.rstrip()])
            self.host.heard(raw, self.mapping.answers(found, rows))

    # --- prices ---------------------------------------------------------------------------------

    def _want(self, symbols: Sequence[str]) -> None:
        """Part of Requesting."""
        for symbol in symbols:
            if symbol not in self._wanted and self._robot is not None:
                self._robot.say(self.mapping.watch(symbol))
            self._wanted[symbol] = None

    def _quote(self, said: Said, _line: bytes) -> None:
        symbol, bid, ask, last = self.mapping.quote(said)
        if "bid" in said or "ask" in said:
            self._prices.quote(symbol, bid, ask)
        if last:
            self._prices.trade(symbol, last)


async def _beat(robot: Robot) -> None:
    while True:
        await asyncio.sleep(BEAT_S)
        robot.say({"t": "beat"})
