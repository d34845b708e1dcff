"""Holds the archive, and what is missing at the journal's beginning, to what the journal tells.

One pass: give it every batch of the journal in order, then `finish`. Changes nothing.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.audit.findings import JOURNAL, Finding
from gateway.audit.render import utc
from gateway.audit.rows import read_event
from gateway.events import SegmentArchived, SegmentsExpired, UnknownEventError
from gateway.retention.book import Retention
from gateway.retention.holds import retention_of
from store import archive, segment
from store.errors import StoreError
from store.record import EVENT, Batch
from store.verify import Verification

_OF_ARCHIVE: Final = f"{SegmentArchived.__name__}\x01".encode()


class Retained:
    """`first`: the first segment that has not expired, whatever a crash left of those before;
    `first_here`: the first such one that is there. `notes`: what is to be known.
    """

    def __init__(self, journal: Path) -> None:
        self.notes: list[str] = []
        self._journal = journal
        self._told: dict[int, tuple[SegmentArchived, int, int]] = {}
        try:
            self._retention = retention_of(journal)
            known = archive.known_numbers(journal)
        except StoreError:
            self._retention, known = Retention(), []  # told with the journal's own faults
        self.first = self._retention.expired_through + 1
        self.first_here = next((number for number in known if number >= self.first), 1)

    @property
    def expired(self) -> SegmentsExpired | None:
        """What removed all that is missing at the beginning; None if nothing is, or more is."""
        return self._retention.expired if self.first_here == self.first else None

    def batch(self, batch: Batch) -> None:
        """One more batch of the journal."""
        for record in batch.records if batch.mentions(_OF_ARCHIVE) else ():
            if record.kind == EVENT and record.payload.startswith(_OF_ARCHIVE):
                with suppress(UnknownEventError):  # the seals tell, or the tables
                    event = read_event(record.payload)
                    assert isinstance(event, SegmentArchived), f"batch {batch.number}: {event}"
                    self._told[event.segment] = (event, batch.number, record.time_ns)

    def finish(self, journal: Verification, is_archived: bool) -> Iterator[Finding]:
        """What is wrong."""
        if journal.first_segment > self.first and not is_archived:
            yield self._missing(journal)
        if self.expired is not None and journal.ok:
            yield from self._compare_beginning(journal, self.expired)
        yield from self._compare_files()

    def _missing(self, journal: Verification) -> Finding:
        gone = journal.first_segment - 1
        one = gone == self.first
        which = f"segment {gone} is" if one else f"segments {self.first} to {gone} are"
        event, batch, time_ns = self._told.get(gone, (None, max(journal.first_number - 1, 0), 0))
        path = (archive if event else segment).path_of(self._journal, gone)
        known = f": archived, as batch {batch} tells" if event else ""
        return Finding(
            kind=JOURNAL,
            text=f"{path}: {which} missing at the journal's beginning{known}: put back what is"
            " missing, or say --archived if it is kept elsewhere",
            file=str(path),
            batch=batch,
            time_ns=time_ns,
        )

    def _compare_beginning(
        self, journal: Verification, event: SegmentsExpired
    ) -> Iterator[Finding]:
        """The first batch that is left follows the last one that expired."""
        header = archive.read_header(self._journal, self.first)
        follows = header is not None and header.previous.hex() == event.head
        if not follows or journal.first_number != event.last_batch + 1:
            path = archive.place_of(self._journal, self.first)
            text = f"{path}: does not follow batch {event.last_batch}, the last one that expired"
            yield Finding(kind=JOURNAL, text=text, file=str(path), batch=journal.first_number)
            return
        self.notes.append(
            f"segments up to {event.last_segment} (batch {event.last_batch}, {utc(event.last_ns)}"
            f" UTC) have expired: {event.why}; seal {event.seal_no} covers them"
        )

    def _compare_files(self) -> Iterator[Finding]:
        """Each file of the archive is the one that the journal tells of, to the byte."""
        for number, (event, batch, time_ns) in sorted(self._told.items()):
            path = archive.path_of(self._journal, number)
            if number >= self.first and path.exists() and archive.digest_of(path) != event.digest:
                yield Finding(
                    kind=JOURNAL,
                    text=f"{path}: is another file than batch {batch} tells of: {archive.COPY}",
                    file=str(path),
                    batch=batch,
                    time_ns=time_ns,
                )
