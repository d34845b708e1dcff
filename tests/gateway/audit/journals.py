"""Journals as a gateway writes them, for tests of the audit: the real core decides, the real
journal keeps. One client (ACME, FIX.4.4), another (BETA, FIX.4.2), one broker (SIM).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from gateway.decision import Decision
from gateway.events import Event, LinkStateChanged, encode
from gateway.snapshot import snapshot
from sessions.message import Message, parse
from sessions.message import encode as encode_fix
from store.journal import Journal
from store.record import EVENT, IN, IN_ADVANCES, IN_GARBLED, OPERATOR, OUT, OUT_RESENT
from tests.gateway.bench import ACME, BETA, NOON, SECOND, SIM, Bench

MILLISECOND = 1_000_000
PEERS = {ACME: ("FIX.4.4", "ACME"), BETA: ("FIX.4.2", "BETA"), SIM: ("FIX.4.4", "SIM")}


class Writer:
    """A journal and the core behind it. `with` closes the journal."""

    def __init__(self, folder: Path, segment_bytes: int = 1 << 20, now: int = NOON) -> None:
        self.bench = Bench()
        self.now = now
        self.journal = Journal(folder, segment_bytes=segment_bytes, sync="os")
        self.next_in = dict.fromkeys(PEERS, 1)
        self.next_out = dict.fromkeys(PEERS, 1)
        self.executions = 0
        self.rounds = 0
        for _, payload in self.bench.events:
            self.journal.add(EVENT, 0, 0, 0, 0, now, 0, payload)
        for link in PEERS:
            self.event(LinkStateChanged(link, "logged on", "Logon(A)"))
        self.commit()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_error: object) -> None:
        self.journal.close()

    # --- the parts of a batch -------------------------------------------------------------------

    def event(self, event: Event) -> None:
        """A fact that no message led to."""
        payload = encode(event)
        self.bench.core.state.apply(event, self.now, payload)
        self.journal.add(EVENT, 0, 0, 0, 0, self.now, 0, payload)

    def operator(self, **said: str) -> None:
        """An operator's action."""
        self.journal.add(OPERATOR, 0, 0, 0, 0, self.now, 0, json.dumps(said).encode())

    def receive(self, link: int, body: str) -> list[dict[str, str]]:
        """A message of a peer, "35=D|11=..": what the core sends because of it."""
        self.now += MILLISECOND
        frame = self._frame(link, body, incoming=True)
        message = parse(frame)
        assert isinstance(message, Message)
        decision = self.bench.core.message(link, message, "", self.now)
        seq = self.next_in[link]
        self.journal.add(IN, IN_ADVANCES, link, 1, seq, self.now, decision.order_no, frame)
        self.next_in[link] = seq + 1
        return self.perform(decision)

    def perform(self, decision: Decision) -> list[dict[str, str]]:
        """Keep what a decision made."""
        for order_no, payload in decision.events:
            self.journal.add(EVENT, 0, 0, 0, 0, decision.now, order_no, payload)
        sent = []
        for send in decision.sends:
            body = f"35={send.msg_type}|{send.body}".replace("\x01", "|").rstrip("|")
            self.send(send.link, body, send.order_no)
            sent.append(dict(pair.partition("=")[::2] for pair in body.split("|")))
        return sent

    def send(self, link: int, body: str, order_no: int = 0, flags: int = 0) -> bytes:
        """A message to a peer."""
        frame = self._frame(link, body, incoming=False)
        seq = self.next_out[link]
        self.journal.add(OUT, flags, link, 1, seq, self.now, order_no, frame)
        self.next_out[link] = seq + 1
        return frame

    def resend(self, link: int, seq: int, body: str) -> None:
        """A message sent once more; it consumes no number."""
        frame = self._frame(link, body + "|43=Y", incoming=False, seq=seq)
        self.journal.add(OUT, OUT_RESENT, link, 1, seq, self.now, 0, frame)

    def raw(self, flags: int, link: int, seq: int, frame: bytes) -> None:
        """Bytes that came in, as they are."""
        self.journal.add(IN, flags, link, 1, seq, self.now, 0, frame)

    def commit(self) -> None:
        """End the batch; what it sends leaves at once."""
        self.journal.commit(self.now, self._snapshot)
        self.journal.released(self.now)

    def _snapshot(self) -> Iterator[tuple[int, bytes]]:
        return snapshot(self.bench.core.state, self.now)

    def _frame(self, link: int, body: str, *, incoming: bool, seq: int = 0) -> bytes:
        version, peer = PEERS[link]
        numbers = self.next_in if incoming else self.next_out
        sender, target = (peer, "GATE") if incoming else ("GATE", peer)
        head, _, rest = body.partition("|")
        text = (
            f"{head}|34={seq or numbers[link]}|49={sender}|52=20261121-12:00:00.000|56={target}|"
            + (rest + "|" if rest else "")
        )
        return encode_fix(version, text.replace("|", "\x01"))

    # --- what peers say -------------------------------------------------------------------------

    def enter(self, cl_ord_id: str, link: int = ACME, **changes: str) -> list[dict[str, str]]:
        """A limit order for 100 IBM at 100."""
        fields = {"11": cl_ord_id, "1": "ACC", "21": "1", "55": "IBM", "54": "1"}
        fields |= {"60": "20261121-12:00:00", "38": "100", "40": "2", "44": "100.50"}
        fields |= {tag.removeprefix("tag"): value for tag, value in changes.items()}
        body = "|".join(f"{tag}={value}" for tag, value in fields.items() if value)
        return self.receive(link, "35=D|" + body)

    def report(self, broker_cl_ord_id: str, exec_type: str, body: str = "") -> None:
        """An ExecutionReport(8) of the broker."""
        self.executions += 1
        self.receive(
            SIM,
            f"35=8|37=B{self.executions}|11={broker_cl_ord_id}|17=E{self.executions}"
            f"|150={exec_type}|39=0|55=IBM|54=1|14=0|151=0|6=0" + (f"|{body}" if body else ""),
        )

    def traded_order(self, cl_ord_id: str, link: int = ACME, quantity: str = "100") -> None:
        """An order, acknowledged and filled in two parts."""
        [sent] = self.enter(cl_ord_id, link)
        self.report(sent["11"], "0")
        self.report(sent["11"], "F", f"32={int(quantity) - 40}|31=100.25")
        self.report(sent["11"], "F", "32=40|31=100.5")
        self.commit()


