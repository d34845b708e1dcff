"""What was asked of a robot and is not answered yet, and what waits for its turn.

Owns which request is in doubt when the connection goes: all that were sent and not answered. Those
that the robot said it did not take, and what stands behind them, never left.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from gateway.brokers.osengine.lines import Said
from gateway.brokers.osengine.mapping import Line

ROWS_MAX: Final = 100_000


class Waiting:
    """By the key of their answer. `late` is told of one that is not answered in `timeout_s`."""

    def __init__(self, timeout_s: float, late: Callable[[Line], None]) -> None:
        self.timeout_s = timeout_s
        self._late = late
        self._lines: dict[str, tuple[Line, asyncio.TimerHandle]] = {}
        self._rows: dict[str, list[Said]] = {}
        self._held: dict[str, list[Line]] = {}

    def add(self, line: Line) -> None:
        """It goes now."""
        timer = asyncio.get_running_loop().call_later(self.timeout_s, self._is_late, line.key)
        self._lines[line.key] = line, timer

    def take(self, key: str) -> Line | None:
        """It is answered; None for one that nobody waits for."""
        found = self._lines.pop(key, None)
        if found is None:
            return None
        line, timer = found
        timer.cancel()
        return line

    def row(self, key: str, said: Said) -> None:
        """A part of an answer."""
        if key in self._lines:
            rows = self._rows.setdefault(key, [])
            if len(rows) < ROWS_MAX:
                rows.append(said)

    def rows(self, key: str) -> list[Said]:
        """All parts of it, once it is whole."""
        return self._rows.pop(key, [])

    # --- turns ----------------------------------------------------------------------------------

    def hold(self, line: Line) -> bool:
        """Whether it has to wait behind another one of its order that waits; it does then."""
        held = self._held.get(line.lane) if not line.is_question else None
        if held is None:
            return False
        held.append(line)
        return True

    def hold_first(self, line: Line) -> None:
        """It was not taken, and waits; what concerns the same order waits behind it."""
        self._held.setdefault(line.lane, []).insert(0, line)

    def is_its_turn(self, line: Line) -> bool:
        """Whether it still waits, first of its order; it goes then, the others wait on."""
        held = self._held.get(line.lane)
        if not held or held[0] is not line:
            return False
        del held[0]
        return True

    def release(self, lane: str) -> list[Line]:
        """Those of an order that waited, in their order."""
        return self._held.pop(lane, [])

    def clear(self) -> tuple[list[Line], list[Line]]:
        """The connection is gone: those that were sent, and those that waited for their turn."""
        held = [line for lines in self._held.values() for line in lines]
        sent = []
        for line, timer in self._lines.values():
            timer.cancel()
            sent.append(line)
        self._lines, self._rows, self._held = {}, {}, {}
        return sent, held

    def _is_late(self, key: str) -> None:
        line = self.take(key)
        if line is not None:
            self._late(line)
