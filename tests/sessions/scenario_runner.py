"""Runs scripted FIX conversations against one session, in memory or over a real port.

A script is a text file of lines, one step each; it says what the peer does and what must come of
it. The session under test is called GATE, its peer PEER, both speak FIX.4.4 unless CONFIG says
otherwise. Messages are written whole with `|` for SOH; 9= and 10= may be left out.

    # text                first comment: the rule that the script is about
    CONFIG key=value ...  settings of the session, before everything else; a list: a,b
    VERSIONS all          it holds in every version, likewise: from FIX.4.2, or a list of versions;
                          messages are written for FIX.4.4 and said in the others
    SCHEDULE key=value .. its schedule: zone, windows, weekdays, holidays, resets ("window" or
                          times); lists by commas, "_" for a blank
    NUMBERS e i o         it begins with epoch e, next expected number i, next own number o
    iCONNECT  iDISCONNECT the peer connects (or accepts our connection), the peer closes
    I8=FIX.4.4|35=...     the peer sends
    IGARBAGE text         the peer sends bytes that are no message
    E8=FIX.4.4|35=...     the session must have sent exactly this, field by field, in this order
    eDISCONNECT           the session must have closed the connection
    D type seq [problem]  this message must have been delivered
    A CODE                this alarm must have been raised
    STATE name            the session must be in this state
    N e i o               its numbers must be: epoch, next expected, next own
    S type|body           the session's owner sends an application message
    REFUSE reason text    the owner refuses what was delivered last (BusinessRejectReason)
    REFUSE reason id text likewise, with a BusinessRejectRefID, which is then one word with a digit
    DECLINE seq           the owner does not want this message sent again
    OP verb args          an operator's command: logout, reset, disable, enable, set_numbers
    TIME +n               n seconds pass
    CLOCK +n              the clock is set n seconds forward or, with -n, back; this is noticed
    INTERVAL time epoch   what is recorded of the interval that numbers belong to
    RESTART               the process ends and begins again with what was logged

I2, E2, i2, e2 followed by a comma name a second connection. `<TIME>`, `<TIME+n>`, `<TIME-n>` are
the time now, n seconds later or earlier. Whatever was sent, delivered or alarmed must be expected:
a step that finds something else fails, and so does an end with something left.
"""

import asyncio
import re
from collections import deque
from datetime import date
from pathlib import Path
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from sessions.config import SessionConfig
from sessions.dictionary import builtin_of
from sessions.effects import Effect
from sessions.errors import SessionError
from sessions.framing import Framer
from sessions.message import Garbled, Message, parse
from sessions.opening import follow, keep_to
from sessions.schedule import Schedule
from sessions.schedule_text import DAYS, parse_reset, parse_windows
from sessions.sequence import Numbers
from sessions.session import Session, identify
from sessions.state import DISABLED
from sessions.values import NS_PER_S, format_utc_timestamp, parse_utc_timestamp
from tests.fix import fix, pipes
from tests.sessions.versions import APPL_VER_IDS, USUAL, begin_string, chosen, spoken
from tools.memory_link import Log, MemoryLink, Wire

START: Final = parse_utc_timestamp("20261120-10:00:00.000")
DEFAULTS: Final[dict[str, Any]] = {
    "sender_comp_id": "GATE",
    "target_comp_id": "PEER",
    "role": "acceptor",
}
_STEP: Final = re.compile(r"([IEie])(?:(\d+),)?(.*)")
_TIME: Final = re.compile(r"<TIME([+-]\d+(?:\.\d+)?)?>")
_COUNTS: Final = ("9", "10")


class Clock:
    """The time, which passes only when told."""

    def __init__(self) -> None:
        self.now = START

    def read(self) -> int:
        return self.now


class Step:
    """One line of a script: what to do, on which connection, with what."""

    def __init__(self, number: int, verb: str, connection: int, text: str) -> None:
        self.number = number
        self.verb = verb
        self.connection = connection
        self.text = text


