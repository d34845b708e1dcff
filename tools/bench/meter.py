"""What a process has used so far, read from /proc: CPU nanoseconds and resident memory.

`task/*/schedstat` counts nanoseconds a thread; `stat`, the fallback, counts clock ticks.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_TICK_NS: Final = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_UTIME: Final = 11  # of the fields after the command's ")"


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment of a run: orders answered, monotonic time, and what the server has used."""

    orders: int
    time_ns: int
    cpu_ns: int
    rss_bytes: int


def cpu_ns(pid: int) -> int:
    """CPU time of all threads of a process."""
    try:
        tasks = [entry.path for entry in os.scandir(f"/proc/{pid}/task")]
        return sum(_thread_ns(task) for task in tasks)
    except FileNotFoundError:
        return _ticks_ns(pid)


def _thread_ns(task: str) -> int:
    with open(f"{task}/schedstat", "rb") as file:
        return int(file.read().split()[0])


def _ticks_ns(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[_UTIME]) + int(fields[_UTIME + 1])) * _TICK_NS


def rss_bytes(pid: int) -> int:
    """Resident memory of a process."""
    with open(f"/proc/{pid}/statm", "rb") as file:
        return int(file.read().split()[1]) * _PAGE
