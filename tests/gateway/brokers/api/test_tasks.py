"""Tasks that run beside each other: one that fails is heard of, those that run can be ended."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway.brokers.api.tasks import Tasks


def test_one_that_fails_is_told_to_the_loop_and_the_others_run_until_they_are_ended() -> None:
    async def fail() -> None:
        raise ValueError("no")

    async def wait(ended: list[str]) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def script() -> None:
        told: list[dict[str, Any]] = []
        ended: list[str] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        tasks = Tasks("it failed")
        tasks.start(wait(ended))
        tasks.start(fail())
        while not told:
            await asyncio.sleep(0)
        assert (told[0]["message"], f"{told[0]['exception']}") == ("it failed", "no")
        assert len(tasks) == 1
        await tasks.stop()
        assert (len(tasks), ended, len(told)) == (0, ["cancelled"], 1)

    asyncio.run(script())