class Script:
    """A parsed script file, said in one of its versions."""

    def __init__(self, path: Path, version: str = USUAL) -> None:
        self.path = path
        self.version = version
        self.versions: tuple[str, ...] = (USUAL,)
        self.settings: dict[str, Any] = {}
        self.calendar: dict[str, str] | None = None
        self.steps: list[Step] = []
        self.comment = ""
        for number, line in enumerate(path.read_text().splitlines(), 1):
            self._add(number, line.strip())

    def _add(self, number: int, line: str) -> None:
        if line.startswith("#") or not line:
            self.comment = self.comment or line.lstrip("# ")
            return
        verb, _, rest = line.partition(" ")
        if verb == "CONFIG":
            self.settings.update(pair.split("=", 1) for pair in rest.split())
            return
        if verb == "SCHEDULE":
            self.calendar = dict(pair.split("=", 1) for pair in rest.split())
            return
        if verb == "VERSIONS":
            self.versions = chosen(rest.split())
            return
        line = spoken(line, self.version)
        found = _STEP.fullmatch(line)
        plain = verb in VERBS
        if not plain and found is None:
            raise ValueError(f"{self.path.name}:{number}: what is {line!r}?")
        if plain:
            self.steps.append(Step(number, verb, 1, rest))
        elif found is not None:
            self.steps.append(Step(number, found[1], int(found[2] or 1), found[3]))

    @property
    def schedule(self) -> Schedule | None:
        """What SCHEDULE says."""
        if self.calendar is None:
            return None
        lists = {k: v.replace("_", " ").split(",") for k, v in self.calendar.items()}
        resets = lists.get("resets", [])
        return Schedule(
            ZoneInfo(self.calendar["zone"]),
            parse_windows(lists.get("windows", ()), lists.get("weekdays", DAYS)),
            holidays=frozenset(date.fromisoformat(day) for day in lists.get("holidays", ())),
            resets=None if resets == ["window"] else [parse_reset(text) for text in resets],
        )

    @property
    def config(self) -> SessionConfig:
        """The settings, with words turned into what they stand for."""
        words = {"true": True, "false": False}
        given = {key: words.get(value, value) for key, value in self.settings.items()}
        for key, value in given.items():
            if isinstance(SessionConfig.model_fields[key].default, tuple):
                given[key] = tuple(str(value).split(","))
            elif isinstance(value, str) and value.isdigit():
                given[key] = int(value)
        defaults = {**DEFAULTS, "begin_string": begin_string(self.version)}
        if self.version in APPL_VER_IDS:
            defaults["default_appl_ver_id"] = self.version
        return SessionConfig(**{**defaults, **given})


class Host:
    """The session under test and the door before it; does what the gateway does with both."""

    def __init__(
        self, config: SessionConfig, clock: Clock, schedule: Schedule | None = None
    ) -> None:
        self.config = config
        self.schedule = schedule
        self.clock = clock
        self.log = Log()
        self.delivered: deque[str] = deque()
        self.last: Message | None = None
        self.connection: Wire | None = None
        self.strangers: dict[Wire, Framer] = {}
        self.link = self._new_link(enabled=True)

    def _new_link(self, enabled: bool) -> MemoryLink:
        config = self.config
        version = config.default_appl_ver_id or ""
        dictionary = builtin_of(config.begin_string, version, config.appl_ver_ids)
        session = Session(
            self.config, dictionary, self.log.restored(), name="PEER", enabled=enabled
        )
        if self.schedule is not None:
            keep_to(session, self.schedule, *self.log.interval)
        link = MemoryLink(session, self.clock.read, self._deliver, self.log)
        self.look_up(link)
        return link

    def look_up(self, link: MemoryLink) -> None:
        """See what the schedule says, as at a start and when the clock was set."""
        effects: list[Effect] = []
        follow(link.session, self.clock.now, effects)
        link.perform(effects)

    def _deliver(self, message: Message, problem: str) -> None:
        self.last = message
        text = f"{message.msg_type} {message.fields['34']} {problem}"
        self.delivered.append(text.strip())

    def restart(self) -> None:
        """The process ends and begins again; the connection must be gone."""
        enabled = self.link.session.state != DISABLED
        alarms = self.link.alarms
        self.link = self._new_link(enabled)
        self.link.alarms.extend(alarms)

    # --- as the handler of connections ----------------------------------------------------------

    def on_connected(self, connection: Wire) -> None:
        if self.config.role == "acceptor":
            self.strangers[connection] = Framer(self.config.max_message_bytes)
        else:
            self.connection = connection
            self.link.attach(connection)

    def on_data(self, connection: Wire, data: bytes) -> None:
        if connection is self.connection:
            self.link.feed(data)
        elif connection in self.strangers:
            items = self.strangers[connection].feed(data)
            if items:
                self._introduce(connection, items)

    def _introduce(self, connection: Wire, items: list[bytes | Garbled]) -> None:
        framer = self.strangers.pop(connection)
        first = items[0]
        known = isinstance(first, bytes) and identify(first) == self.config.identity
        if not known or not self.link.session.is_free:
            connection.close("not for this session, or not now")
            return
        self.connection = connection
        self.link.attach(connection, framer)
        self.link.take(items)

    def on_closed(self, connection: Wire, _why: str) -> None:
        self.strangers.pop(connection, None)
        if connection is self.connection:
            self.connection = None
            self.link.detach()

    def pass_time(self, ns: int) -> None:
        """Let time pass, stopping wherever the session wants to be asked."""
        end = self.clock.now + ns
        while True:
            deadline = self.link.session.deadline()
            if deadline is None or deadline > end:
                break
            self.clock.now = max(deadline, self.clock.now)
            self.link.tick()
        self.clock.now = end


