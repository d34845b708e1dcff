"""Checks everything that is kept: the journal's hash chain, the seals on it, the record of who read
what, and the tables against the journal. Changes nothing but tables that only lag behind.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.audit.access import Progress, bring_up_to_date, newest_batch
from gateway.audit.comparison import SHOWN_PROBLEMS, Comparison, Report
from gateway.audit.findings import DATABASE, READS, Finding, of_problem
from gateway.audit.reads import READS_FOLDER
from gateway.audit.render import utc
from gateway.audit.retained import Retained
from gateway.audit.seal_check import SealCheck
from gateway.audit.standing import standing
from gateway.seals.folder import SEALS_FOLDER, SealFolder
from gateway.seals.keys import KEYS_FOLDER, KeyFolder, Trusted
from store.database import Database
from store.errors import StoreError
from store.record import Batch
from store.segment import JOURNAL_FOLDER, numbers_in
from store.verify import Verification
from store.verify import verify as verify_journal


@dataclass(slots=True)
class Result:
    """What was found; `tables` is None where the database was not asked or could not be read.
    `seals`: how many there are.
    """

    journal: Verification
    tables: Report | None = None
    seals: int = 0
    notes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """Every fault in one line each, without its time."""
        return [finding.text for finding in self.findings]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def as_data(self) -> dict[str, Any]:
        """For programs."""
        journal = self.journal
        return {
            "ok": self.ok,
            "chain_ok": journal.ok,
            "segments": journal.segments,
            "batches": journal.batches,
            "records": journal.records,
            "last_batch": journal.last_number,
            "last_hash": journal.last_hash.hex(),
            "database_batch": self.tables.place.batch if self.tables is not None else None,
            "seals": self.seals,
            "rows": self.tables.counts if self.tables is not None else None,
            "notes": self.notes,
            "problems": self.problems,
            "findings": [finding.as_data() for finding in self.findings],
        }

    def lines(self) -> Iterator[tuple[str, str]]:
        """For people: what was looked at and what came of it."""
        journal = self.journal
        yield (
            "journal",
            f"{journal.records} records in {journal.batches} batches in {journal.segments}"
            f" segments, up to {utc(journal.last_time_ns)} UTC",
        )
        yield "hash chain", "whole" if journal.ok else "BROKEN"
        yield "last hash", f"{journal.last_hash.hex()} of batch {journal.last_number}"
        yield "seals", str(self.seals or "")
        tables = self.tables
        if tables is not None:
            rows = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in tables.counts.items())
            yield "database", f"{rows}, up to batch {tables.place.batch}"
            yield "rows", f"{tables.faults} WRONG" if tables.faults else "equal to the journal"
        for note in self.notes:
            yield "note", note


def verify(
    data_dir: Path,
    database_url: str,
    progress: Progress,
    *,
    keys_dir: Path | None = None,
    trust: Iterable[str] = (),
    is_archived: bool = False,
) -> Result:
    """Check the record in a data folder.

    `database_url` "": no tables are looked at. `keys_dir`: of public keys, those in the data folder
    if not given; `trust`: keys that somebody vouches for by other means. `is_archived`: the
    journal's older segments may be elsewhere; what is in the archive is checked in any case. Raises
    JournalError where there is no journal.
    """
    folder = data_dir / JOURNAL_FOLDER
    retained = Retained(folder)
    trusted = Trusted(KeyFolder(keys_dir or data_dir / KEYS_FOLDER), trust)
    seals = SealCheck(SealFolder(data_dir / SEALS_FOLDER), trusted)
    with ExitStack() as open_:
        tables = Tables(data_dir, database_url, open_, retained)

        def taken(batch: Batch) -> None:
            progress(batch.number, max(tables.newest, batch.number))
            seals.batch(batch)
            retained.batch(batch)
            tables.batch(batch)

        result = Result(verify_journal(folder, taken, retained.first))
        journal = result.journal
        result.findings = [of_problem(problem, folder) for problem in journal.problems]
        if journal.ok:  # its own faults say it all
            tables.finish(result)
    result.findings += retained.finish(journal, is_archived)
    _check_reads(data_dir / READS_FOLDER, seals, result)
    seals.finish(journal)
    result.seals = len(seals.seals)
    result.findings += seals.findings
    result.notes += [note for note in (tables.note, *retained.notes, *seals.notes) if note]
    if journal.torn is not None:
        reason = journal.torn.reason
        result.notes.append(f"the last batch is not whole ({reason}): being written, or torn")
    return result


def _check_reads(folder: Path, seals: SealCheck, result: Result) -> None:
    if folder.is_dir() and numbers_in(folder):
        found = verify_journal(folder, seals.reads_batch)
        result.findings += [of_problem(x, folder, READS) for x in found.problems]


class Tables:
    """The tables held against the journal; what fails there hinders nothing else. `newest`: the
    journal's last batch, where that is known; `note`: what is to be known of the database.
    """

    def __init__(
        self, data_dir: Path, database_url: str, open_: ExitStack, retained: Retained
    ) -> None:
        self._retained = retained
        self.newest = 0
        self.note = ""
        self._findings: list[Finding] = []
        self._comparison: Comparison | None = None
        try:
            self.newest = newest_batch(data_dir)
            if database_url:
                database = open_.enter_context(Database(database_url))
                self._comparison = self._opened(data_dir, database, open_)
        except Exception as error:  # what somebody changed may say anything
            self._failed(error)

    def _opened(self, data_dir: Path, database: Database, open_: ExitStack) -> Comparison:
        folder = data_dir / JOURNAL_FOLDER
        self._findings = standing(database, folder)
        if not self._findings:  # else that would make the tables anew, and nobody would know
            self.note = bring_up_to_date(data_dir, database, lambda _done, _total: None)
        connection = open_.enter_context(database.reading())
        return Comparison(
            connection,
            folder,
            self.newest if self._findings else None,
            first=self._retained.first_here,
            expired=self._retained.expired,
        )

    def _failed(self, error: Exception, batch: int = 0) -> None:
        self._comparison = None
        text = str(error)
        if not isinstance(error, StoreError):
            text = f"no rows can be made of the journal: {type(error).__name__}: {error}"
        where = f"batch {batch}: " if batch else ""
        self._findings.append(Finding(kind=DATABASE, text=where + text, batch=batch))

    def batch(self, batch: Batch) -> None:
        """Compare what one more batch makes."""
        if self._comparison is not None:
            try:
                self._comparison.batch(batch)
            except Exception as error:
                self._failed(error, batch.number)

    def finish(self, result: Result) -> None:
        """Compare the rest, and tell."""
        if self._comparison is not None:
            try:
                result.tables = self._comparison.finish()
            except StoreError as error:
                self._failed(error)
        result.findings += self._findings
        report = result.tables
        if report is not None:
            result.findings += report.problems
            hidden = report.faults - SHOWN_PROBLEMS
            if hidden > 0:
                text = f"and {hidden} more rows are wrong: run `fixgate audit rebuild`"
                result.findings.append(Finding(kind=DATABASE, text=text))
