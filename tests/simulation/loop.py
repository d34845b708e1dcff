"""An event loop whose time is simulated: it never waits, it lets time pass instead."""

from __future__ import annotations

import asyncio
import math
from typing import Any, Final

from tests.simulation.clock import Clock

TURN_NS: Final = 20_000  # what a turn of the loop takes, so that nothing can go on for ever at once


class _Selector:
    """Stands where a loop waits for sockets; there are none."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def select(self, timeout: float | None) -> list[Any]:
        assert timeout is not None, "everybody waits, and nothing will ever happen"
        self._clock.advance(max(TURN_NS, math.ceil(timeout * 1e9)))
        return []

    def close(self) -> None:
        pass


class SimulatedLoop(asyncio.BaseEventLoop):
    """asyncio's own loop with another idea of waiting. The network is `tests.simulation.network`,
    which puts its `connect` and `listen` here for the counterparties.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._selector = _Selector(clock)
        self.network: Any = None

    def time(self) -> float:
        """Seconds since the simulation began."""
        return self._clock.monotonic_ns / 1e9

    async def create_server(
        self, factory: Any, host: Any = None, port: Any = None, **_: Any
    ) -> Any:
        """Part of asyncio's loop."""
        return self.network.listen(port, factory)

    async def create_connection(
        self, factory: Any, host: Any = None, port: Any = None, **_: Any
    ) -> Any:
        """Part of asyncio's loop."""
        return await self.network.connect(port, factory)

    async def run_in_executor(self, _executor: Any, function: Any, *args: Any) -> Any:  # type: ignore[override]  # a future would do as well
        """Part of asyncio's loop: no thread, but some time."""
        await asyncio.sleep(self.network.delay_s())
        return function(*args)

    def _process_events(self, event_list: Any) -> None:
        pass

    def _write_to_self(self) -> None:
        pass