class Medium(Protocol):
    """How the peer and the host are joined. `settle` returns when all bytes have arrived."""

    host: Host

    async def connect(self, number: int) -> None: ...
    async def send(self, number: int, data: bytes) -> None: ...
    async def lose(self, number: int) -> None: ...
    async def settle(self) -> None: ...
    def frames(self, number: int) -> deque[bytes]: ...
    def is_closed(self, number: int) -> bool: ...


class MemoryConnection:
    """Both ends of a connection without a network."""

    def __init__(self) -> None:
        self.framer = Framer()
        self.frames: deque[bytes] = deque()
        self.closed = False

    def write(self, data: bytes) -> None:
        for item in self.framer.feed(data):
            assert isinstance(item, bytes), f"the session sent garbage: {item!r}"
            self.frames.append(item)

    def close(self, why: str) -> None:
        self.closed = True


class InMemory:
    """The host called directly."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._open: dict[int, MemoryConnection] = {}

    async def connect(self, number: int) -> None:
        self._open[number] = MemoryConnection()
        self.host.on_connected(self._open[number])

    async def send(self, number: int, data: bytes) -> None:
        self.host.on_data(self._open[number], data)

    async def lose(self, number: int) -> None:
        connection = self._open[number]
        connection.closed = True
        self.host.on_closed(connection, "the peer closed")

    async def settle(self) -> None:
        for connection in self._open.values():
            if connection.closed:
                self.host.on_closed(connection, "closed")

    def frames(self, number: int) -> deque[bytes]:
        return self._open[number].frames

    def is_closed(self, number: int) -> bool:
        return self._open[number].closed


class ScenarioError(AssertionError):
    """A step that did not find what it expected."""


class Runner:
    """Takes a script's steps one by one over a medium."""

    def __init__(self, script: Script, medium: Medium) -> None:
        self.script = script
        self.medium = medium
        self.host = medium.host
        self.step = script.steps[0]

    async def run(self) -> None:
        """All steps, and that nothing is left at the end."""
        for step in self.script.steps:
            self.step = step
            await VERBS[step.verb](self, step)
            await self.medium.settle()
        self._nothing_left()

    def _nothing_left(self) -> None:
        numbers = {step.connection for step in self.script.steps if step.verb in ("I", "E", "i")}
        for number in numbers:
            frames = self.medium.frames(number)
            self.want(not frames, f"nothing more on {number}", frames and pipes(frames[0]))
        self.want(not self.host.delivered, "no delivery", self.host.delivered)
        self.want(not self.host.link.alarms, "no alarm", self.host.link.alarms)

    def want(self, true: bool, expected: object, found: object) -> None:
        if not true:
            place = f"{self.script.path.name}:{self.step.number}"
            raise ScenarioError(f"{place}: expected {expected}\n   found {found}")

    def filled(self, text: str) -> str:
        """The text with times for `<TIME>`."""

        def time(found: re.Match[str]) -> str:
            offset_ns = int(float(found[1] or 0) * NS_PER_S)
            digits = 0 if self.host.config.begin_string in ("FIX.4.0", "FIX.4.1") else 3
            return format_utc_timestamp(self.host.clock.now + offset_ns, digits)

        return _TIME.sub(time, text)


async def _act(runner: Runner, step: Step) -> None:
    if step.text == "CONNECT":
        await runner.medium.connect(step.connection)
    elif step.text == "DISCONNECT":
        await runner.medium.lose(step.connection)
    else:
        raise ValueError(f"line {step.number}: i{step.text}")


async def _incoming(runner: Runner, step: Step) -> None:
    if step.text.startswith("GARBAGE "):
        await runner.medium.send(step.connection, step.text.encode())
    else:
        await runner.medium.send(step.connection, fix(runner.filled(step.text)))


async def _expected(runner: Runner, step: Step) -> None:
    frames = runner.medium.frames(step.connection)
    runner.want(bool(frames), step.text, "nothing")
    wanted = parse(fix(runner.filled(step.text)))
    found = parse(frames.popleft())
    assert isinstance(wanted, Message)
    assert isinstance(found, Message)
    runner.want(_shown(wanted) == _shown(found), _shown(wanted), _shown(found))


