"""Watches the journal's disk: warns while there is time, and refuses new orders while it is nearly
full; cancels and reports still go.
"""

from typing import Final

import structlog

from gateway.config import JournalSettings
from gateway.engine import Engine
from gateway.recovery import MB

log = structlog.get_logger("fixgate")

DISK_LOW: Final = "DISK_LOW"
DISK_RESERVE: Final = "DISK_RESERVE"


class DiskWatch:
    """`look` is called now and then."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_low = False

    def look(self, settings: JournalSettings) -> None:
        """Warn below the one limit, refuse new orders below the other; all is well again only when
        there is a tenth more, so that nothing goes to and fro.
        """
        free = self._engine.journal.free_bytes()
        self._warn(free, settings)
        self._refuse(free, settings)

    def _warn(self, free: int, settings: JournalSettings) -> None:
        warn_mb, reserve_mb = settings.disk_warn_mb, settings.disk_reserve_mb
        if not self._is_low and free < warn_mb * MB:
            self._is_low = True
            self._engine.alarm(
                DISK_LOW,
                f"{free // MB} MiB free, less than disk_warn_mb = {warn_mb}: below {reserve_mb} MiB"
                " new orders are refused; free space, or let the record be archived elsewhere",
            )
        elif self._is_low and free >= with_more(warn_mb):
            self._is_low = False
            log.info("disk", free_mb=free // MB, text="there is enough space again")

    def _refuse(self, free: int, settings: JournalSettings) -> None:
        core, reserve_mb = self._engine.core, settings.disk_reserve_mb
        if free < reserve_mb * MB and not core.refuse_new:
            core.refuse_new = DISK_RESERVE
            self._engine.alarm(
                DISK_RESERVE,
                f"{free // MB} MiB free, less than disk_reserve_mb = {reserve_mb}: new orders are "
                "refused until there is more; cancels and reports still go",
            )
        elif free >= with_more(reserve_mb) and core.refuse_new == DISK_RESERVE:
            core.refuse_new = ""
            log.info("disk", free_mb=free // MB, text="new orders are taken again")


def with_more(limit_mb: int) -> int:
    """Bytes at which it is no longer as below the limit."""
    return limit_mb * MB * 11 // 10
