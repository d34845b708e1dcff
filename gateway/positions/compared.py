"""How brokers' positions compared with ours when they were last asked. Part of the fold."""

from collections.abc import Iterator

from gateway.events import Event, PositionDiffers, PositionsCompared


class Comparison:
    """Of an account at a broker: when it was, of how many positions, and what differed."""

    __slots__ = ("differences", "told")

    def __init__(self, told: PositionsCompared) -> None:
        self.told = told
        self.differences: list[PositionDiffers] = []


class Comparisons:
    """The last of each broker and account."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], Comparison] = {}

    def compared(self, event: PositionsCompared, _now: int, _payload: bytes) -> None:
        """Over the one before; what differs is told next."""
        self._last[event.broker, event.account] = Comparison(event)

    def differs(self, event: PositionDiffers, _now: int, _payload: bytes) -> None:
        """Something differs in what was compared just now."""
        self._last[event.broker, event.account].differences.append(event)

    def of(self, broker: str, account: str) -> Comparison | None:
        """The last one of an account at a broker."""
        return self._last.get((broker, account))

    def snapshot(self) -> Iterator[Event]:
        """What makes them again."""
        for last in self._last.values():
            yield last.told
            yield from last.differences
