"""Journals and databases of every version before: opened, brought forward, and proven.

Each folder in `old` was made by the code of its time, see `old/make.py`; it is called by the schema
of its database.
"""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import text

from gateway.audit import access
from gateway.audit.replay import Wanted, replayed
from gateway.audit.verify import verify
from gateway.cli import main
from store.database import Database
from store.journal import Journal
from store.migrations import REVISIONS, VERSION_TABLE
from store.reader import JournalReader
from store.record import IN, OUT
from store.segment import HEADER, numbers_in
from tests.gateway.audit.projecting import dump, expected

OLD = Path(__file__).parent / "old"
FORMATS = {"0001": 1, "0002": 1, "0003": 2, "0004": 2, "0005": 2, "0102": 2}
"""The schema of each, and the format of its journal."""


def quiet(_done: int, _total: int) -> None:
    pass


def unpacked(version: str, folder: Path) -> Path:
    """The data folder."""
    (folder / "journal").mkdir(parents=True)
    for path in (OLD / version).glob("*.journal.xz"):
        (folder / "journal" / path.stem).write_bytes(lzma.decompress(path.read_bytes()))
    return folder


@pytest.fixture(params=sorted(FORMATS))
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def data_dir(version: str, tmp_path: Path) -> Path:
    return unpacked(version, tmp_path / "data")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, version: str, data_dir: Path) -> str:
    """The database of that time, with the schema of that time."""
    if request.param == "sqlite":
        path = data_dir / "audit.db"
        path.write_bytes(lzma.decompress((OLD / version / "audit.db.xz").read_bytes()))
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("postgres_url")
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(lzma.decompress((OLD / version / "audit.sql.xz").read_bytes()))
    return url


def test_they_are_of_schemas_that_there_were() -> None:
    assert set(FORMATS) <= set(REVISIONS)
    assert sorted(path.name for path in OLD.iterdir() if path.is_dir()) == sorted(FORMATS)


def test_an_old_database_is_brought_forward_and_goes_on(
    version: str, data_dir: Path, url: str, tmp_path: Path
) -> None:
    with Database(url) as database:
        with database.reading() as connection:
            assert connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")) == version
            before = connection.scalar(text("SELECT count(*) FROM messages"))
        assert access.bring_up_to_date(data_dir, database, quiet) == ""
        with database.reading() as connection:
            said = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
            assert said == REVISIONS[-1]
            after = connection.scalar(text("SELECT count(*) FROM messages"))
    assert before is not None
    assert 0 < before < (after or 0)
    result = verify(data_dir, url, quiet)
    assert result.ok, result.problems
    found, wanted = dump(url), expected(data_dir, tmp_path / "anew")
    for row, anew in zip(found["messages"], wanted["messages"], strict=True):
        if row["batch_ns"] is None:  # made before there was such a column
            anew["batch_ns"] = None
    assert found["messages"][-1]["batch_ns"] is not None
    assert found == wanted


def test_an_old_journal_is_read_whole_and_goes_on(version: str, data_dir: Path) -> None:
    folder = data_dir / "journal"
    head = (folder / "00000001.journal").read_bytes()
    assert HEADER.unpack_from(head)[1] == FORMATS[version]
    assert len(numbers_in(folder)) > 1
    records = [r for batch in JournalReader(folder).batches() for r in batch.records]
    frames = [r.payload for r in records if r.kind in (IN, OUT)]
    told = list(replayed(data_dir, Wanted(messages_only=True)))
    assert [line["raw"].encode("latin-1") for line in told] == frames
    journal = Journal(folder)
    journal.add(IN, 0, 1, 1, 1, 1, 0, b"goes on")
    journal.commit(1, list)
    journal.close()
    assert verify(data_dir, "", quiet).ok


def test_an_old_order_tells_its_story(data_dir: Path) -> None:
    asked = ["audit", "story", "T0", "--data-dir", str(data_dir), "--json"]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 0, result.output
    order = json.loads(result.stdout)["order"]
    assert (order["cum_qty"], order["ord_status"]) == ("100", "2")
