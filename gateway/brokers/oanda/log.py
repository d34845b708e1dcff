"""Which of an account's transactions were told. Pure.

OANDA numbers all that happens to an account. The same transaction comes by an answer, by the stream
and by catching up, in any order; it is told the first time it comes.
"""

from typing import Final

AHEAD_MAX: Final = 100_000
DIGITS_MAX: Final = 20


class Log:
    """`last`: all transactions up to this number were told."""

    def __init__(self) -> None:
        self.last = 0
        self._ahead: set[int] = set()

    def begin(self, last: int) -> None:
        """All up to here were told, or are not there: numbers may be left out."""
        if last > self.last:
            self.last = last
            self._ahead = {number for number in self._ahead if number > last}
            self._close_up()

    def take(self, number: int) -> bool:
        """Whether this one is new; it counts as told from now on."""
        if number <= self.last or number in self._ahead:
            return False
        self._ahead.add(number)
        self._close_up()
        if len(self._ahead) > AHEAD_MAX:  # forgotten ones are told twice, which does no harm
            self._ahead.clear()
        return True

    def is_behind(self, number: int) -> bool:
        """Whether some up to this number were not told."""
        return number > self.last

    def _close_up(self) -> None:
        """The numbers that follow each other from the last one on."""
        while self.last + 1 in self._ahead:
            self.last += 1
            self._ahead.discard(self.last)


def number_of(text: object) -> int:
    """A transaction's number; 0 for what is none."""
    shown = str(text)
    return int(shown) if shown.isascii() and shown.isdigit() and len(shown) < DIGITS_MAX else 0