def _shown(message: Message) -> str:
    """All fields but the counts, which the framer has verified."""
    return "|".join(pair for pair in message.pairs if pair.split("=")[0] not in _COUNTS)


async def _disconnected(runner: Runner, step: Step) -> None:
    assert step.text == "DISCONNECT", f"line {step.number}: e{step.text}"
    frames = runner.medium.frames(step.connection)
    runner.want(not frames, "nothing before the end", frames and pipes(frames[0]))
    runner.want(runner.medium.is_closed(step.connection), "a closed connection", "an open one")


async def _delivery(runner: Runner, step: Step) -> None:
    found = runner.host.delivered
    runner.want(bool(found), step.text, "no delivery")
    runner.want(found[0] == step.text, step.text, found[0])
    found.popleft()


async def _alarm(runner: Runner, step: Step) -> None:
    alarms = runner.host.link.alarms
    runner.want(bool(alarms) and alarms[0].code == step.text, step.text, alarms)
    alarms.pop(0)


async def _state(runner: Runner, step: Step) -> None:
    state = runner.host.link.session.state
    runner.want(state == step.text, step.text, state)


async def _numbers(runner: Runner, step: Step) -> None:
    epoch, next_in, next_out = (int(word) for word in step.text.split())
    wanted, found = Numbers(epoch, next_in, next_out), runner.host.link.session.numbers
    runner.want(wanted == found, wanted, found)
    runner.want(wanted == runner.host.log.numbers, f"{wanted} in the log", runner.host.log.numbers)


async def _set_numbers(runner: Runner, step: Step) -> None:
    epoch, next_in, next_out = (int(word) for word in step.text.split())
    runner.host.log.numbers = Numbers(epoch, next_in, next_out)
    runner.host.restart()


async def _send(runner: Runner, step: Step) -> None:
    msg_type, _, body = runner.filled(step.text).partition("|")
    runner.host.link.send(msg_type, body.replace("|", "\x01"))


async def _refuse(runner: Runner, step: Step) -> None:
    reason, _, rest = step.text.partition(" ")
    word, _, text = rest.partition(" ")
    if not word[-1].isdigit():
        word, text = "", rest
    link, now = runner.host.link, runner.host.clock.now
    message = runner.host.last
    assert message is not None, f"line {step.number}: nothing was delivered"
    link.perform([link.session.business_reject(message, int(reason), text, word, now)])


async def _decline(runner: Runner, step: Step) -> None:
    runner.host.log.declined.add(int(step.text))


async def _operate(runner: Runner, step: Step) -> None:
    verb, _, rest = step.text.partition(" ")
    link, now = runner.host.link, runner.host.clock.now
    session = link.session
    try:
        if verb == "logout":
            link.perform(session.logout(rest, now))
        elif verb == "set_numbers":
            next_in, next_out = (None if word == "-" else int(word) for word in rest.split())
            link.perform(session.set_numbers(next_in, next_out, now))
        else:
            verbs = {"reset": session.reset, "disable": session.disable, "enable": session.enable}
            link.perform(verbs[verb](now))
    except SessionError as error:
        raise ScenarioError(f"line {step.number}: {error}") from error


async def _time(runner: Runner, step: Step) -> None:
    runner.host.pass_time(int(float(step.text) * NS_PER_S))


async def _clock(runner: Runner, step: Step) -> None:
    runner.host.clock.now += int(float(step.text) * NS_PER_S)
    runner.host.look_up(runner.host.link)


async def _interval(runner: Runner, step: Step) -> None:
    begin_ns, epoch = runner.host.log.interval
    found = f"{format_utc_timestamp(begin_ns, 0)} {epoch}"
    runner.want(found == step.text, step.text, found)


async def _restart(runner: Runner, _step: Step) -> None:
    runner.want(runner.host.connection is None, "iDISCONNECT before RESTART", "a connection")
    runner.host.restart()


VERBS: Final[dict[str, Any]] = {
    "NUMBERS": _set_numbers,
    "i": _act,
    "I": _incoming,
    "E": _expected,
    "e": _disconnected,
    "D": _delivery,
    "A": _alarm,
    "STATE": _state,
    "N": _numbers,
    "S": _send,
    "REFUSE": _refuse,
    "DECLINE": _decline,
    "OP": _operate,
    "TIME": _time,
    "CLOCK": _clock,
    "INTERVAL": _interval,
    "RESTART": _restart,
}


def run_in_memory(path: Path, version: str = USUAL) -> None:
    """The script against the core."""
    script = Script(path, version)
    medium = InMemory(Host(script.config, Clock(), script.schedule))
    asyncio.run(Runner(script, medium).run())
