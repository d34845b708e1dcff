"""Which errors end the process: contexts as asyncio and uvloop give them."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import uvloop

from gateway.faults import is_fault
from sessions.errors import HandlerError

LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


@pytest.mark.parametrize("new_loop", LOOPS)
@pytest.mark.parametrize("error", [PermissionError("a file"), AssertionError("ours")])
def test_an_error_of_a_callback_is_a_fault(
    new_loop: Callable[[], asyncio.AbstractEventLoop], error: Exception
) -> None:
    seen: list[dict[str, Any]] = []

    def fail() -> None:
        raise error

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: seen.append(context))
        called = asyncio.Event()
        loop.call_soon(fail)
        loop.call_soon(called.set)
        await called.wait()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())
    assert [context["exception"] for context in seen] == [error]
    assert is_fault(seen[0])


@pytest.mark.parametrize(
    ("context", "fault"),
    [
        ({"exception": ConnectionResetError(), "transport": 1, "protocol": 1}, False),
        ({"exception": OSError(24, "Too many open files"), "socket": 1}, False),
        ({"exception": TimeoutError(), "future": 1}, False),
        ({"message": "a slow callback"}, False),
        ({"exception": HandlerError("OSError: x"), "transport": 1, "protocol": 1}, True),
        ({"exception": AssertionError("x"), "transport": 1, "protocol": 1}, True),
        ({"exception": KeyError("x"), "future": 1}, True),
        ({"exception": OSError(5, "the journal's writer failed"), "message": "x"}, True),
    ],
)
def test_an_error_that_the_loop_met_itself_is_none(context: dict[str, Any], fault: bool) -> None:
    assert is_fault(context) is fault
