"""`fixgate audit archive` waits for a gateway that archives, and never takes one that is busy for
one that does not run.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.failures import NOT_RUNNING
from gateway.control.audit_models import ArchiveNow, ArchiveView
from tests.gateway.cli.test_control_commands import fixgate
from tests.gateway.control.memory_desk import MemoryDesk
from tests.gateway.control.running import served, short_folder


class Archiving(MemoryDesk):
    """Has two segments to put away; each takes as long as it is told."""

    step_s = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.ended = threading.Event()

    async def archive(self, ask: ArchiveNow, *, who: str) -> ArchiveView:
        await asyncio.sleep(self.step_s)
        self.ended.set()
        number = 2 if ask.goes_on else 1
        return ArchiveView(
            archived=[number],
            expired=[],
            size=64 << 20,
            packed_size=8 << 20,
            to_archive=list(range(number + 1, 3)),
            to_expire=[],
            stays="",
            is_kept="",
        )


@pytest.fixture
def desk() -> Archiving:
    return Archiving()


@pytest.fixture
def data_dir(desk: Archiving) -> Iterator[Path]:
    with short_folder() as folder, served(desk, folder / "control.sock"):
        yield folder


def test_it_goes_on_until_nothing_is_left(data_dir: Path) -> None:
    told = json.loads(fixgate("audit", "archive", "--data-dir", data_dir, "--json").output)
    assert (told["archived"], told["to_archive"]) == ([1, 2], [])
    assert (told["size"], told["packed_size"]) == (128 << 20, 16 << 20)


def test_a_gateway_that_is_busy_is_not_taken_for_none(
    desk: Archiving, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.cli.audit_archive.STEP_WAIT_S", 0.3)
    desk.step_s = 1.0
    said = fixgate("audit", "archive", "--data-dir", data_dir, code=NOT_RUNNING).output
    assert "does not answer" in said
    assert "it ends the segment that it is at; `fixgate audit archive --dry-run` shows" in said
    assert "there is no journal here" not in said
    assert not desk.ended.is_set()
    assert desk.ended.wait(60)
