"""Reads reference data from a database again at intervals, where the configuration asks for it.

Owns when, and what is said of failures; the reloader applies it.
"""

import asyncio
from typing import Final

import structlog

from gateway.config import Config
from gateway.engine import Engine
from gateway.reload import Reloader

log = structlog.get_logger("fixgate")

ALARM: Final = "REFERENCE_DATA"


class Refresher:
    """`look` is called a few times a second."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._since: float | None = None  # when the last one began, or they were first asked for
        self._task: asyncio.Task[None] | None = None
        self._told: list[str] = []

    def look(self, reloader: Reloader | None, config: Config, now: float) -> None:
        """Begin if it is time, by the loop's clock."""
        sql = config.reference.sql
        refresh_s = sql.refresh_s if sql is not None else 0.0
        if reloader is None or not refresh_s:
            self._since = None
        elif self._since is None:
            self._since = now
        elif now >= self._since + refresh_s and (self._task is None or self._task.done()):
            self._since = now
            self._task = self._engine.loop.create_task(self._refresh(reloader))

    async def _refresh(self, reloader: Reloader) -> None:
        try:
            problems = await reloader.refresh()
        except Exception as error:
            log.exception("reference data")
            problems = [f"{type(error).__name__}: {error}"]
        if problems and problems != self._told:
            more = f", and {len(problems) - 1} more problem(s)" if len(problems) > 1 else ""
            text = f"reference data is not refreshed, the one before stays in force: {problems[0]}"
            self._engine.alarm(ALARM, f"{text}{more}")
        elif self._told and not problems:
            log.info("reference data", text="it can be refreshed again")
        self._told = problems

    def stop(self) -> None:
        """Begin no more."""
        if self._task is not None:
            self._task.cancel()
