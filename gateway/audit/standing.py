"""Whether the tables stand where the journal could have brought them.

To be asked before anybody brings them up to date: a projector that finds tables of another journal
makes them anew, and with them goes what they could have told.
"""

from pathlib import Path

from sqlalchemy import inspect, select

from gateway.audit.findings import ROW, Finding
from store.database import Database
from store.errors import JournalDamagedError, JournalError, JournalRewoundError
from store.queries import count_rows
from store.reader import JournalReader
from store.record import Batch, Position
from store.tables import PROJECTION_ROW, projection
from store.writes import Row


def standing(database: Database, journal: Path) -> list[Finding]:
    """What is wrong with the row that says how far the tables go; tables that are not there, or
    empty, are only behind.
    """
    with database.reading() as connection:
        if not inspect(connection).has_table(projection.name):
            return []
        found = [dict(row) for row in connection.execute(select(projection)).mappings()]
        ours = next((row for row in found if row["id"] == PROJECTION_ROW), {"batch": 0})
        rows = 0 if ours["batch"] else sum(count_rows(connection).values())
    findings = [
        _finding(row, f"row {row['id']} is not in the journal")
        for row in found
        if row["id"] != PROJECTION_ROW
    ]
    if ours["batch"]:
        findings += _compared(ours, journal)
    elif rows:
        findings.append(_finding({}, f"row {PROJECTION_ROW} is missing or empty, other tables not"))
    return findings


def _compared(row: Row, journal: Path) -> list[Finding]:
    reader = JournalReader(journal)
    try:
        first = reader.poll(1)
        last = reader.resume(Position(row["segment"], row["position"]), row["hash"])
    except JournalRewoundError:
        where = f"segment {row['segment']} offset {row['position']}"
        text = (
            f"row 1 says that the tables hold batch {row['batch']} ({where}), which the journal"
            " does not have there, or not with this hash"
        )
        return [_finding(row, text)]
    except (JournalDamagedError, JournalError):
        return []  # told with the journal's own faults
    finally:
        reader.close()
    wrong = [name for name, value in _known(first[0], last, row).items() if row[name] != value]
    return [_finding(row, f"row 1 differs from the journal in {name}") for name in wrong]


def _known(first: Batch, last: Batch, row: Row) -> Row:
    """What the journal knows better; its beginning may be archived since the tables were made."""
    known: Row = {"batch": last.number, "time_ns": last.time_ns}
    if first.number <= row["first_batch"]:
        known["first_batch"] = first.number
    if first.number == row["first_batch"]:
        known["first_hash"] = first.hash
    return known


def _finding(row: Row, text: str) -> Finding:
    return Finding(
        kind=ROW,
        text=f"{projection.name}: {text}",
        table=projection.name,
        row=str(row.get("id", PROJECTION_ROW)),
        batch=row.get("batch", 0),
        time_ns=row.get("time_ns", 0),
    )
