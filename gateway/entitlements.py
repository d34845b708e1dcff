"""Who may trade what: the restricted list, and permissions. Reads no files."""

from collections.abc import Iterable
from typing import Final

ANY: Final = "*"
SIDES: Final = {"": "", "buy": "13", "sell": "2456", "short": "56"}
"""Sides of a restriction to the values of Side(54) that it is about; "": all."""


class Restriction:
    """A row of the restricted list. `side` is one of SIDES; "" in `client` and `account`: any;
    dates are yyyymmdd, included, 0: none.
    """

    __slots__ = ("account", "client", "reason", "side", "since", "symbol", "until")

    def __init__(
        self,
        symbol: str,
        side: str,
        client: str,
        account: str,
        since: int,
        until: int,
        reason: str,
    ) -> None:
        self.symbol = symbol
        self.side = side
        self.client = client
        self.account = account
        self.since = since
        self.until = until
        self.reason = reason

    def is_about(self, side: str, client: str, account: str, date: int) -> bool:
        """Whether an order in its symbol is restricted by it."""
        return (
            (not self.side or side in SIDES[self.side])
            and self.client in ("", client)
            and self.account in ("", account)
            and self.since <= date
            and (not self.until or date <= self.until)
        )

    def __repr__(self) -> str:
        rest = f"{self.client},{self.account},{self.since},{self.until},{self.reason}"
        return f"{self.symbol},{self.side},{rest}"


class Restrictions:
    """All rows, by symbol."""

    __slots__ = ("_by_symbol", "rows")

    def __init__(self, rows: Iterable[Restriction] = ()) -> None:
        self.rows = list(rows)
        self._by_symbol: dict[str, list[Restriction]] = {}
        for row in self.rows:
            self._by_symbol.setdefault(row.symbol, []).append(row)

    def of(
        self, symbol: str, side: str, client: str, account: str, date: int
    ) -> Restriction | None:
        """The first that restricts such an order."""
        for key in (symbol, ANY):
            for row in self._by_symbol.get(key, ()):
                if row.is_about(side, client, account, date):
                    return row
        return None


class Permissions:
    """The symbols of each client and account that has any; the others may trade all. `rows` are
    empty where nobody is limited.
    """

    __slots__ = ("_symbols", "rows")

    def __init__(self, rows: Iterable[tuple[str, str, str]] = ()) -> None:
        self.rows = list(rows)  # kind ("client" or "account"), name, symbol
        self._symbols: dict[tuple[str, str], set[str]] = {}
        for kind, name, symbol in self.rows:
            self._symbols.setdefault((kind, name), set()).add(symbol)

    def allows(self, kind: str, name: str, symbol: str) -> bool:
        """Whether a client or account may trade a symbol."""
        symbols = self._symbols.get((kind, name))
        return symbols is None or symbol in symbols or ANY in symbols