def trade(writer: Writer, cl_ord_id: str, link: int = ACME) -> None:
    """An order, acknowledged and filled in two parts."""
    [sent] = writer.enter(cl_ord_id, link)
    writer.report(sent["11"], "0")
    writer.report(sent["11"], "F", "32=60|31=100.25")
    writer.report(sent["11"], "F", "32=40|31=100.5")
    writer.commit()


def bust_and_correct(writer: Writer, cl_ord_id: str) -> None:
    """Three fills, one taken back, one corrected, one that fits no order; the one before of that
    kind is dealt with.
    """
    [sent] = writer.enter(cl_ord_id)
    for quantity in ("10", "20", "30"):
        writer.report(sent["11"], "F", f"32={quantity}|31=99.5")
    writer.commit()
    first = writer.executions - 2
    writer.report(sent["11"], "H", f"19=E{first}|58=a mistake")
    writer.report(sent["11"], "G", f"19=E{first + 1}|32=25|31=99.75")
    core = writer.bench.core
    for key, _, _ in core.state.parked.items():
        writer.perform(core.book(key, "", "root", "the broker took it back", writer.now))
    writer.report("NOBODY", "F", "32=5|31=1|37=with \x00 inside")
    writer.commit()


def replace_and_cancel(writer: Writer, cl_ord_id: str) -> None:
    """A replace taken, a replace refused by us, a cancel refused by the broker, a cancel."""
    [sent] = writer.enter(cl_ord_id)
    writer.report(sent["11"], "0")
    body = f"1=ACC|55=IBM|54=1|60=20261121-12:00:00|11={cl_ord_id}"
    [asked] = writer.receive(ACME, f"35=G|41={cl_ord_id}|{body}r|38=150|40=2|44=101")
    writer.commit()
    writer.report(asked["11"], "5", f"41={sent['11']}|38=150|44=101")
    writer.receive(ACME, f"35=G|41={cl_ord_id}|{body}s|38=10|40=2|44=101")
    [asked] = writer.receive(ACME, f"35=F|41={cl_ord_id}r|{body}t|38=150")
    writer.receive(SIM, f"35=9|37=B1|11={asked['11']}|41=x|39=0|434=1|102=0|58=too late")
    writer.commit()
    [asked] = writer.receive(ACME, f"35=F|41={cl_ord_id}r|{body}u|38=150")
    writer.report(asked["11"], "4", f"41={sent['11']}")
    writer.commit()


def odd_messages(writer: Writer, cl_ord_id: str) -> None:
    """Refusals, garbage, session messages, a resend, halts and what operators do."""
    writer.enter(cl_ord_id, BETA, tag38="0")
    writer.enter(cl_ord_id + "m", tag11="M" * 300, tag58="caf\xe9 \x00 end")
    writer.receive(ACME, f"35=F|41=NEVER|11={cl_ord_id}f|55=IBM|54=1|38=1|60=20261121-12:00:00")
    writer.raw(IN_GARBLED, ACME, 0, b"8=FIX.4.4\x019=5\x01garbage")
    writer.send(ACME, "35=0")
    writer.resend(ACME, 1, "35=4|36=2|123=Y")
    writer.commit()
    writer.operator(who="root", why="a test", what="halt", scope="firm")
    writer.perform(writer.bench.core.halt("firm", False, "root", "a test", writer.now))
    writer.now += SECOND
    writer.operator(who="root", why="over", what="resume", scope="firm")
    writer.perform(writer.bench.core.resume("firm", "root", "over", writer.now))
    writer.event(LinkStateChanged(ACME, "logged out", "connection lost"))
    writer.commit()


def busy_day(writer: Writer, rounds: int = 3) -> None:
    """A bit of everything, again and again."""
    for number in range(writer.rounds, writer.rounds + rounds):
        trade(writer, f"T{number}", BETA if number % 2 else ACME)
        bust_and_correct(writer, f"B{number}")
        replace_and_cancel(writer, f"R{number}")
        odd_messages(writer, f"O{number}")
        writer.now += SECOND
    writer.rounds += rounds
