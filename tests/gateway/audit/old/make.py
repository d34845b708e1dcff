"""What a fixgate of some time leaves, as a fixture for every version after it.

Made once, when the schema or the journal's format is about to change, by the code of that time:

    git archive REVISION | tar x -C OLD
    PYTHONPATH=OLD python tests/gateway/audit/old/make.py FOLDER

FOLDER gets the segments of a journal, the database of its first half in SQLite, and as the SQL text
of PostgreSQL, all compressed.
"""

from __future__ import annotations

import lzma
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from store.journal import SEGMENT_BYTES_MIN
from tests.gateway.audit.journals import Writer, busy_day
from tests.gateway.audit.projecting import fill
from tests.postgres import Cluster, find_binaries


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        os.chmod(made, 0o755)  # the server is another user's
        data = Path(made) / "data"
        make(data, Path(made), folder)
        for path in sorted((data / "journal").glob("*.journal")):
            keep(folder / f"{path.name}.xz", path.read_bytes())


def make(data: Path, made: Path, folder: Path) -> None:
    """Ten rounds of trade, of which the databases hold the first four."""
    with Writer(data / "journal", SEGMENT_BYTES_MIN) as writer:
        busy_day(writer, 4)
        path = made / "audit.db"
        fill(data, f"sqlite:///{path}")
        keep(folder / "audit.db.xz", path.read_bytes())
        keep(folder / "audit.sql.xz", in_postgresql(data, made / "server"))
        busy_day(writer, 6)


def in_postgresql(data: Path, place: Path) -> bytes:
    """The same in PostgreSQL, as SQL."""
    binaries: Any = find_binaries()
    place.mkdir()
    cluster = Cluster(binaries, place)
    try:
        fill(data, cluster.create("audit"))
        command = ["pg_dump", "--inserts", "--no-owner", "-U", "fixgate", "-h", str(place), "audit"]
        lines = subprocess.run(command, check=True, capture_output=True).stdout.splitlines()
        return b"\n".join(line for line in lines if not line.startswith((b"\\", b"--", b"SET")))
    finally:
        cluster.kill()


def keep(path: Path, data: bytes) -> None:
    path.write_bytes(lzma.compress(data, preset=9))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
