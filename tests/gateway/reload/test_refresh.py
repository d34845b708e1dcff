"""Reference data that is read again while somebody reloads."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from gateway.config.load import ConfigFile
from gateway.config.template import INSTRUMENTS
from gateway.prepared import prepare
from gateway.reload import Reloader
from tests.gateway.config_files import load, with_reference_data
from tests.gateway.links import Gate
from tests.gateway.test_config import GOOD
from tests.gateway.test_reference_sql import config

QUERY = "SELECT symbol, price, time FROM closes"


def test_no_reload_waits_for_a_database_that_does_not_answer(tmp_path: Path) -> None:
    with_reference_data(tmp_path)
    (tmp_path / "instruments.csv").write_text(INSTRUMENTS)
    file = tmp_path / "reference.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("CREATE TABLE closes (symbol, price, time)")
        sql = f'database_url = "sqlite:///{file}"\nprices = "{QUERY}"\ntimeout_s = 60'
        prepared = prepare(load(tmp_path, config(tmp_path, sql)))
        load(tmp_path, GOOD)

        async def script() -> None:
            engine = Gate(tmp_path / "journal").engine
            engine.links.clear()
            none: Any = None
            reloader = Reloader(ConfigFile(tmp_path / "fixgate.toml"), prepared, engine, none, none)
            database.execute("BEGIN EXCLUSIVE")
            refreshing = asyncio.create_task(reloader.refresh())
            await asyncio.sleep(0)
            view = await reloader.reload(dry_run=True, who="op", why="a test")
            assert "reference.sql.database_url" in [change.setting for change in view.changes]
            database.execute("ROLLBACK")
            assert await refreshing == []

        asyncio.run(script())
