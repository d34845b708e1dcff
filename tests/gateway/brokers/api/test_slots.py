"""Who is next where everything is taken."""

from __future__ import annotations

import asyncio

import pytest

from gateway.brokers.api.slots import Slots

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Guests:
    """Those who take of `slots`; `served`: by name, in their order."""

    def __init__(self, number: int) -> None:
        self.slots = Slots(number)
        self.served: list[str] = []

    async def come(self, name: str, rank: int = 0) -> asyncio.Task[None]:
        """One more, who waits or is served when this returns."""

        async def take() -> None:
            await self.slots.take(rank)
            self.served.append(name)

        task = asyncio.create_task(take())
        await asyncio.sleep(0)
        return task


async def test_no_more_are_served_than_there_are() -> None:
    guests = Guests(2)
    for name in "abc":
        await guests.come(name)
    assert guests.served == ["a", "b"]


async def test_a_lower_rank_is_served_first_and_within_it_who_came_first() -> None:
    guests = Guests(1)
    tasks = [await guests.come(name, rank) for name, rank in [("a", 1), ("b", 1), ("c", 1)]]
    tasks += [await guests.come("d", 0)]
    for _ in range(3):
        guests.slots.give()
    await asyncio.gather(*tasks)
    assert guests.served == ["a", "d", "b", "c"]


async def test_what_is_given_back_while_nobody_waits_is_there_for_the_next() -> None:
    guests = Guests(1)
    await guests.come("a")
    guests.slots.give()
    await guests.come("b")
    await guests.come("c")
    assert guests.served == ["a", "b"]


async def test_who_leaves_the_line_takes_nothing_with_him() -> None:
    guests = Guests(1)
    await guests.come("a")
    left = await guests.come("b")
    await guests.come("c")
    left.cancel()
    guests.slots.give()
    await asyncio.sleep(0)
    assert guests.served == ["a", "c"]


async def test_who_leaves_as_he_is_served_hands_it_on() -> None:
    guests = Guests(1)
    await guests.come("a")
    left = await guests.come("b")
    await guests.come("c")
    guests.slots.give()
    left.cancel()
    for _ in range(3):
        await asyncio.sleep(0)
    assert guests.served == ["a", "c"]
