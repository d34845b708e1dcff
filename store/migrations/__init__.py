"""The schema of the audit database through time: one file a step in `versions`.

`REVISIONS` lists the steps, oldest first. To change the schema: change `store.tables`, add a step
that does the same, and name it here; a test compares the two.
"""

from typing import Final

REVISIONS: Final[tuple[str, ...]] = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0100",
    "0101",
    "0102",
    "0103",
)
VERSION_TABLE: Final = "fixgate_schema"
