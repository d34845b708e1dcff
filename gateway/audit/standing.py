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
from store.record import Position
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
        reader.resume(Position(row["segment"], row["position"]), row["hash"])
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
    return []


def _finding(row: Row, text: str) -> Finding:
    return Finding(
        kind=ROW,
        text=f"{projection.name}: {text}",
        table=projection.name,
        row=str(row.get("id", PROJECTION_ROW)),
        batch=row.get("batch", 0),
        time_ns=row.get("time_ns", 0),
    )
