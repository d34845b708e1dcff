"""How fast requests go, by a loop whose time stands still unless it is moved."""

from __future__ import annotations

import asyncio

import pytest

from gateway.brokers.api.pace import CANCEL, ORDER, READ, Pace


class Clock:
    """Time, by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def gone(pace: Pace, ranks: list[int]) -> list[int]:
    """Which of these may go at once, by rank."""
    done: list[int] = []

    async def go(rank: int) -> None:
        await pace.turn(rank)
        done.append(rank)

    tasks = [asyncio.create_task(go(rank)) for rank in ranks]
    for _ in range(5):
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return done


def test_orders_leave_a_reserve_for_cancels_and_questions_a_larger_one() -> None:
    async def script() -> None:
        pace = Pace(100, 60.0, Clock())
        assert len(await gone(pace, [READ] * 120)) == 90
        assert len(await gone(pace, [ORDER] * 120)) == 5
        assert len(await gone(pace, [CANCEL] * 120)) == 5

    asyncio.run(script())


def test_the_window_moves_on() -> None:
    async def script() -> None:
        clock = Clock()
        pace = Pace(20, 60.0, clock)
        await gone(pace, [CANCEL] * 20)
        clock.now = 59.0
        assert await gone(pace, [CANCEL]) == []
        clock.now = 60.0
        assert await gone(pace, [CANCEL]) == [CANCEL]

    asyncio.run(script())


def test_what_the_broker_says_is_left_counts_until_it_is_reset() -> None:
    async def script() -> None:
        clock = Clock()
        pace = Pace(100, 60.0, clock)
        pace.heed(100, 7, 30.0)
        assert len(await gone(pace, [ORDER] * 10)) == 2  # down to the five of the reserve
        assert len(await gone(pace, [CANCEL] * 10)) == 5
        clock.now = 30.0
        assert await gone(pace, [ORDER]) == [ORDER]

    asyncio.run(script())


def test_a_limit_that_was_hit_stops_even_cancels() -> None:
    async def script() -> None:
        clock = Clock()
        pace = Pace(100, 60.0, clock)
        pace.stop_for(5.0)
        assert await gone(pace, [CANCEL]) == []
        clock.now = 5.0
        assert await gone(pace, [CANCEL]) == [CANCEL]

    asyncio.run(script())


def test_a_cancel_overtakes_orders_that_wait() -> None:
    async def script() -> None:
        loop = asyncio.get_running_loop()
        pace = Pace(10, 0.05, loop.time)
        order: list[str] = []

        async def go(rank: int, name: str) -> None:
            await pace.turn(rank)
            order.append(name)

        waiting = [asyncio.create_task(go(ORDER, f"order {n}")) for n in range(12)]
        await asyncio.sleep(0)
        waiting.append(asyncio.create_task(go(CANCEL, "cancel")))
        await asyncio.gather(*waiting)
        assert order.index("cancel") == 9  # behind the nine that had gone

    asyncio.run(script())


@pytest.mark.parametrize("rank", [CANCEL, ORDER, READ])
def test_a_limit_of_one_lets_one_go(rank: int) -> None:
    async def script() -> None:
        assert await gone(Pace(1, 60.0, Clock()), [rank, rank]) == [rank]

    asyncio.run(script())
