"""The audit database on a disk that is full, or can only be read: it is waited for."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.audit.follower import FAILING
from tests.disks import small_disk
from tests.gateway.audit.journals import Writer, busy_day
from tests.gateway.audit.projecting import ProjectorProcess, dump, expected


def remount(place: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(place)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "1m") as place:
        yield place


def test_a_full_disk_is_waited_for_and_nothing_is_missing(disk: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{disk}/audit.db"
    with Writer(tmp_path / "journal") as writer, ProjectorProcess(tmp_path, url) as projector:
        busy_day(writer, 60)
        told = projector.hear_text("trying again")
        assert told.state == FAILING
        assert "full" in told.text
        assert "\n" not in told.text
        busy_day(writer, 1)
        remount(disk, "size=64m")
        projector.hear_text("works again")
        projector.hear_until(writer.journal.batch_number)
    assert dump(url) == expected(tmp_path, tmp_path / "other")


def test_a_disk_that_can_only_be_read_is_waited_for(disk: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{disk}/audit.db"
    remount(disk, "size=64m")
    with Writer(tmp_path / "journal") as writer:
        busy_day(writer, 1)
        with ProjectorProcess(tmp_path, url) as projector:
            projector.hear_until(writer.journal.batch_number)
            assert projector.stop() == 0
        remount(disk, "ro")
        busy_day(writer, 1)
        with ProjectorProcess(tmp_path, url) as projector:
            told = projector.hear_text("trying again")
            assert told.state == FAILING
            assert "audit.db" in told.text
            remount(disk, "rw")
            projector.hear_text("works again")
            projector.hear_until(writer.journal.batch_number)
    assert dump(url) == expected(tmp_path, tmp_path / "other")
