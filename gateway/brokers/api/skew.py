"""How far a broker's clock and ours are apart, by the Date of its answers."""

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from time import time
from typing import Final

WRONG_S: Final = 3.0
GOOD_S: Final = 2.0
DATE_STEP_S: Final = 1.0
"""A Date has whole seconds."""


class Skew:
    """`ahead_s`: how far the broker's clock is ahead of ours at the least, below 0 for behind. An
    answer was written between the request and its arrival, so a slow one says little.
    """

    def __init__(self, now: Callable[[], float] = time) -> None:
        self.ahead_s = 0.0
        self.is_wrong = False
        self.now = now

    def measure(self, date: str, asked_s: float, answered_s: float) -> str:
        """Look at an answer; both times by our clock (UTC, s). Returns what a person must see: once
        when the clocks are too far apart, and again only if they were good in between.
        """
        try:
            told_s = parsedate_to_datetime(date).timestamp()
        except (TypeError, ValueError, OverflowError):
            return ""
        least, most = told_s - answered_s, told_s + DATE_STEP_S - asked_s
        self.ahead_s = least if least > 0 else min(most, 0.0)
        was_wrong = self.is_wrong
        self.is_wrong = abs(self.ahead_s) > (GOOD_S if was_wrong else WRONG_S)
        if was_wrong or not self.is_wrong:
            return ""
        way = "ahead of" if self.ahead_s > 0 else "behind"
        return f"its clock is {abs(self.ahead_s):.1f} s {way} ours, at the least"
