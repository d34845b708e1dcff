"""The orders of a run: NewOrderSingles(D) built ahead, so that sending costs next to nothing.

Instrument, side, quantity and price go round in a cycle, long enough that the duplicate check sees
no repeats within its window.
"""

from time import time_ns
from typing import Final

from tools.bench.wire import frame, utc_text

ACCOUNT: Final = b"ACC1"
SYMBOLS: Final = tuple(b"SYM%02d" % number for number in range(50))
REFERENCE_CENTS: Final = 10_000
_PRICES: Final = tuple(
    tuple(b"%d.%02d" % divmod(REFERENCE_CENTS + sign * n, 100) for n in range(1, 42))
    for sign in (-1, 1)
)
"""Of buys below the reference price, of sells above it: no order could trade with another."""
_QUANTITIES: Final = tuple(b"%d" % (100 * n) for n in range(1, 10))
_SIDES: Final = (b"1", b"2")
CYCLE: Final = 50 * 41 * 9  # coprime but for the sides, which therefore turn after each cycle
BLOCK: Final = 512

_ORDER: Final = (
    b"35=D\x0134=%d\x0149=%b\x0152=%b\x0156=%b\x0111=O%09d\x011=%b\x0121=1\x0155=%b\x0154=%b\x01"
    b"60=%b\x0138=%b\x0140=2\x0144=%b\x0159=0\x01"
)


class Orders:
    """A stream of orders of one session; `next_seq` and `next_order` are those of the next built.

    Orders are taken in the order they were built; what is not there yet is built in blocks.
    """

    __slots__ = ("_at", "_frames", "_sender", "_target", "next_order", "next_seq")

    def __init__(self, sender: bytes, target: bytes, next_seq: int, next_order: int) -> None:
        self._sender = sender
        self._target = target
        self.next_seq = next_seq
        self.next_order = next_order
        self._frames: list[bytes] = []
        self._at = 0

    def prepare(self, count: int) -> None:
        """Build `count` more orders, with the time of now."""
        now = utc_text(time_ns())
        del self._frames[: self._at]
        self._at = 0
        for _ in range(count):
            self._frames.append(self._build(now))

    def _build(self, now: bytes) -> bytes:
        number = self.next_order
        side = (number + number // CYCLE) % 2
        body = _ORDER % (
            self.next_seq,
            self._sender,
            now,
            self._target,
            number,
            ACCOUNT,
            SYMBOLS[number % 50],
            _SIDES[side],
            now,
            _QUANTITIES[number % 9],
            _PRICES[side][number % 41],
        )
        self.next_seq += 1
        self.next_order += 1
        return frame(body)

    def take(self, count: int) -> bytes:
        """The next `count` orders, ready to be sent."""
        missing = count - (len(self._frames) - self._at)
        if missing > 0:
            self.prepare(max(missing, BLOCK))
        start = self._at
        self._at = start + count
        return b"".join(self._frames[start : self._at])

    @property
    def unsent(self) -> int:
        """Orders built and not taken; numbers were given to them."""
        return len(self._frames) - self._at

    def give_back(self) -> None:
        """Forget what was not taken; its numbers are given again."""
        self.next_seq -= self.unsent
        self.next_order -= self.unsent
        self._frames.clear()
        self._at = 0
