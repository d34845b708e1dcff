"""Performs what sessions and the core decide: journals it, and queues what may leave afterwards.

Owns the order of things inside a batch. It is the only one that adds to the journal and to the
outbox; the committer releases. Knows sockets only as connections to write to.
"""

import asyncio
from collections.abc import Callable, Iterable
from time import time_ns
from typing import Any, Final

import structlog

from gateway import events as ev
from gateway.alarm_codes import code_and_text
from gateway.alarms import Alarms
from gateway.api_links import ApiLinks
from gateway.brokers.paper import Report
from gateway.budget import Budget, steady_ns
from gateway.committer import Committer
from gateway.decide import Core
from gateway.decision import Decision
from gateway.events import Event, LinkStateChanged, NumbersChanged, NumberTaken, encode
from gateway.link import CALLED, Link
from gateway.operators import told
from gateway.paper_brokers import PaperBrokers
from gateway.secrets import USER_MSG_TYPES, blanked
from gateway.snapshot import history_needed, snapshot
from gateway.state import State
from sessions.counts import count
from sessions.effects import (
    LOGON_REFUSED,
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
from sessions.framing import Garbled
from sessions.message import Message, parse
from sessions.replay import Replay
from sessions.sequence import parse_seq
from store.journal import Journal
from store.record import EVENT, IN, IN_ADVANCES, IN_GARBLED, OPERATOR, OUT, OUT_KEPT, OUT_RESENT

log = structlog.get_logger("fixgate")

CANCELS: Final = frozenset({"F", "K", "q"})  # their rate is the core's business
FORGOTTEN_AT_ONCE: Final = 500  # closed orders of days past
FORGETTING_PAUSE_S: Final = 0.01
HISTORY_NS: Final = 2 * 86_400_000_000_000

Excess = Callable[[Link, Budget, Message | None, int], Decision | None]


class Engine:
    """The joints between links, core, journal and committer."""

    def __init__(self, loop: asyncio.AbstractEventLoop, core: Core, journal: Journal) -> None:
        self.loop = loop
        self.core = core
        self.journal = journal
        self.committer: Committer
        self.links: dict[int, Link] = {}
        self.reading: Link | None = None  # whose messages are looked at; of a fault, whose made it
        self.paper = PaperBrokers(loop, self._paper_report)
        self.apis = ApiLinks(self)
        self.limits_hit: dict[str, int] = {}
        self.alarms = Alarms(self.limits_hit, self._record_alarm)
        self.impossible: dict[str, int] = {}  # reports that cannot be, by broker
        self.history_ns = HISTORY_NS
        self.on_state_change: Callable[[Link, str], None] = lambda _link, _state: None
        self.on_replay: Callable[[Link, Replay], None] = lambda _link, _replay: None
        self.on_alarm: Callable[[str, str, int], None] = lambda _code, _text, _now: None
        self.on_behind: Callable[[Link], None] = lambda _link: None
        self.on_wake: Callable[[int], None] = lambda _when_ns: None
        self.on_excess: Excess = lambda _link, _budget, _message, _now: None
        self._performers: dict[type[Effect], Callable[[Link, Any, int], None]] = {
            Inbound: self._inbound,
            Taken: self._taken,
            Outbound: self._outbound,
            NumbersSet: self._numbers_set,
            IntervalBegun: self._interval_begun,
            StateChanged: self._state_changed,
            ReplayBegun: self._replay_begun,
            Disconnect: lambda link, effect, _now: self.close(link, effect.why),
            Alarm: self._alarm,
        }

    # --- input --------------------------------------------------------------------------------

    def read(self, link: Link, data: bytes) -> None:
        """Bytes of a link's connection."""
        framer = link.framer
        if framer is None:
            return
        items = framer.feed(data)
        if items:
            self.received(link, items)
        else:
            now = time_ns()
            self.perform(link, link.session.alive(now), now)

    def received(self, link: Link, items: Iterable[bytes | Garbled]) -> None:
        """Frames of one read of a link's connection."""
        if self.committer.message_log.names:
            self.committer.message_log.received(link, items)
        now = time_ns()
        self.reading = link
        session = link.session
        performers = self._performers
        for item in items:
            for effect in session.receive(item, now):
                performers[type(effect)](link, effect, now)
            while session.ready:
                for effect in session.drain(now):
                    performers[type(effect)](link, effect, now)
        self.reading = None
        self._arm(link)
        self.committer.touch()
        if self.committer.is_behind:
            self.on_behind(link)

    def stranger(self, raw: bytes, now: int) -> None:
        """Bytes of someone whom no session knows: kept as evidence on link 0."""
        self.journal.add(IN, IN_GARBLED, 0, 0, 0, now, 0, blanked(raw, garbled=True))
        self.committer.touch()

    def _arm(self, link: Link) -> None:
        """Set the link's timer to what its session wants next, if that is earlier."""
        deadline = link.session.deadline()
        if deadline is None or (link.timer is not None and link.armed_ns <= deadline):
            return
        if link.timer is not None:
            link.timer.cancel()
        link.armed_ns = deadline
        delay_s = max(deadline - time_ns(), 0) / 1e9
        link.timer = self.loop.call_later(delay_s, self._tick, link)

    def _tick(self, link: Link) -> None:
        link.timer = None
        now = time_ns()
        connection = link.connection
        if connection is not None and connection.is_paused:  # not the peer is silent: we are deaf
            self.perform(link, link.session.alive(now), now)
        self.perform(link, link.session.tick(now), now)

    def perform(self, link: Link, effects: list[Effect], now: int) -> None:
        """Carry out a session's effects strictly in order."""
        performers = self._performers
        for effect in effects:
            performers[type(effect)](link, effect, now)
        self._arm(link)
        self.committer.touch()

    def perform_decision(self, decision: Decision) -> None:
        """Journal the facts of a decision and send what follows from them."""
        add = self.journal.add
        now = decision.now
        for order_no, payload in decision.events:
            add(EVENT, 0, 0, 0, 0, now, order_no, payload)
        for send in decision.sends:
            link = self.links.get(send.link)
            if link is not None:
                body = send.body
                if link.rules is not None:
                    body = link.rules.sent(send.msg_type, body)
                self._send(link, link.session.send(send.msg_type, body, now), send.order_no, now)
            else:
                self.apis.send(send, now)
        for said in decision.alarms:
            self.alarm(*code_and_text(said))
        for broker in decision.impossible_of:
            count(self.impossible, broker)
        if decision.wake_ns:
            self.on_wake(decision.wake_ns)
        if decision.limit:
            self.hit(decision.limit)
        for number, code in decision.refusals:
            if number in self.links:
                count(self.links[number].session.counts.refused, code)
        self.committer.touch()

    def event(self, event: Event, now: int) -> None:
        """Journal and apply a fact that no decision made."""
        payload = encode(event)
        self.core.state.apply(event, now, payload)
        self.journal.add(EVENT, 0, 0, 0, 0, now, 0, payload)
        self.committer.touch()

    def operator(self, payload: bytes, now: int) -> None:
        """Journal an operator's action."""
        log.info("operator", said=told(payload))
        self.journal.add(OPERATOR, 0, 0, 0, 0, now, 0, payload)
        self.committer.touch()

    # --- effects --------------------------------------------------------------------------------

    def _inbound(self, link: Link, effect: Inbound, now: int) -> None:
        message = effect.message
        add = self.journal.add
        budget = link.budget
        if message is None:
            frame = blanked(effect.frame, garbled=effect.flags & IN_GARBLED != 0)
            add(IN, effect.flags, link.number, effect.epoch, effect.seq, now, 0, frame)
            if budget is not None and not budget.spend(steady := steady_ns(self.loop)):
                self.on_excess(link, budget, None, steady)
            return
        refused = None
        if budget is not None and message.msg_type not in CANCELS:
            steady = steady_ns(self.loop)
            if not budget.spend(steady):
                refused = self.on_excess(link, budget, message, steady)
        decision = refused or self._decide(link, message, effect.problem, now)
        order_no = decision.order_no
        frame = blanked(effect.frame) if message.msg_type in USER_MSG_TYPES else effect.frame
        if decision.conflated and effect.flags & IN_ADVANCES:
            self.event(NumberTaken(link.number, effect.epoch, effect.seq), now)
        else:
            add(IN, effect.flags, link.number, effect.epoch, effect.seq, now, order_no, frame)
        self.perform_decision(decision)

    def _taken(self, link: Link, effect: Taken, now: int) -> None:
        self.event(NumberTaken(link.number, link.session.numbers.epoch, effect.seq), now)
        if effect.message is not None:
            self.perform_decision(self._decide(link, effect.message, effect.problem, now))

    def _decide(self, link: Link, message: Message, problem: str, now: int) -> Decision:
        if link.rules is not None:
            message = link.rules.received(message)
        if link.role in CALLED and message.msg_type in ("3", "j"):
            return self._refused_by_broker(link, message, now)
        return self.core.message(link.number, message, problem, now)

    def _refused_by_broker(self, link: Link, message: Message, now: int) -> Decision:
        """A Reject(3) or j names our message by its MsgSeqNum(34) only: read it again."""
        text = message.fields.get("58", "") or f"refused by MsgType(35)={message.msg_type}"
        seq = message.fields.get("45", "")
        number = parse_seq(seq)
        if number > 0:
            for record in self.journal.sent(link.number, number, number, 1):
                refused = parse(record.payload)
                if isinstance(refused, Message):
                    return self.core.refused_by_broker(link.number, refused, text, now)
        return self.core.message(link.number, message, f"unknown RefSeqNum(45)={seq}", now)

    def _outbound(self, link: Link, effect: Outbound, now: int) -> None:
        self._send(link, effect, 0, now)

    def _send(self, link: Link, out: Outbound, order_no: int, now: int) -> None:
        flags = OUT_RESENT if out.resent else 0
        session, frame = link.session, out.frame
        kept = blanked(frame) if out.admin else frame
        connection = link.connection if out.admin or session.logged_on else None
        if len(frame) > session.message_max_bytes and not out.admin and connection is not None:
            self.too_long(link, frame)
            connection = None
        if connection is None:
            flags |= OUT_KEPT
            session.counts.kept += 1
        self.journal.add(OUT, flags, link.number, out.epoch, out.seq, now, order_no, kept)
        if connection is None:
            return
        replay = session.replay
        if replay is None or out.resent or replay.follows(out.seq):
            self.committer.outbox.write(connection, frame)
        elif not replay.hold(frame):  # the peer asks for it after its next logon
            text = "too much waits behind the messages that are being sent again"
            self.cut_off(link, "resend_held_max_bytes", text)

    def too_long(self, link: Link, frame: bytes) -> None:
        """A message is longer than the peer's MaxMessageSize(383) allows. A broker does not get it,
        and its order or request is over; to a client it is owed: the session ends, for its next
        Logon(A) may allow more.
        """
        text = f"a message of {len(frame)} bytes is longer than MaxMessageSize(383) allows"
        if link.role not in CALLED:
            self.cut_off(link, "max_message_size_min", f"{text}: log on with a greater one")
            return
        self.hit("max_message_size_min", link)
        self.alarm("TOO_LONG", f"{link.name}: {text}: it is not sent")
        # Not now: the decision that it is part of comes first.
        self.committer.outbox.after(lambda: self._never_sent(link, frame, text))
        self.committer.touch()

    def _never_sent(self, link: Link, frame: bytes, text: str) -> None:
        message = parse(frame)
        assert isinstance(message, Message), f"{link.name}: we made a garbled message"
        self.perform_decision(self.core.refused_by_broker(link.number, message, text, time_ns()))

    def cut_off(self, link: Link, limit: str, text: str) -> None:
        """End the session of a peer beyond a limit, after all that is being decided now."""
        connection = link.connection

        def cut() -> None:
            if link.connection is connection:
                now = time_ns()
                self.perform(link, link.session.cut_off(limit, text, now), now)

        self.committer.outbox.after(cut)
        self.committer.touch()

    def _numbers_set(self, link: Link, effect: NumbersSet, now: int) -> None:
        before = self.core.state.links[link.number].epoch
        event = NumbersChanged(
            link.number, effect.epoch, effect.next_in, effect.next_out, effect.why
        )
        self.event(event, now)
        if effect.epoch != before:
            link.first_live_seq = effect.next_out
        broker = self.core.setup.brokers.get(link.name)
        if effect.lost and broker is not None and broker.link == link.number:  # not one taken out
            self.perform_decision(self.core.messages_lost(link.name, effect.why, now))
            if broker.up:  # else it is asked when it has logged on
                # Not now: the session's own messages of this reset come first.
                self.loop.call_soon(self._ask_unknown, link)

    def _interval_begun(self, link: Link, effect: IntervalBegun, now: int) -> None:
        self.event(ev.IntervalBegun(link.number, effect.begin_ns, effect.epoch), now)

    def _ask_unknown(self, link: Link) -> None:
        if link.session.logged_on:
            self.perform_decision(self.core.ask_unknown(link.name, time_ns()))

    def _state_changed(self, link: Link, effect: StateChanged, now: int) -> None:
        self.event(LinkStateChanged(link.number, effect.new, effect.why), now)
        log.info("session", name=link.name, state=effect.new, why=effect.why)
        self.on_state_change(link, effect.new)

    def _replay_begun(self, link: Link, effect: ReplayBegun, _now: int) -> None:
        self.on_replay(link, effect.replay)

    def close(self, link: Link, why: str) -> None:
        """Close a link's connection once everything queued has been written."""
        connection = link.connection
        if connection is not None:
            self.committer.outbox.after(lambda: connection.close(why))
            self.committer.touch()

    def _alarm(self, link: Link, effect: Alarm, _now: int) -> None:
        link.alarm = effect.text
        by_anybody = effect.code == LOGON_REFUSED and link.role not in CALLED
        self.alarms.add(effect.code, f"{link.name}: {effect.text}", by_anybody=by_anybody)
        if effect.limit:
            self.hit(effect.limit, link)

    def hit(self, limit: str, link: Link | None = None) -> None:
        """Count that a limit was reached, by the name of its setting; by whose session, if it was
        one.
        """
        count(self.limits_hit, limit)
        if link is not None:
            count(link.session.counts.limits, limit)

    def alarm(self, code: str, text: str) -> None:
        """Something an operator must see."""
        self.alarms.add(code, text)

    def _record_alarm(self, code: str, text: str, now: int) -> None:
        self.event(ev.AlarmRaised(code, text), now)
        self.on_alarm(code, text, now)

    # --- brokers without a session ----------------------------------------------------------------

    def _paper_report(self, name: str, fields: Report, now: int) -> None:
        self.perform_decision(self.core.report(name, fields, now))

    # --- snapshot ---------------------------------------------------------------------------------

    def snapshot(self) -> Iterable[tuple[int, bytes]]:
        """What opens the next journal segment. Closed orders of days past are let go here."""
        state = self.core.state
        self._retire(state)
        for link in self.links.values():
            state.links[link.number].stand_at(link.session.numbers)
        return snapshot(state, time_ns())

    def _retire(self, state: State) -> None:
        kept_ns = time_ns() - self.history_ns
        first = self.journal.first_segment_since(kept_ns)
        if self.journal.created_ns(first) > kept_ns:
            first -= 1  # the one before was still being written at that time
        needed = history_needed(state, max(first, state.history_from))
        state.history_from = self.journal.start_at(needed)
        state.segment = self.journal.segment
        self._forget(min(self.journal.created_ns(state.history_from), kept_ns))  # clocks go back

    def _forget(self, time_ns: int) -> None:
        """Some at a time: a busy day's orders would keep the sessions waiting."""
        book = self.core.state.book
        if book.forget_closed_before(time_ns, FORGOTTEN_AT_ONCE) == FORGOTTEN_AT_ONCE:
            self.loop.call_later(FORGETTING_PAUSE_S, self._forget, time_ns)
