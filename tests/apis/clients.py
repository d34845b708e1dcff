"""Published clients of brokers' APIs as processes of their own, against our simulators.

They live in an environment of their own, which `make apis` makes. Where there is none the tests are
skipped with that reason, unless FIXGATE_REQUIRE_APIS=1 says that they must run.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".venv-apis"
PROGRAMS = Path(__file__).parent / "programs"
REQUIRED = "FIXGATE_REQUIRE_APIS"
LINE_MAX = 1 << 20


def require() -> None:
    """Skip, or fail where the libraries must be there."""
    if (ENVIRONMENT / ".installed").exists():
        return
    why = "no client libraries here: `make apis` installs them"
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{why}, but {REQUIRED}=1")
    pytest.skip(why)


class RefusedError(Exception):
    """The library raised; `said` is what the program tells of it."""

    def __init__(self, said: dict[str, Any]) -> None:
        super().__init__(str(said))
        self.said = said


class Client:
    """A program of `programs/`: commands in, answers and events out, a JSON object a line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._heard: list[dict[str, Any]] = []
        self._more = asyncio.Condition()

    async def do(self, name: str, **fields: Any) -> Any:
        """One call of the library: its result as JSON; RefusedError if it raised."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": name, **fields}).encode() + b"\n")
        answer = await self._answers.get()
        if "error" in answer:
            raise RefusedError(answer)
        return answer["result"]

    async def until(self, met: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """The events so far, once they meet the condition."""
        async with self._more:
            await self._more.wait_for(lambda: met(self._heard))
        return self._heard

    async def read(self) -> None:
        """Sort what the program says, until it ends."""
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            said = json.loads(line)
            if "event" in said:
                async with self._more:
                    self._heard.append(said)
                    self._more.notify_all()
            else:
                self._answers.put_nowait(said)
        self._answers.put_nowait({"error": "the program ended"})


@asynccontextmanager
async def client(program: str, *arguments: str) -> AsyncIterator[Client]:
    """The program runs until the block is left."""
    process = await asyncio.create_subprocess_exec(
        ENVIRONMENT / "bin" / "python",
        PROGRAMS / program,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_MAX,
    )
    one = Client(process)
    reading = asyncio.create_task(one.read())
    try:
        yield one
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()
        await reading
