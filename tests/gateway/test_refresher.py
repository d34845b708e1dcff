"""When reference data is read from its database again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from gateway.config import Config
from gateway.refresher import Refresher
from tests.gateway.config_files import load, with_reference_data
from tests.gateway.links import Gate
from tests.gateway.test_config import GOOD
from tests.gateway.test_reference_sql import CLOSES, config


class Reader:
    """What the refresher has read, and how often."""

    def __init__(self) -> None:
        self.times = 0

    async def refresh(self) -> list[str]:
        self.times += 1
        return []


def every(folder: Path, seconds: int) -> Config:
    sql = f'database_url = "sqlite:////r.db"\nprices = "{CLOSES}"\nrefresh_s = {seconds}'
    return load(folder, config(folder, sql))


def test_a_shorter_interval_holds_at_once(tmp_path: Path) -> None:
    with_reference_data(tmp_path)
    often, seldom = every(tmp_path, 60), every(tmp_path, 3600)
    never = load(tmp_path, GOOD)
    reader: Any = Reader()

    async def script() -> list[int]:
        engine = Gate(tmp_path / "journal").engine
        engine.loop = asyncio.get_running_loop()
        refresher, found = Refresher(engine), []
        looks = [(0, seldom), (60, seldom), (60, often), (119, often), (120, often), (121, seldom)]
        looks += [(3000, never), (3001, often), (3060, often), (3061, often)]
        for now, settings in looks:
            refresher.look(reader, settings, float(now))
            await asyncio.sleep(0)
            found.append(reader.times)
        return found

    assert asyncio.run(script()) == [0, 0, 1, 1, 2, 2, 2, 2, 2, 3]
