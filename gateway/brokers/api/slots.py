"""How much may be under way at once, and who is next where all of it is taken."""

import asyncio
from heapq import heappop, heappush


class Slots:
    """So many. Who waits is served by rank, the lowest first, and within a rank in the order of
    coming.
    """

    def __init__(self, number: int) -> None:
        self._free = number
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = 0

    async def take(self, rank: int) -> None:
        """Return when there is one; it has to be given back."""
        if self._free:
            self._free -= 1
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heappush(self._waiting, (rank, self._count, future))
        try:
            await future
        except asyncio.CancelledError:
            if not future.cancelled():  # it was given in the same turn of the loop
                self.give()
            raise

    def give(self) -> None:
        """One is free again: the next who waits has it."""
        while self._waiting:
            future = heappop(self._waiting)[2]
            if not future.done():
                future.set_result(None)
                return
        self._free += 1
