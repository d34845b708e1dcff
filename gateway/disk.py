"""How much disk is left: with less than a reserve no new orders are taken."""

from typing import Final

import structlog

from gateway.engine import Engine
from gateway.recovery import MB

log = structlog.get_logger("fixgate")
RESERVE: Final = "DISK_RESERVE"


def check_disk(engine: Engine, reserve_mb: int) -> None:
    """Refuse new orders while less is free, and take them again when there is more."""
    core = engine.core
    free_mb = engine.journal.free_bytes() // MB
    if free_mb < reserve_mb and not core.refuse_new:
        core.refuse_new = RESERVE
        engine.alarm(
            RESERVE,
            f"{free_mb} MiB free, less than disk_reserve_mb = {reserve_mb}: new orders are "
            "refused until there is more; cancels and reports still go",
        )
    elif free_mb >= reserve_mb and core.refuse_new == RESERVE:
        core.refuse_new = ""
        log.info("disk", free_mb=free_mb, text="new orders are taken again")
