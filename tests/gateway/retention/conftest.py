"""Records of some days, for the tests of retention."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.audit.projecting import fill
from tests.gateway.retention.records import DAYS, Record, url


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A record of some days, with its tables, and when it ends."""
    data_dir = tmp_path_factory.mktemp("made") / "data"
    with Record(data_dir, DAYS) as record:
        now = record.now
    fill(data_dir, url(data_dir))
    return data_dir, now


@pytest.fixture
def data_dir(made: tuple[Path, int], tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(made[0], tmp_path / "data"))


@pytest.fixture
def now(made: tuple[Path, int]) -> int:
    """When it ends (UTC ns)."""
    return made[1]


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    """One that is being written."""
    with Record(tmp_path / "data", DAYS) as record:
        yield record
