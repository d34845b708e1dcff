"""Two sessions joined by a bad network: whatever happens, nothing is lost, doubled or reordered.

A random run of sends, deliveries, lost connections, crashes, broken and repeated frames and
passing time; then the faults end, and both must agree.
"""

from collections import deque
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from sessions.config import SessionConfig
from sessions.dictionary import builtin
from sessions.fields import TEXT
from sessions.message import Message
from sessions.sequence import Numbers
from sessions.session import Session
from sessions.state import DISABLED, LATENT
from sessions.values import NS_PER_S, parse_utc_timestamp
from tools.memory_link import Log, MemoryLink

END = b""  # in a queue: the connection ends here
ROUNDS = 200


class Side:
    """One engine: its session, its log, what it sent and was delivered."""

    def __init__(self, world: "World", role: str, us: str, them: str, page: int) -> None:
        self.world = world
        self.config = SessionConfig(
            begin_string="FIX.4.4",
            sender_comp_id=us,
            target_comp_id=them,
            role="initiator" if role == "initiator" else "acceptor",
            heart_bt_int_s=10,
            resend_timeout_s=20,
            stash_max_messages=5,
        )
        self.page = page
        self.log = Log()
        self.sent: list[str] = []
        self.delivered: list[str] = []
        self.highest = Numbers()
        self.incoming: deque[bytes] = deque()
        self.other: Side
        self.connected = False
        self.link = self._new_link()

    def _new_link(self) -> MemoryLink:
        session = Session(self.config, builtin("FIX44"), self.log.restored())
        link = MemoryLink(session, lambda: self.world.now, self._deliver, self.log)
        link.page = self.page
        link.serve_at_once = False
        return link

    def _deliver(self, message: Message, _problem: str) -> None:
        if message.msg_type == "B":
            self.delivered.append(message.fields["148"])

    def send(self) -> None:
        text = f"{self.config.sender_comp_id}-{len(self.sent)}"
        self.sent.append(text)
        self.link.send("B", f"148={text}\x0133=1\x01{TEXT}=x\x01")

    def crash(self) -> None:
        """The process dies and starts again with its log."""
        if self.connected:
            self.world.cut()
        self.link = self._new_link()

    # --- as the wire of its link ----------------------------------------------------------------

    def write(self, data: bytes) -> None:
        if self.other.connected:
            self.other.incoming.append(data)

    def close(self, why: str) -> None:
        self.world.closing.append(self)


class World:
    """Both engines, the network and the time."""

    def __init__(self, page: int) -> None:
        self.now = parse_utc_timestamp("20261120-10:00:00")
        self.closing: list[Side] = []
        self.a = Side(self, "initiator", "A", "B", page)
        self.b = Side(self, "acceptor", "B", "A", page)
        self.a.other, self.b.other = self.b, self.a
        self.sides = (self.a, self.b)

    def connect(self) -> None:
        """TCP comes up, if it is down and both want it."""
        if all(not side.connected and side.link.session.state == LATENT for side in self.sides):
            for side in self.sides:
                side.connected = True
            for side in self.sides:
                side.link.attach(side)

    def cut(self) -> None:
        """The connection is lost, with everything on its way."""
        for side in self.sides:
            side.incoming.clear()
            if side.connected:
                side.connected = False
                side.link.detach()

    def deliver(self, side: Side) -> None:
        """The next bytes arrive."""
        if side.incoming and side.connected:
            data = side.incoming.popleft()
            if data == END:
                side.connected = False
                side.link.detach()
            else:
                side.link.feed(data[: len(data) // 2])
                side.link.feed(data[len(data) // 2 :])
        self.settle()

    def settle(self) -> None:
        """Connections that a session has closed end for it at once, for the other side in turn."""
        while self.closing:
            side = self.closing.pop()
            if side.connected:
                side.connected = False
                side.incoming.clear()
                side.link.detach()
                if side.other.connected:
                    side.other.incoming.append(END)
        for side in self.sides:
            self._check(side)

    def pass_time(self, seconds: float) -> None:
        self.now += int(seconds * NS_PER_S)
        for side in self.sides:
            side.link.tick()
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

    def _check(self, side: Side) -> None:
        numbers, before = side.link.session.numbers, side.highest
        assert numbers == side.log.numbers
        assert numbers.epoch == before.epoch
        assert numbers.next_in >= before.next_in
        assert numbers.next_out >= before.next_out
        side.highest = Numbers(numbers.epoch, numbers.next_in, numbers.next_out)
        sent = side.other.sent
        assert side.delivered == sent[: len(side.delivered)], "in order, once, nothing left out"

    def converge(self) -> None:
        """No more faults: run until both agree, as an operator and time would make them."""
        for _ in range(ROUNDS):
            for side in self.sides:
                session = side.link.session
                if session.state == DISABLED:
                    side.link.perform(session.enable(self.now))
            self.connect()
            while any(side.incoming and side.connected for side in self.sides):
                for side in self.sides:
                    self.deliver(side)
                    side.link.serve_page()
            for side in self.sides:
                side.link.serve_page()
            if self.agrees():
                return
            self.pass_time(1)
        raise AssertionError(f"no agreement: {self.a.link.session.numbers}, {self.a.delivered}")

    def agrees(self) -> bool:
        a, b = self.a.link.session, self.b.link.session
        numbers_agree = (
            a.numbers.next_in == b.numbers.next_out and b.numbers.next_in == a.numbers.next_out
        )
        all_there = self.a.delivered == self.b.sent and self.b.delivered == self.a.sent
        quiet = not any(side.incoming for side in self.sides) and not (a.replay or b.replay)
        return numbers_agree and all_there and quiet and a.logged_on and b.logged_on


def _steps(world: World) -> dict[str, Callable[[], None]]:
    a, b = world.a, world.b
    return {
        "connect": world.connect,
        "a sends": a.send,
        "b sends": b.send,
        "a gets": lambda: world.deliver(a),
        "b gets": lambda: world.deliver(b),
        "a replays": a.link.serve_page,
        "b replays": b.link.serve_page,
        "cut": world.cut,
        "a crashes": a.crash,
        "b crashes": b.crash,
        "break to a": lambda: world.break_next(a),
        "break to b": lambda: world.break_next(b),
        "lose to a": lambda: world.lose_next(a),
        "lose to b": lambda: world.lose_next(b),
        "repeat to a": lambda: world.repeat_next(a),
        "repeat to b": lambda: world.repeat_next(b),
        "a moment": lambda: world.pass_time(1),
        "a while": lambda: world.pass_time(11),
    }


NAMES = list(_steps(World(1)))
# The usual things happen more often than faults.
USUAL = ["connect", "a sends", "b sends", "a replays", "b replays", *["a gets", "b gets"] * 3]
FAULTS = [name for name in NAMES if name not in USUAL]


@settings(max_examples=150, deadline=None)
@given(
    steps=st.lists(st.sampled_from(USUAL * 4 + FAULTS), max_size=120),
    page=st.integers(1, 4),
)
def test_nothing_is_lost_doubled_or_reordered(steps: list[str], page: int) -> None:
    world = World(page)
    for step in steps:
        _steps(world)[step]()
        world.settle()
    world.converge()


def test_the_usual_run_without_faults_agrees_at_once() -> None:
    world = World(3)
    for step in ["connect", "b gets", "a gets", *["a sends", "b sends", "a gets", "b gets"] * 5]:
        _steps(world)[step]()
        world.settle()
    assert world.agrees()
