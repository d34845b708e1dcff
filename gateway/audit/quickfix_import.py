"""The history of another engine as a journal of its own: real records, chained, sealable, and as
readable as a gateway's.

What is imported lives in a data folder apart, so nobody takes it for what this gateway saw, and it
survives `audit rebuild`: its tables are made from it as any. A mark, a record of an operator, says
in each batch how far of which file it goes, so that the same bytes are never imported twice,
whatever name the file has by then, and a crash loses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from heapq import merge
from pathlib import Path
from time import time_ns
from typing import Any, Final

from gateway.audit.quickfix_files import (
    EVENTS,
    MESSAGES,
    STORE,
    Entry,
    Source,
    digest_at,
    entries,
    sources,
)
from gateway.audit.render import utc
from gateway.events import Event, LinkDefined, NumbersChanged, encode
from gateway.operators import action
from gateway.recovery import fold, recover
from gateway.risk.limits import LimitTable
from gateway.secrets import blanked
from gateway.snapshot import snapshot
from gateway.state import State
from sessions.message import Message, parse
from sessions.sequence import parse_seq
from store.errors import StoreError
from store.journal import Journal
from store.reader import JournalReader
from store.record import EVENT, IN, IN_ADVANCES, IN_GARBLED, OPERATOR, OUT, OUT_RESENT, Record
from store.segment import JOURNAL_FOLDER, numbers_in

MARK: Final = "audit import-quickfix"
LOGGED: Final = "quickfix event"
ROLE: Final = "imported"
RECORDS_A_BATCH: Final = 2_000
BYTES_A_BATCH: Final = 4 << 20
PROBLEMS_MAX: Final = 50
"""That are named; all are counted."""
LINES_LOOKED_AT: Final = 1_000

Progress = Callable[[int, int], None]
"""Called with the bytes that were read and those that there are."""


class NotImportedError(StoreError):
    """It cannot be imported; the text is one clear line."""


@dataclass(slots=True)
class Imported:
    """What came of it. `known_bytes` were imported before; `problems`: the first of `garbled`
    entries, each with file and line, and files whose last line has no end yet.
    """

    sessions: list[str] = field(default_factory=list)
    messages: int = 0
    events: int = 0
    garbled: int = 0
    known_bytes: int = 0
    problems: list[str] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)

    def problem(self, text: str) -> None:
        """Name one, unless there are too many."""
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(text)


def import_logs(folder: Path, data_dir: Path, who: str, progress: Progress) -> Imported:
    """Import all files of a folder into the journal of `data_dir`, which is made if there is none.
    Raises StoreError: where there is nothing to import, for the journal of a gateway, and for one
    that cannot be written.
    """
    found = sources(folder)
    if not found:
        raise NotImportedError(
            f"{folder}: holds no log of QuickFIX: no file is called *.messages*.log"
        )
    _refuse_gateways(data_dir / JOURNAL_FOLDER)
    all_files = [source for files in found.values() for source in files]
    total = sum(source.size() for source in all_files)
    result = Imported(sorted({one.session for one in all_files if one.size()}))
    journal = Journal(data_dir / JOURNAL_FOLDER)
    try:
        writer = _Writer(journal, who)
        streams = [_stream(files, writer.marks, result) for files in found.values()]
        done = result.known_bytes
        for entry in merge(*streams, key=lambda entry: entry.time_ns):
            done += writer.take(entry, result)
            progress(done, total)
        writer.commit()
        while journal.in_pieces:
            writer.write()
    finally:
        journal.close()
    return result


def _refuse_gateways(folder: Path) -> None:
    """Only a journal that begins with a mark is one of imports."""
    if not (folder.is_dir() and numbers_in(folder)):
        return
    first = next(JournalReader(folder).batches(), None)
    if first is not None and _mark(first.records[0]) is None:
        raise NotImportedError(f"{folder}: is the journal of a gateway: import into a folder apart")


def _mark(record: Record) -> dict[str, Any] | None:
    if record.kind != OPERATOR:
        return None
    said: dict[str, Any] = json.loads(record.payload)
    return said if said["what"] == MARK else None


Marks = dict[tuple[str, str], dict[int, set[str]]]
"""By session and kind of file: a size, and the SHA-256 (hex) of so many first bytes of each file
that was imported so far.
"""


def _stream(files: list[Source], marks: Marks, result: Imported) -> Iterator[Entry]:
    """What is new in the files of one session and kind."""
    known = {source: _known(source, marks) for source in files}
    result.known_bytes += sum(known.values())
    return _entries(known, result)


def _known(source: Source, marks: Marks) -> int:
    """How many of a file's first bytes were imported before, under this name or another."""
    held = marks.get((source.session, source.kind), {})
    have = digest_at(source.path, {size for size in held if size <= source.size()})
    return max((size for size, digest in have.items() if digest in held[size]), default=0)


def _entries(known: dict[Source, int], result: Imported) -> Iterator[Entry]:
    for source, skip in known.items():
        end, size = skip, source.size()
        for entry in entries(source, skip):
            end = entry.end
            yield entry
        if end < size:
            result.problem(f"{source.path}: its last line has no end yet: left for another time")


