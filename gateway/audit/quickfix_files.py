"""QuickFIX's files as entries in time: message logs, event logs, and the store of what was sent.

Reads the forms of QuickFIX (C++), QuickFIX/n and QuickFIX/J: `SESSION.messages.current.log`,
`SESSION.event.current.log`, their backups, the same without `current`, and `SESSION.body` with
`SESSION.header` where a session has no message log. A line is `YYYYMMDD-HH:MM:SS.fff : TEXT`, UTC,
with up to nine digits and maybe no blank before the colon; what does not begin so goes on with the
line before it. Knows no journal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

from gateway.secrets import USER_MSG_TYPES
from sessions.framing import Framer
from sessions.message import Garbled, Message, parse
from sessions.values import parse_utc_timestamp

MESSAGES: Final = "messages"
EVENTS: Final = "event"
STORE: Final = "store"
ENTRY_BYTES_MAX: Final = 1 << 20
"""What is longer is no line of a log, and is kept in pieces."""
_LOG: Final = re.compile(
    r"(?P<session>.+)\.(?P<kind>messages|event)\.((backup\.(?P<number>[0-9]+)|current)\.)?log"
)
_LINE: Final = re.compile(rb"([0-9]{8}-[0-9:]{8}(?:\.[0-9]{1,9})?) ?: ", re.DOTALL)
_NEEDED: Final = ("8", "9", "35", "49", "56", "10")
_WITH_SECRETS: Final = USER_MSG_TYPES | {"A"}
_PLACE: Final = re.compile(r"[0-9]+,([0-9]+),([0-9]+)")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a file says at one time (UTC ns). `kind`: MESSAGES, EVENTS or STORE; `problem`: why
    `data` is none of those, "" if it is. `line`: where it begins, from 1 (STORE: number of the
    message). `end`: where in the file it ends, and `digest`, SHA-256 of all up to there (hex).
    """

    time_ns: int
    kind: str
    session: str
    data: bytes
    problem: str
    path: Path
    line: int
    end: int
    digest: str


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a session. Sorts as it was written: backups by number, then the current one."""

    session: str
    kind: str
    path: Path
    number: int

    def size(self) -> int:
        """How many bytes it has."""
        return self.path.stat().st_size


def sources(folder: Path) -> dict[tuple[str, str], list[Source]]:
    """The files in a folder, by session and kind, oldest first."""
    found: dict[tuple[str, str], list[Source]] = {}
    for path in sorted(folder.iterdir()):
        named = _LOG.fullmatch(path.name)
        if named is not None:
            number = int(named["number"] or 1 << 30)
            source = Source(named["session"], named["kind"], path, number)
            found.setdefault((source.session, source.kind), []).append(source)
    for path in sorted(folder.glob("*.body")):
        if (path.stem, MESSAGES) not in found and path.with_suffix(".header").exists():
            found[path.stem, STORE] = [Source(path.stem, STORE, path, 0)]
    return {key: sorted(files, key=lambda one: one.number) for key, files in found.items()}


def digest_at(path: Path, sizes: set[int]) -> dict[int, str]:
    """SHA-256 (hex) of the first so many bytes of a file, for each size that it has."""
    found = {}
    hashed = sha256()
    at = 0
    with path.open("rb") as file:
        for size in sorted(sizes):
            while at < size and (data := file.read(min(size - at, 1 << 20))):
                hashed.update(data)
                at += len(data)
            if at == size:
                found[size] = hashed.hexdigest()
    return found


def entries(source: Source, skip: int = 0) -> Iterator[Entry]:
    """What a file says behind its first `skip` bytes, which end with an entry."""
    with source.path.open("rb") as file:
        if source.kind == STORE:
            yield from _stored(source, file, skip)
        else:
            yield from _Lines(source, file).entries(skip)


# --- logs -----------------------------------------------------------------------------------------


class _Lines:
    """The lines of a log, put together to entries."""

    def __init__(self, source: Source, file: IO[bytes]) -> None:
        self._source = source
        self._file = file
        self._hash = sha256()
        self._end = 0
        self._line = 1
        self._time_ns = 0
        self._held: list[bytes] = []

    def entries(self, skip: int) -> Iterator[Entry]:
        """A last line that has no end yet is left for another time."""
        self._skip(skip)
        size = 0
        while (line := self._file.readline(ENTRY_BYTES_MAX)).endswith(b"\n") or (
            len(line) == ENTRY_BYTES_MAX
        ):
            if self._held and (_LINE.match(line) or size + len(line) > ENTRY_BYTES_MAX):
                yield self._entry()
                size = 0
            self._held.append(line)
            size += len(line)
        if self._held:
            yield self._entry()

    def _skip(self, left: int) -> None:
        while left and (line := self._file.readline(min(left, ENTRY_BYTES_MAX))):
            self._take(line)
            left -= len(line)

    def _take(self, line: bytes) -> None:
        self._hash.update(line)
        self._end += len(line)
        self._line += line.endswith(b"\n")

    def _entry(self) -> Entry:
        """Of the lines that are held; one without a time has that of the one before."""
        whole = b"".join(self._held)
        begun = self._line
        for line in self._held:
            self._take(line)
        self._held.clear()
        head = _LINE.match(whole)
        problem = "" if head else "no time and colon at the line's begin"
        if head:
            try:
                self._time_ns = parse_utc_timestamp(head[1].decode())
            except ValueError:
                problem = f"{head[1].decode()} is no time"
        data = _without_end(whole[head.end() :] if head and not problem else whole)
        if not problem and self._source.kind == MESSAGES:
            problem = _fault(data)
        return self._told(data, problem, begun)

    def _told(self, data: bytes, problem: str, line: int) -> Entry:
        source = self._source
        digest = self._hash.hexdigest()
        kind, session, path = source.kind, source.session, source.path
        return Entry(self._time_ns, kind, session, data, problem, path, line, self._end, digest)


def _without_end(data: bytes) -> bytes:
    return data.removesuffix(b"\n").removesuffix(b"\r")


def _fault(data: bytes) -> str:
    """Why bytes are no FIX message; "" if they are one. Of a message that may hold a password the
    CheckSum(10) does not count: who logged it may have blanked that.
    """
    parsed = parse(data)
    if not isinstance(parsed, Message):
        return parsed.reason
    missing = [tag for tag in _NEEDED if not parsed.fields.get(tag)]
    if missing:
        return f"field {missing[0]} is missing"
    if parsed.msg_type in _WITH_SECRETS:
        return ""
    framed = Framer().feed(data)
    if framed == [data]:
        return ""
    first = framed[0] if framed else None
    return first.reason if isinstance(first, Garbled) else "is not one whole message"


# --- the store ------------------------------------------------------------------------------------


def _stored(source: Source, body: IO[bytes], skip: int) -> Iterator[Entry]:
    """What was sent, at its SendingTime(52)."""
    text = source.path.with_suffix(".header").read_bytes().decode("latin-1")
    hashed = sha256(body.read(skip))
    end, time_ns = skip, 0
    for number, said in enumerate(text.split(), 1):
        place = _PLACE.fullmatch(said)
        offset, size = (int(place[1]), int(place[2])) if place else (end, 0)
        if offset < skip:
            continue
        data = body.read(size) if offset == end else b""
        problem = _fault(data) if data and len(data) == size else f"{said[:40]!r} is no place in it"
        if data:
            hashed.update(data)
            end += len(data)
        parsed = parse(data)
        if not problem and isinstance(parsed, Message):
            try:
                time_ns = parse_utc_timestamp(parsed.fields.get("52", ""))
            except ValueError:
                problem = "SendingTime(52) is no time"
        kind, session, path = source.kind, source.session, source.path
        yield Entry(time_ns, kind, session, data, problem, path, number, end, hashed.hexdigest())
        if not data:
            return
