"""What a process has used so far: CPU nanoseconds and resident memory.

The CPU time is that of its clock, which counts threads that have ended as well.
"""

import os
from dataclasses import dataclass
from time import clock_gettime_ns
from typing import Final

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_SCHEDULED: Final = 2  # of the clocks of a process the one that its scheduler keeps, in ns


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment of a run: orders answered, monotonic time, and what the server has used."""

    orders: int
    time_ns: int
    cpu_ns: int
    rss_bytes: int


def cpu_ns(pid: int) -> int:
    """CPU time of all threads of a process, those that have ended too."""
    return clock_gettime_ns(~pid << 3 | _SCHEDULED)  # as clock_getcpuclockid(3) makes it


def rss_bytes(pid: int) -> int:
    """Resident memory of a process."""
    with open(f"/proc/{pid}/statm", "rb") as file:
        return int(file.read().split()[1]) * _PAGE
