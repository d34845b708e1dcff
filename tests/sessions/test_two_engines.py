"""Two sessions joined by a bad network: whatever happens, nothing is lost, doubled or reordered.

A random run of sends, deliveries, lost connections, crashes between any two effects, broken,
lost, repeated and overtaking frames and passing time, with several sets of options on either side;
then the faults end, and both must agree.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions.config import SessionConfig
from sessions.dictionary import builtin
from sessions.effects import RESEND_STALLED
from sessions.fields import BEGIN_SEQ_NO, MSG_SEQ_NUM, POSS_DUP_FLAG, TEXT
from sessions.message import Message, parse
from sessions.sequence import Numbers
from sessions.session import Session
from sessions.state import DISABLED, LATENT
from sessions.values import NS_PER_S, parse_utc_timestamp
from tools.memory_link import Log, MemoryLink

END = b""  # in a queue: the connection ends here
ROUNDS = 300
RESEND_TIMEOUT_S = 20

OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "plain": {},
    "789": {"enable_next_expected_msg_seq_num": True},
    "369": {"enable_last_msg_seq_num_processed": True, "resend_session_level_rejects": True},
    "chunks": {"resend_request_chunk_size": 2},
    "closed": {"closed_resend_interval": True},
    "closed chunks, 789": {
        "resend_request_chunk_size": 3,
        "closed_resend_interval": True,
        "enable_next_expected_msg_seq_num": True,
    },
    "small stash, picoseconds": {"stash_max_messages": 1, "sending_time_digits": 12},
}


RESETS: Final[dict[str, dict[str, Any]]] = {
    "at logon": {"reset_on_logon": True},
    "at logon, 789": {"reset_on_logon": True, "enable_next_expected_msg_seq_num": True},
    "at disconnect": {"reset_on_disconnect": True},
    "at disconnect, chunks": {"reset_on_disconnect": True, "resend_request_chunk_size": 2},
}


class CrashError(Exception):
    """The process ends here."""


class FragileLink(MemoryLink):
    """A link whose process ends when `fuse` more effects have been carried out; None: it lives."""

    fuse: int | None = None

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._performers = {kind: self._fragile(does) for kind, does in self._performers.items()}

    def _fragile(self, perform: Callable[[Any], None]) -> Callable[[Any], None]:
        def performed(effect: Any) -> None:
            self.spend()
            perform(effect)

        return performed

    def spend(self) -> None:
        """One more step of the process."""
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                raise CrashError


class Side:
    """One engine: its session, its log, what it sent and was delivered."""

    def __init__(
        self, world: "World", role: str, us: str, them: str, page: int, options: str
    ) -> None:
        self.world = world
        known: dict[str, Any] = {
            "begin_string": "FIX.4.4",
            "sender_comp_id": us,
            "target_comp_id": them,
            "role": role,
            "heart_bt_int_s": 10,
            "resend_timeout_s": RESEND_TIMEOUT_S,
            "stash_max_messages": 5,
        }
        self.config = SessionConfig(**{**known, **(OPTIONS | RESETS)[options]})
        self.page = page
        self.log = Log()
        self.sent: list[str] = []
        self.delivered: list[str] = []
        self.highest = Numbers()
        self.incoming: deque[bytes] = deque()
        self.asked: dict[str, int] = {}  # BeginSeqNo(7) of this connection to when it was sent
        self.last_written = (0, 0)  # epoch and MsgSeqNum(34) on this connection
        self.other: Side
        self.connected = False
        self.link = self._new_link()

    def _new_link(self) -> FragileLink:
        session = Session(self.config, builtin("FIX44"), self.log.restored())
        link = FragileLink(session, lambda: self.world.now, self._deliver, self.log)
        link.page = self.page
        link.serve_at_once = False
        return link

    def _deliver(self, message: Message, _problem: str) -> None:
        if message.msg_type == "B":
            text = message.fields["148"]
            self.delivered.append(text)
            if text.endswith("2"):  # an owner may answer what it is delivered at once
                self.send()

    def send(self) -> None:
        text = f"{self.config.sender_comp_id}-{len(self.sent)}"
        self.sent.append(text)
        self.link.send("B", f"148={text}\x0133=1\x01{TEXT}=x\x01")

    def crash(self) -> None:
        """The process dies and starts again with its log."""
        if self.connected:
            self.world.cut()
        states = self.link.states
        self.link = self._new_link()
        if states:
            self.link.perform(self.link.session.recovered(states[-1].new))

    # --- as the wire of its link ----------------------------------------------------------------

    def write(self, data: bytes) -> None:
        message = parse(data)
        assert isinstance(message, Message)
        self._check_request(message)
        self._check_order(message)
        self.link.spend()  # it is logged, and may never be written
        if self.other.connected:
            self.other.incoming.append(data)

    def _check_order(self, message: Message) -> None:
        """New messages are written in the order of their numbers."""
        if message.fields.get(POSS_DUP_FLAG) != "Y":
            place = self.log.numbers.epoch, int(message.fields[MSG_SEQ_NUM])
            assert place > self.last_written
            self.last_written = place

    def _check_request(self, message: Message) -> None:
        """A range is asked for again only when its answer is overdue."""
        if message.msg_type == "2":
            begin, now = message.fields[BEGIN_SEQ_NO], self.world.now
            before = self.asked.get(begin)
            assert before is None or now - before >= RESEND_TIMEOUT_S * NS_PER_S, begin
            self.asked[begin] = now

    def close(self, why: str) -> None:
        self.world.closing.append(self)


class World:
    """Both engines, the network and the time."""

    def __init__(self, page: int, a: str = "plain", b: str = "plain") -> None:
        self.now = parse_utc_timestamp("20261120-10:00:00")
        self.closing: list[Side] = []
        self.a = Side(self, "initiator", "A", "B", page, a)
        self.b = Side(self, "acceptor", "B", "A", page, b)
        self.a.other, self.b.other = self.b, self.a
        self.sides = (self.a, self.b)
        self.resets = a in RESETS  # then what was not sent before a reset is never sent

    def alive(self, side: Side, act: Callable[[], None]) -> None:
        """Have a side do something, which it may not survive."""
        try:
            act()
        except CrashError:
            side.link.fuse = None
            side.crash()

    def connect(self) -> None:
        """TCP comes up, if it is down and both want it."""
        if all(not side.connected and side.link.session.state == LATENT for side in self.sides):
            for side in self.sides:
                side.connected = True
                side.asked.clear()
                side.last_written = (0, 0)
            for side in self.sides:
                if side.connected:  # the other may have died of it
                    self.alive(side, lambda side=side: side.link.attach(side))

    def cut(self) -> None:
        """The connection is lost, with everything on its way."""
        for side in self.sides:
            side.incoming.clear()
        for side in self.sides:
            self.detach(side)

    def detach(self, side: Side) -> None:
        """The connection is gone for one side."""
        if side.connected:
            side.connected = False
            side.incoming.clear()
            self.alive(side, side.link.detach)

    def deliver(self, side: Side) -> None:
        """The next bytes arrive."""
        if side.incoming and side.connected:
            data = side.incoming.popleft()
            if data == END:
                self.detach(side)
            else:
                for part in (data[: len(data) // 2], data[len(data) // 2 :]):
                    self.alive(side, lambda part=part: side.link.feed(part))
        self.settle()

    def replay(self, side: Side) -> None:
        """The next page of a replay goes out."""
        self.alive(side, side.link.serve_page)
        self.settle()

    def send(self, side: Side) -> None:
        """An application message is sent."""
        self.alive(side, side.send)
        self.settle()

    def settle(self) -> None:
        """Connections that a session has closed end for it at once, for the other side in turn."""
        while self.closing:
            side = self.closing.pop()
            if side.connected:
                self.detach(side)
                if side.other.connected:
                    side.other.incoming.append(END)
        for side in self.sides:
            self._check(side)

    def pass_time(self, seconds: float) -> None:
        self.now += int(seconds * NS_PER_S)
        for side in self.sides:
            self.alive(side, side.link.tick)
        self.settle()

    def break_next(self, side: Side) -> None:
        """A byte of the next frame is flipped."""
        if side.incoming and side.incoming[0]:
            data = bytearray(side.incoming[0])
            data[len(data) // 2] ^= 0x15
            side.incoming[0] = bytes(data)

    def lose_next(self, side: Side) -> None:
        """The next frame never comes."""
        if side.incoming and side.incoming[0]:
            side.incoming.popleft()

    def repeat_next(self, side: Side) -> None:
        """The next frame comes twice."""
        if side.incoming and side.incoming[0]:
            side.incoming.appendleft(side.incoming[0])

    def overtake(self, side: Side) -> None:
        """The next frame comes after the one that follows it."""
        queue = side.incoming
        if len(queue) > 1 and END not in (queue[0], queue[1]):
            queue[0], queue[1] = queue[1], queue[0]

    def _check(self, side: Side) -> None:
        numbers, before = side.log.numbers, side.highest
        assert numbers == side.link.session.numbers
        assert numbers.epoch >= before.epoch
        if numbers.epoch == before.epoch:
            assert numbers.next_in >= before.next_in
            assert numbers.next_out >= before.next_out
        side.highest = Numbers(numbers.epoch, numbers.next_in, numbers.next_out)
        sent = side.other.sent
        if self.resets:
            at = [sent.index(text) for text in side.delivered]
            assert at == sorted(set(at)), "in order, once"
        else:
            assert numbers.epoch == 1
            assert side.delivered == sent[: len(side.delivered)], "nothing left out"

    def converge(self) -> None:
        """No more faults: run until both agree, as an operator and time would make them."""
        for side in self.sides:
            side.link.fuse = None
        for _ in range(ROUNDS):
            for side in self.sides:
                session = side.link.session
                if session.state == DISABLED:
                    side.link.perform(session.enable(self.now))
            self.connect()
            while any(side.incoming and side.connected for side in self.sides):
                for side in self.sides:
                    self.deliver(side)
                    self.replay(side)
            for side in self.sides:
                self.replay(side)
            if self.agrees():
                return
            self.pass_time(1)
        raise AssertionError(f"no agreement: {self.a.link.session.numbers}, {self.a.delivered}")

    def agrees(self) -> bool:
        a, b = self.a.link.session, self.b.link.session
        numbers_agree = (
            a.numbers.next_in == b.numbers.next_out and b.numbers.next_in == a.numbers.next_out
        )
        all_there = self.resets or (
            self.a.delivered == self.b.sent and self.b.delivered == self.a.sent
        )
        quiet = not any(side.incoming for side in self.sides) and not (a.replay or b.replay)
        return numbers_agree and all_there and quiet and a.logged_on and b.logged_on


ACTS: Final[dict[str, Callable[[World, Side], None]]] = {
    "sends": World.send,
    "gets": World.deliver,
    "replays": World.replay,
    "crashes": lambda _world, side: side.crash(),
    "finds a broken frame": World.break_next,
    "loses a frame": World.lose_next,
    "gets a frame twice": World.repeat_next,
    "gets a frame too late": World.overtake,
    **{
        f"crashes after {steps}": lambda _world, side, steps=steps: setattr(
            side.link, "fuse", steps
        )
        for steps in range(8)
    },
}


def _steps(world: World) -> dict[str, Callable[[], None]]:
    made: dict[str, Callable[[], None]] = {
        f"{name} {act}": lambda side=side, does=does: does(world, side)
        for name, side in (("a", world.a), ("b", world.b))
        for act, does in ACTS.items()
    }
    return made | {
        "connect": world.connect,
        "cut": world.cut,
        "a moment": lambda: world.pass_time(1),
        "a while": lambda: world.pass_time(11),
    }


# The usual things happen more often than faults.
USUAL = ["connect", "a sends", "b sends", "a replays", "b replays", *["a gets", "b gets"] * 3]
FAULTS = [name for name in _steps(World(1)) if name not in USUAL]
STEPS = st.lists(st.sampled_from(USUAL * 6 + FAULTS), max_size=120)


def run(world: World, steps: list[str]) -> None:
    known = _steps(world)
    for step in steps:
        known[step]()
        world.settle()
    world.converge()


@settings(max_examples=300, deadline=None)
@given(
    steps=STEPS,
    page=st.integers(1, 4),
    a=st.sampled_from(sorted(OPTIONS)),
    b=st.sampled_from(sorted(OPTIONS)),
)
def test_nothing_is_lost_doubled_or_reordered(steps: list[str], page: int, a: str, b: str) -> None:
    run(World(page, a, b), steps)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS, page=st.integers(1, 4), options=st.sampled_from(sorted(RESETS)))
def test_with_resets_nothing_is_doubled_and_new_messages_come(
    steps: list[str], page: int, options: str
) -> None:
    world = World(page, options, options)
    run(world, steps)
    for side in world.sides:
        side.send()
    last = [side.sent[-1] for side in world.sides]
    world.converge()
    assert last[0] in world.b.delivered
    assert last[1] in world.a.delivered


GAP = ["connect", "b gets", "a gets", *["a sends"] * 9, "b loses a frame", *["b gets"] * 9]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("page", [1, 4])
def test_a_gap_is_closed_with_all_options(options: str, page: int) -> None:
    world = World(page, "plain", options)
    run(world, GAP)
    assert stalls(world) == 0


@pytest.mark.parametrize("options", OPTIONS)
def test_what_a_dead_connection_swallowed_comes_with_the_next(options: str) -> None:
    lead = ["connect", "b gets", "a gets", *["a sends", "b sends"] * 4, "cut"]
    world = World(2, options, options)
    run(world, [*lead, *["a sends"] * 2, "connect"])
    assert stalls(world) == 0


def stalls(world: World) -> int:
    """How often something was asked for and did not come in time."""
    return sum(a.code == RESEND_STALLED for side in world.sides for a in side.link.alarms)


@pytest.mark.parametrize("steps", range(40))
@pytest.mark.parametrize("name", ["a", "b"])
def test_a_crash_between_any_two_effects_of_a_run_loses_nothing(name: str, steps: int) -> None:
    world = World(2, "closed chunks, 789", "chunks")
    world.connect()
    (world.a if name == "a" else world.b).link.fuse = steps
    run(world, [*["b gets", "a gets"] * 2, *GAP[3:], "a replays", "a replays", *["b gets"] * 9])


def test_the_usual_run_without_faults_agrees_at_once() -> None:
    world = World(3)
    usual = [*["a sends", "b sends", "a gets", "b gets"] * 5, *["a gets", "b gets"] * 5]
    for step in ["connect", "b gets", "a gets", *usual]:
        _steps(world)[step]()
        world.settle()
    assert world.agrees()