class _Writer:
    """Entries to records."""

    def __init__(self, journal: Journal, who: str) -> None:
        self.marks: Marks = {}
        self._journal = journal
        self._who = who
        self._at = utc(time_ns())
        self._state: State = recover(journal, LimitTable([], []), 1)
        self._links = {link.defined.name: link.number for link in self._state.links.values()}
        self._reached: dict[Path, Entry] = {}
        self._records = 0
        self._now = 0
        for batch in journal.batches():
            if batch.mentions(MARK.encode()):
                self._learn(batch.records)

    def _learn(self, records: list[Record]) -> None:
        for said in filter(None, map(_mark, records)):
            if "digest" in said:
                held = self.marks.setdefault((said["session"], said["kind"]), {})
                held.setdefault(said["bytes"], set()).add(said["digest"])

    def take(self, entry: Entry, result: Imported) -> int:
        """Write one; returns how many bytes of its file it was."""
        before = self._reached.get(entry.path)
        self._reached[entry.path] = entry
        self._now = entry.time_ns
        if not (self._journal.batch_number or self._journal.pending):
            self._act(MARK, "", at=self._at)  # what tells this journal from a gateway's
        link = self._link(entry)
        if entry.problem:
            result.garbled += 1
            result.problem(f"{entry.path}:{entry.line}: {entry.problem}")
            raw = blanked(entry.data, garbled=True)
            self._add(IN, IN_GARBLED, link, self._state.links[link].epoch, 0, raw)
        elif entry.kind == EVENTS:
            result.events += 1
            text = blanked(entry.data, garbled=True).decode("utf-8", "replace")
            self._act(LOGGED, text, session=entry.session)
        else:
            result.messages += 1
            self._message(link, entry)
        if self._records >= RECORDS_A_BATCH or self._journal.pending_bytes >= BYTES_A_BATCH:
            self.commit()
        return entry.end - (before.end if before is not None else entry.end - len(entry.data))

    def commit(self) -> None:
        """End the batch, with how far it goes in each file."""
        for path, entry in self._reached.items():
            about = {"session": entry.session, "kind": entry.kind, "file": path.name}
            self._act(MARK, "", **about, bytes=entry.end, digest=entry.digest, at=self._at)
        self._reached.clear()
        self._records = 0
        self.write()

    def write(self) -> None:
        """Put on disk what there is."""
        self._journal.commit(self._now, self._snapshot)

    def _snapshot(self) -> Iterator[tuple[int, bytes]]:
        state = self._state
        state.segment = self._journal.segment
        state.history_from = self._journal.start_at(state.segment)
        return snapshot(state, self._now)

    # --- records --------------------------------------------------------------------------------

    def _add(self, kind: int, flags: int, link: int, epoch: int, seq: int, payload: bytes) -> None:
        self._journal.add(kind, flags, link, epoch, seq, self._now, 0, payload)
        fold(self._state, Record(kind, flags, link, epoch, seq, self._now, 0, payload))
        self._records += 1

    def _act(self, what: str, why: str, **details: str | int) -> None:
        who = self._who if what == MARK else "quickfix"
        self._add(OPERATOR, 0, 0, 0, 0, action(who, why, what, **details))

    def _event(self, event: Event) -> None:
        self._add(EVENT, 0, 0, 0, 0, encode(event))

    def _message(self, link: int, entry: Entry) -> None:
        message = parse(entry.data)
        assert isinstance(message, Message), f"{entry.path}:{entry.line}: was a message before"
        get = message.fields.get
        kind = OUT if entry.kind == STORE or is_outgoing(entry.session, message) else IN
        seq = max(parse_seq(get("34", "")), 0)
        again = get("43") == "Y"
        if not again:
            self._count(link, kind, seq)
        flags = (OUT_RESENT if again else 0) if kind == OUT else (0 if again else IN_ADVANCES)
        epoch = self._state.links[link].epoch
        self._add(kind, flags, link, epoch, seq, blanked(entry.data))

    def _count(self, link: int, kind: int, seq: int) -> None:
        """A number that was there before begins another run of both directions."""
        known = self._state.links[link]
        if 0 < seq < (known.next_in if kind == IN else known.next_out):
            anew = NumbersChanged(link, known.epoch + 1, 1, 1, "numbers begin anew in the log")
            self._event(anew)

    def _link(self, entry: Entry) -> int:
        number = self._links.get(entry.session)
        if number is None:
            number = self._links[entry.session] = max(self._links.values(), default=0) + 1
            ours, theirs = _comp_ids(entry)
            version = entry.session.partition("-")[0]
            self._event(LinkDefined(number, entry.session, ROLE, version, ours, theirs))
        return number


def is_outgoing(session: str, message: Message) -> bool:
    """Whether the engine sent it: a session is called BeginString-SenderCompID-TargetCompID."""
    sender, target = message.fields["49"], message.fields["56"]
    version = message.fields["8"]
    ours = session.startswith(f"{version}-{sender}")
    if ours == session.startswith(f"{version}-{target}"):
        return ours and len(sender) >= len(target)  # one begins as the other
    return ours


def _comp_ids(entry: Entry) -> tuple[str, str]:
    """Of the engine and of its peer, as the first messages of the session have them."""
    folder = entry.path.parent
    for source in sources(folder).get((entry.session, MESSAGES), [])[:1]:
        for looked, found in enumerate(entries(source)):
            message = parse(found.data)
            if not found.problem and isinstance(message, Message):
                pair = message.fields["49"], message.fields["56"]
                return pair if is_outgoing(entry.session, message) else pair[::-1]
            if looked == LINES_LOOKED_AT:
                break
    _, _, comp_ids = entry.session.partition("-")
    ours, _, theirs = comp_ids.partition("-")
    return ours, theirs
