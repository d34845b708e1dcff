"""The journal's disk fills up and gets room again: a warning first, then no new orders, and no
coming and going.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway.config import JournalSettings
from gateway.disk_watch import DISK_LOW, DISK_RESERVE, DiskWatch
from store import journal
from tests.gateway.links import Gate

MB = 1 << 20


class Disk:
    """A gateway whose journal lies on a disk that has as much free as a test says."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.free_mb = 0.0
        self.gate = Gate(folder)
        self.watch = DiskWatch(self.gate.engine)
        usage = SimpleNamespace(disk_usage=lambda _: SimpleNamespace(free=int(self.free_mb * MB)))
        patch.setattr(journal, "shutil", usage)

    @property
    def alarms(self) -> list[str]:
        """Codes, oldest first."""
        return [code for _, code, _ in self.gate.engine.alarms.newest]

    def look(self, free_mb: float, **settings: int) -> str:
        """Look once; why new orders are refused."""
        self.free_mb = free_mb
        given = {"disk_warn_mb": 1000, "disk_reserve_mb": 100, **settings}
        self.watch.look(JournalSettings(**given))
        return self.gate.engine.core.refuse_new


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(tmp_path, monkeypatch)


def test_it_warns_then_refuses_and_takes_orders_again_with_some_room(disk: Disk) -> None:
    found = [disk.look(free) for free in (1000, 999, 500, 100, 99.9, 100, 109.9, 110, 99)]
    refused = [DISK_RESERVE] * 3
    assert found == [""] * 4 + refused + ["", DISK_RESERVE]
    assert disk.alarms == [DISK_LOW, DISK_RESERVE, DISK_RESERVE]


def test_it_warns_again_only_after_there_was_enough(disk: Disk) -> None:
    for free in (999, 1000, 999, 1099, 999, 1100, 999):
        disk.look(free)
    assert disk.alarms == [DISK_LOW, DISK_LOW]


def test_no_warning_is_wanted_and_limits_may_change(disk: Disk) -> None:
    assert disk.look(50, disk_warn_mb=0) == DISK_RESERVE
    assert disk.alarms == [DISK_RESERVE]
    assert disk.look(50, disk_warn_mb=0, disk_reserve_mb=40) == ""


@pytest.mark.parametrize("free_mb", [1, 10_000])
def test_another_reason_to_refuse_orders_stays(free_mb: int, disk: Disk) -> None:
    disk.gate.engine.core.refuse_new = "GATEWAY_STOPPING"
    assert disk.look(free_mb) == "GATEWAY_STOPPING"
