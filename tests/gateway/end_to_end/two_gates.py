"""A gateway whose broker is another gateway, in real processes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.gateway.end_to_end.harness import Gate
from tests.gateway.end_to_end.raw_client import RawClient

LINES_SHOWN = 30


def made(
    folder: Path, floor: Mapping[str, Any], gate: Callable[[int], Mapping[str, Any]]
) -> tuple[Gate, Gate]:
    """The one behind by its configuration, and the one before it by a configuration that knows
    the port of the one behind.
    """
    behind, before = folder / "b", folder / "a"
    behind.mkdir()
    before.mkdir()
    there = Gate(behind, floor)
    return there, Gate(before, gate(there.port))


@asynccontextmanager
async def client_of(gate: Gate, floor: Gate) -> AsyncIterator[RawClient]:
    """A client of the first; in the end both are closed and what they said last is shown."""
    client = RawClient(gate.port)
    try:
        yield client
    finally:
        client.close()
        for one in (gate, floor):
            for line in one.lines[-LINES_SHOWN:]:
                print(line)
            await one.close()


async def begin(gate: Gate, floor: Gate, client: RawClient) -> None:
    """Both run, the first is logged on at the second, and the client at the first."""
    await floor.start()
    await gate.start()
    await gate.until(lambda control: control.session("SIM").logged_on)
    await client.logon()


async def end(gate: Gate, floor: Gate) -> None:
    """Both stop in good order, and their records are as their journals say."""
    for one in (gate, floor):
        assert await one.stop() == 0
        await one.verify()
