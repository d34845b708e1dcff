"""The open orders as they are at one moment, to be told later, while the orders go on.

Nothing is copied at that moment but their numbers. An order that changes before it was told is kept
in mind as it was.
"""

from collections.abc import Iterator, Mapping
from itertools import islice

from gateway.orders.order import Order

History = list[tuple[int, bytes]]


class Moment:
    """What was open when this was made; `changes` is called before each change of an order."""

    __slots__ = ("_as_it_was", "_numbers", "_open")

    def __init__(self, opened: Mapping[int, Order]) -> None:
        self._open = opened
        self._numbers = list(opened)
        self._as_it_was: dict[int, tuple[History, int]] = {}

    def changes(self, order: Order) -> None:
        """A history only grows, so that its length tells what it was."""
        history = order.history
        if history is not None and order.order_no not in self._as_it_was:
            self._as_it_was[order.order_no] = (history, len(history))

    def histories(self) -> Iterator[tuple[int, bytes]]:
        """The payloads of every order's events until then, each with its time."""
        for number in self._numbers:
            history, length = self._as_it_was.get(number) or self._as_it_is(number)
            yield from islice(history, length)

    def _as_it_is(self, number: int) -> tuple[History, int]:
        order = self._open.get(number)
        history = order.history if order is not None else None
        return (history, len(history)) if history is not None else ([], 0)
