"""A line in which each address has its turn, so that one with many does not keep others waiting."""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Line(Generic[T]):
    """At most `longest` wait. Of more, the last of the address that has most gives way."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self._waiting: OrderedDict[str, deque[T]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, address: str, one: T) -> T | None:
        """Put one at the end of its address; the one that gives way for it, which it may be."""
        self._waiting.setdefault(address, deque()).append(one)
        self._count += 1
        if self._count <= self.longest:
            return None
        most = max(self._waiting, key=lambda held: len(self._waiting[held]))
        away = self._waiting[most].pop()
        self._left(most)
        return away

    def next(self) -> T | None:
        """The next one, of another address than the one before if there is another."""
        if not self._waiting:
            return None
        address = next(iter(self._waiting))
        one = self._waiting[address].popleft()
        self._waiting.move_to_end(address)
        self._left(address)
        return one

    def _left(self, address: str) -> None:
        self._count -= 1
        if not self._waiting[address]:
            del self._waiting[address]
