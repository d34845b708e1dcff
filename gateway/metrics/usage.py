"""What the process uses, as the system tells it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from time import process_time
from typing import Final

STATM: Final = Path("/proc/self/statm")


def cpu_s() -> float:
    """CPU seconds of all threads."""
    return process_time()


def resident_bytes() -> Iterable[int]:
    """Resident memory; nothing where the system does not tell."""
    with suppress(OSError):
        yield int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
