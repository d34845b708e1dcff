"""Checks everything that is kept: the journal's hash chain, and the tables against the journal."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.audit.access import Progress, bring_up_to_date, newest_batch
from gateway.audit.comparison import Comparison, Report
from gateway.audit.projector import JOURNAL_FOLDER
from gateway.audit.render import utc
from store.database import Database
from store.errors import StoreError
from store.record import Batch
from store.verify import Verification
from store.verify import verify as verify_journal


@dataclass(slots=True)
class Result:
    """What was found; `tables` is None where the database could not be read."""

    journal: Verification
    tables: Report | None = None
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """Every fault in one line each."""
        found = [problem.text for problem in self.journal.problems] + self.failures
        if self.tables is not None:
            found += self.tables.problems
            hidden = self.tables.faults - len(self.tables.problems)
            found += [f"and {hidden} more rows are wrong: run `fixgate audit rebuild`"] * (
                hidden > 0
            )
        return found

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

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
            "rows": self.tables.counts if self.tables is not None else None,
            "notes": self.notes,
            "problems": self.problems,
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
        tables = self.tables
        if tables is not None:
            rows = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in tables.counts.items())
            yield "database", f"{rows}, up to batch {tables.place.batch}"
            yield "rows", f"{tables.faults} WRONG" if tables.faults else "equal to the journal"
        for note in self.notes:
            yield "note", note


def verify(data_dir: Path, database_url: str, progress: Progress) -> Result:
    """Check journal and tables; the tables are brought up to date first, as far as that works."""
    folder = data_dir / JOURNAL_FOLDER
    failures: list[str] = []
    notes: list[str] = []
    newest = 0
    try:
        with Database(database_url) as database:
            newest = newest_batch(data_dir)
            notes.append(bring_up_to_date(data_dir, database, lambda _done, _total: None))
            with database.reading() as connection:
                comparison = Comparison(connection, folder)
                result = Result(verify_journal(folder, _each(comparison, progress, newest)))
                result.tables = comparison.finish() if result.journal.ok else None
    except StoreError as error:
        failures.append(str(error))
        result = Result(verify_journal(folder, _each(None, progress, newest)))
    result.notes = [note for note in notes if note]
    torn = result.journal.torn
    if torn is not None:
        result.notes.append(f"the last batch is not whole ({torn.reason}): being written, or torn")
    # The journal's own faults say it all.
    result.failures = failures if result.journal.ok else []
    return result


def _each(
    comparison: Comparison | None, progress: Progress, newest: int
) -> Callable[[Batch], None]:
    def taken(batch: Batch) -> None:
        progress(batch.number, max(newest, batch.number))
        if comparison is not None:
            comparison.batch(batch)

    return taken
