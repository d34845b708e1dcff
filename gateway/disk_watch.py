"""Refuses new orders while the journal's disk is nearly full; cancels and reports still go."""

from typing import Final

import structlog

from gateway.engine import Engine
from gateway.recovery import MB

log = structlog.get_logger("fixgate")

DISK_RESERVE: Final = "DISK_RESERVE"


class DiskWatch:
    """`look` is called now and then."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def look(self, reserve_mb: int) -> None:
        """Refuse new orders below the reserve, and take them again above it."""
        core = self._engine.core
        free_mb = self._engine.journal.free_bytes() // MB
        if free_mb < reserve_mb and not core.refuse_new:
            core.refuse_new = DISK_RESERVE
            self._engine.alarm(
                DISK_RESERVE,
                f"{free_mb} MiB free, less than disk_reserve_mb = {reserve_mb}: new orders are "
                "refused until there is more; cancels and reports still go",
            )
        elif free_mb >= reserve_mb and core.refuse_new == DISK_RESERVE:
            core.refuse_new = ""
            log.info("disk", free_mb=free_mb, text="new orders are taken again")
