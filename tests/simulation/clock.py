"""Time of the simulated world. It passes when nothing is left to be done at this moment."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

OURS: Final = ("gateway.", "sessions.", "store.")


class Clock:
    """`monotonic_ns` only goes forward. The gateway's UTC may be stepped, that of its peers not."""

    def __init__(self, utc_ns: int) -> None:
        self.monotonic_ns = 0
        self._start_ns = utc_ns
        self._step_ns = 0

    def advance(self, duration_ns: int) -> None:
        """Let time pass."""
        self.monotonic_ns += duration_ns

    def step(self, by_ns: int) -> None:
        """Set the gateway's clock forward or back."""
        self._step_ns += by_ns

    def utc_ns(self) -> int:
        """UTC nanoseconds as everybody but the gateway has them."""
        return self._start_ns + self.monotonic_ns

    def gateway_ns(self) -> int:
        """UTC nanoseconds by the gateway's clock."""
        return self.utc_ns() + self._step_ns


@contextmanager
def in_place_of_the_real_one(clock: Clock) -> Iterator[None]:
    """While this lasts the gateway's modules read their time from `clock`."""
    real = time.time_ns
    modules = [m for name, m in list(sys.modules.items()) if name.startswith(OURS)]
    ours = [module for module in modules if getattr(module, "time_ns", None) is real]
    for module in ours:
        vars(module)["time_ns"] = clock.gateway_ns
    try:
        yield
    finally:
        for module in ours:
            vars(module)["time_ns"] = real
