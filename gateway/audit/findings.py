"""What verification found wrong: one thing each, with its place and its time."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from gateway.audit.render import utc
from store.archive import place_of
from store.recovery import Problem

JOURNAL: Final = "journal"
READS: Final = "reads"
SEAL: Final = "seal"
KEY: Final = "key"
ROW: Final = "row"
DATABASE: Final = "database"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`kind`: one of those above; `text`: all of it but the time. `file` and `offset` (bytes) say
    where, `batch` is the number of the batch and `record_id` of the record, as in the database,
    `table` and `row` (its key) are of a row, `seal` is the number of a seal; 0 and "" where there
    is none. `time_ns` (UTC): of what is wrong, or, in the journal, of the last good batch before.
    """

    kind: str
    text: str
    file: str = ""
    offset: int = 0
    batch: int = 0
    record_id: int = 0
    table: str = ""
    row: str = ""
    seal: int = 0
    time_ns: int = 0

    @property
    def line(self) -> str:
        """For people: what, where, when."""
        if not self.time_ns:
            return self.text
        word = "after" if self.kind in (JOURNAL, READS) else "of"
        return f"{self.text} ({word} {utc(self.time_ns)} UTC)"

    def as_data(self) -> dict[str, Any]:
        """For programs: what is known of it."""
        known = asdict(self)
        return {name: value for name, value in known.items() if value not in ("", 0)}


def of_problem(problem: Problem, folder: Path, kind: str = JOURNAL) -> Finding:
    """A fault of a journal in this folder."""
    segment, offset = problem.position
    return Finding(
        kind=kind,
        text=problem.text,
        file=str(place_of(folder, segment)),
        offset=offset,
        batch=problem.number,
        time_ns=problem.time_ns,
    )
