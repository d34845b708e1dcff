"""That somebody reads the record is recorded before anything is shown: by the gateway if it runs,
else in a small journal beside its own.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from gateway.audit import reads
from gateway.audit.access import require_journal
from gateway.cli.options import control
from gateway.control.audit_models import Read, Reading
from gateway.control.errors import GatewayNotRunning
from gateway.control.peer import login_name


def record_reading(
    command: Reading, asked: dict[str, Any], *, config: Path, data_dir: Path | None, where: Path
) -> None:
    """`asked`: what was given, None for nothing; `where`: the data folder. Raises DeskError for an
    operator who may not read, and StoreError where it cannot be recorded.
    """
    require_journal(where)
    given = {name: str(value) for name, value in asked.items() if value is not None}
    try:
        with control(config, data_dir) as client:
            client.record_read(Read(command=command, asked=given))
    except GatewayNotRunning:
        reads.record(where, login_name(os.geteuid()), command, given)
