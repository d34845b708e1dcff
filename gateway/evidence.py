"""How much is kept of what strangers send: enough to look into, too little to fill a disk."""

from typing import Final

RECORD_BYTES: Final = 128  # about what the journal adds to a message that is kept by itself
HOUR_NS: Final = 3_600_000_000_000


class Evidence:
    """The bytes that may still be kept, and logged, in the present hour."""

    def __init__(self, bytes_per_h: int) -> None:
        self._bytes_per_h = bytes_per_h
        self._until_ns = 0
        self._left = 0

    def takes(self, size: int, now: int) -> bool:
        """Whether `size` bytes more are within the limit; then they count. `now`: UTC ns."""
        if now >= self._until_ns:
            self._until_ns = now + HOUR_NS
            self._left = self._bytes_per_h
        needed = size + RECORD_BYTES
        if needed > self._left:
            return False
        self._left -= needed
        return True
