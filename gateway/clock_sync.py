"""Whether the machine's clock is synchronised, as its kernel says. Time stamps are evidence, and
only as good as that.

Asks by `ntp_adjtime`, which needs no rights to read and speaks for every daemon (chrony, ntpd,
systemd-timesyncd, PTP). Knows no daemon.
"""

import ctypes
import sys
from collections.abc import Callable
from time import time_ns
from typing import Final, NamedTuple

from gateway.engine import Engine
from gateway.operators import action

SYNCHRONISED: Final = "synchronised"
UNSYNCHRONISED: Final = "unsynchronised"
UNKNOWN: Final = "unknown"
CLOCK_UNSYNCHRONISED: Final = "CLOCK_UNSYNCHRONISED"
WHAT: Final = "clock status"
WHO: Final = "fixgate"
_TIME_ERROR: Final = 5
_STA_UNSYNC: Final = 0x40


class Reading(NamedTuple):
    """SYNCHRONISED, UNSYNCHRONISED or UNKNOWN, and by how much it may be wrong (microseconds)."""

    status: str = UNKNOWN
    error_max_us: int = 0


class _Timex(ctypes.Structure):
    """The beginning of Linux's `struct timex`, and room for the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def read() -> Reading:
    """What the kernel says now; UNKNOWN where it may not be asked, or is not Linux."""
    if sys.platform != "linux":
        return Reading()
    said = _Timex()
    try:
        state = ctypes.CDLL(None).ntp_adjtime(ctypes.byref(said))
    except (OSError, AttributeError):
        return Reading()
    if state < 0:
        return Reading()
    is_off = state == _TIME_ERROR or said.status & _STA_UNSYNC
    return Reading(UNSYNCHRONISED if is_off else SYNCHRONISED, said.maxerror)


class ClockSync:
    """`look` is called now and then; `reading` is the last."""

    def __init__(self, engine: Engine, ask: Callable[[], Reading] | None = None) -> None:
        self.reading = Reading("")
        self._engine = engine
        self._ask = ask or read

    def look(self, alarms: bool) -> None:
        """Record the status if it is another than before, or the first; and raise an alarm where
        the clock is not synchronised, if `alarms`.
        """
        was, self.reading = self.reading, self._ask()
        status, error_max_us = self.reading
        if status == was.status:
            return
        said = action(WHO, "", WHAT, status=status, error_max_us=error_max_us)
        self._engine.operator(said, time_ns())
        if status == UNSYNCHRONISED and alarms:
            text = "the machine's clock is not synchronised: look at its NTP"
            self._engine.alarm(CLOCK_UNSYNCHRONISED, text)
