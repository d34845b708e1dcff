"""What a broker is still to be asked about positions, and what it has not answered. No part of the
fold: a logon begins it anew.
"""

from typing import Final

from gateway.positions.breaks import Theirs

AT_ONCE: Final = 10
"""Accounts that are asked for at a time."""


class Asked:
    """A question on its way, and what came of the answer; given up at `until_ns` (UTC ns)."""

    __slots__ = ("account", "acknowledged", "problem", "reports", "rows", "total", "until_ns")

    def __init__(self, account: str, until_ns: int) -> None:
        self.account = account
        self.until_ns = until_ns
        self.acknowledged = False
        self.problem = ""
        self.reports = 0
        self.total: int | None = None
        self.rows: list[Theirs] = []


class PositionInquiry:
    """Of one broker. `wanted`: it is to begin once its orders are known; `to_ask`: accounts, the
    next one last; `on_the_way`: by PosReqID(710); `again`: accounts that differed, each with when
    it is asked for once more (UTC ns); `differed`: those that were.
    """

    __slots__ = ("again", "count", "differed", "on_the_way", "to_ask", "wanted")

    def __init__(self) -> None:
        self.wanted = False
        self.count = 0
        self.to_ask: list[str] = []
        self.on_the_way: dict[str, Asked] = {}
        self.again: dict[str, int] = {}
        self.differed: set[str] = set()

    def begin(self, accounts: tuple[str, ...]) -> None:
        """Ask for all of them, whatever was asked before."""
        self.wanted = False
        self.to_ask = list(reversed(accounts))
        self.on_the_way = {}
        self.again = {}
        self.differed = set()

    def awaits(self, account: str) -> bool:
        """Whether it has still to be compared."""
        return (
            self.wanted
            or account in self.to_ask
            or account in self.again
            or any(asked.account == account for asked in self.on_the_way.values())
        )

    def clock_set(self, by_ns: int) -> None:
        """The clock has another time from now on: wait as long as was meant."""
        for asked in self.on_the_way.values():
            asked.until_ns += by_ns
        for account, due_ns in self.again.items():
            self.again[account] = due_ns + by_ns

    @property
    def is_busy(self) -> bool:
        """Whether anything is to be asked or awaited."""
        return bool(self.wanted or self.to_ask or self.on_the_way or self.again)
