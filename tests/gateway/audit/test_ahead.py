"""Rows made ahead by another process: the same rows, whatever becomes of that process."""

from __future__ import annotations

import os
import signal
from errno import EAGAIN
from pathlib import Path

import pytest

from gateway.audit import ahead, groups, projector
from gateway.audit.ahead import AheadEndedError, GroupsAhead
from gateway.audit.groups import Groups
from gateway.audit.projector import Projector
from store.database import Database
from store.errors import JournalDamagedError
from store.schema import migrate
from store.segment import numbers_in, path_of
from store.writes import clear
from tests.gateway.audit.journals import Writer, busy_day, trade
from tests.gateway.audit.projecting import dump, expected

SEGMENT_BYTES = 1 << 16
ORDERS_OF_SOME_GROUPS = 3_500  # of twelve records or more


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A gateway's folder with some segments of journal."""
    folder = tmp_path / "data"
    with Writer(folder / "journal", segment_bytes=SEGMENT_BYTES) as writer:
        for _ in range(6):
            busy_day(writer, 8)
    assert len(numbers_in(folder / "journal")) > 3
    return folder


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """One whole segment is far behind."""
    monkeypatch.setattr(projector, "FAR_BEHIND_BYTES", SEGMENT_BYTES)


def drain(going: Projector) -> None:
    while going.step():
        pass


def ahead_of(going: Projector) -> GroupsAhead:
    assert isinstance(going._groups, GroupsAhead), "no process makes the rows"
    return going._groups


@pytest.mark.usefixtures("far")
def test_a_process_makes_the_rows_while_the_tables_are_far_behind(
    data_dir: Path, database_url: str, tmp_path: Path
) -> None:
    with Database(database_url) as database, Projector(data_dir, database) as going:
        pid = ahead_of(going).pid
        drain(going)
        assert isinstance(going._groups, Groups)
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert dump(database_url) == expected(data_dir, tmp_path / "other")


@pytest.mark.usefixtures("far")
def test_groups_that_are_asked_for_while_others_are_written_follow_each_other(
    tmp_path: Path, database_url: str
) -> None:
    data_dir = tmp_path / "data"
    with Writer(data_dir / "journal") as writer:
        for number in range(ORDERS_OF_SOME_GROUPS):
            trade(writer, f"T{number}")
    with Database(database_url) as database, Projector(data_dir, database) as going:
        steps = 0
        while isinstance(going._groups, GroupsAhead):
            going.step()
            steps += 1
        assert steps > 2
        drain(going)
    assert dump(database_url) == expected(data_dir, tmp_path / "other")


@pytest.mark.usefixtures("far")
def test_what_comes_while_it_works_is_taken_too(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the tables have fallen far behind only by and by."""
    monkeypatch.setattr(groups, "RECORDS_A_GROUP", 1)
    monkeypatch.setattr(groups, "BATCHES_A_READ", 1)
    data_dir = tmp_path / "data"
    with (
        Writer(data_dir / "journal", segment_bytes=SEGMENT_BYTES) as writer,
        Database(database_url) as database,
        Projector(data_dir, database) as going,
    ):
        assert isinstance(going._groups, Groups)
        for _ in range(6):
            busy_day(writer, 8)
        assert going.step()
        ahead_of(going)
        busy_day(writer, 8)
        drain(going)
    assert dump(database_url) == expected(data_dir, tmp_path / "other")


@pytest.mark.usefixtures("far")
def test_the_projector_goes_on_without_a_process_that_was_killed(
    data_dir: Path, database_url: str, tmp_path: Path
) -> None:
    with Database(database_url) as database, Projector(data_dir, database) as going:
        pid = ahead_of(going).pid
        os.kill(pid, signal.SIGKILL)
        while going.step():
            assert isinstance(going._groups, Groups), "it was started again"
        assert "one process instead of two: the second one ended with -9" in going.alarm
    assert dump(database_url) == expected(data_dir, tmp_path / "other")


@pytest.mark.usefixtures("far")
def test_the_projector_works_where_no_process_can_be_had(
    data_dir: Path, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object, **_more: object) -> None:
        raise BlockingIOError(EAGAIN, os.strerror(EAGAIN))

    monkeypatch.setattr(ahead.subprocess, "Popen", refuse)
    with Database(database_url) as database, Projector(data_dir, database) as going:
        assert os.strerror(EAGAIN) in going.alarm
        drain(going)
    assert dump(database_url) == expected(data_dir, tmp_path / "other")


@pytest.mark.usefixtures("far")
def test_a_file_that_was_deleted_meanwhile_is_made_anew(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "audit.db"
    url = f"sqlite:///{file}"
    with Database(url) as database, Projector(data_dir, database) as going:
        ahead_of(going)
        for name in tmp_path.glob("audit.db*"):
            if name.suffix != ".lock":
                name.unlink()
        drain(going)
        assert "was deleted" in going.alarm
    assert dump(url) == expected(data_dir, tmp_path / "other")


@pytest.mark.usefixtures("far")
def test_damage_is_told_as_without_it(data_dir: Path, database_url: str) -> None:
    journal = data_dir / "journal"
    middle = path_of(journal, numbers_in(journal)[1])
    content = bytearray(middle.read_bytes())
    content[len(content) // 2] ^= 1
    middle.write_bytes(content)
    with (
        Database(database_url) as database,
        Projector(data_dir, database) as going,
        pytest.raises(JournalDamagedError, match=middle.name),
    ):
        drain(going)


def test_tables_that_were_emptied_meanwhile_are_made_anew(
    data_dir: Path, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "RECORDS_A_GROUP", 1)
    monkeypatch.setattr(groups, "BATCHES_A_READ", 1)
    with Database(database_url) as database, Projector(data_dir, database) as going:
        assert going.step(), "nothing was there to be emptied"
    monkeypatch.setattr(projector, "FAR_BEHIND_BYTES", SEGMENT_BYTES)
    with Database(database_url) as database, Projector(data_dir, database) as going:
        ahead_of(going)
        with Database(database_url) as other, other.writing() as connection:
            clear(connection)
        drain(going)
    assert dump(database_url) == expected(data_dir, tmp_path / "other")


def test_it_ends_with_the_one_that_asks(data_dir: Path, tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path}/audit.db") as database:
        migrate(database)
        made = GroupsAhead(data_dir / "journal", database)
        made._questions.close()
        assert made._answers.read(), "it answered nothing"
        assert made._process.wait() == 0
        made.close()


def test_one_that_cannot_go_on_says_why(data_dir: Path, tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path}/not/there.db") as database:
        made = GroupsAhead(data_dir / "journal", database)
        with pytest.raises(AheadEndedError, match="unable to open database file"):
            made.next()
        made.close()
