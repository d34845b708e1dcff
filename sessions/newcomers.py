"""Those who came in and have not logged on yet: how many there may be, in all and of one address.
Pure: knows no connections.
"""

from typing import Final, Generic, TypeVar

T = TypeVar("T")
NOT_KNOWN: Final = ""
"""The address of those who come by a proxy that has not told it yet."""


class Newcomers(Generic[T]):
    """Adding one too many takes another out: of the same address if that has too many, else of the
    address that has most; in either case the one that has waited longest.
    """

    def __init__(self, most: int, most_per_address: int) -> None:
        self._most = most
        self._most_per_address = most_per_address
        self._waiting: dict[str, dict[T, None]] = {}
        self._address: dict[T, str] = {}

    def __len__(self) -> int:
        return len(self._address)

    def add(self, one: T, address: str) -> tuple[T, bool] | None:
        """Somebody has come. Who has to go for it, and whether because of the address."""
        self._waiting.setdefault(address, {})[one] = None
        self._address[one] = address
        same = self._waiting[address]
        if address != NOT_KNOWN and len(same) > self._most_per_address:
            return next(iter(same)), True
        if len(self._address) > self._most:
            fullest = max(self._waiting.values(), key=len)
            return next(iter(fullest)), False
        return None

    def drop(self, one: T) -> bool:
        """It waits no more; whether it did."""
        address = self._address.pop(one, None)
        if address is None:
            return False
        same = self._waiting[address]
        del same[one]
        if not same:
            del self._waiting[address]
        return True
