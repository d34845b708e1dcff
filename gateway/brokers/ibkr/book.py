"""Orders as we know them from Interactive Brokers' messages, which repeat and come in any order.

A number (orderId) is ours to give and means one order for ever: placed again under it, an order is
changed and never doubled. A permId is the broker's, and OrderID(37). An orderRef is the first
ClOrdID(11) of an order, which it keeps through all replaces.
"""

from decimal import Decimal
from typing import Any, Final

from gateway.brokers.api.fields import plain
from gateway.brokers.api.ids import keep

KEPT_MAX: Final = 200_000
ZERO: Final = Decimal(0)
UNSET: Final = 1e300
"""A price from here on is none."""
Terms = tuple[str, str, str, str]
"""Quantity, limit, stop and time of an order, as they compare; "" for none."""


def terms_of(order: Any) -> Terms:
    """Those of an order as ib_async has it."""
    return (
        plain(order.totalQuantity),
        price_of(order.lmtPrice),
        price_of(order.auxPrice),
        str(order.tif or "DAY"),
    )


def price_of(price: Any) -> str:
    """A price in FIX's syntax; "" for one that is not set, or 0."""
    if price is None or abs(price) >= UNSET:
        return ""
    text = plain(price)
    return "" if text == "0" else text


class Line:
    """One order. `ref`: its orderRef; `current`: its ClOrdID(11) now; `cancel` and `replace`: those
    of requests that are open, "" for none, and `replace_terms` what the replace asks for; `told`:
    quantity by execution, without the number of its correction; `prior`: what was filled in
    executions that TWS does not tell any more; `filled`: as orderStatus last had it; `ended`:
    OrdStatus(39) that it was reported with, "" while it lives; `ends_as`: the same of an end that
    waits for executions; `why`: of the error that may have ended it.
    """

    __slots__ = (
        "account",
        "acked",
        "cancel",
        "current",
        "ended",
        "ends_as",
        "filled",
        "number",
        "perm_id",
        "prior",
        "ref",
        "replace",
        "replace_terms",
        "side",
        "symbol",
        "terms",
        "told",
        "why",
    )

    def __init__(self, ref: str, number: int) -> None:
        self.ref = ref
        self.current = ref
        self.number = number
        self.perm_id = ""
        self.account = ""
        self.symbol = ""
        self.side = ""
        self.terms: Terms = ("", "", "", "")
        self.acked = False
        self.cancel = ""
        self.replace = ""
        self.replace_terms: Terms = self.terms
        self.told: dict[str, Decimal] = {}
        self.prior = ZERO
        self.filled = ZERO
        self.ended = ""
        self.ends_as = ""
        self.why = ""

    @property
    def cum(self) -> Decimal:
        """What is known to be filled."""
        return sum(self.told.values(), self.prior)

    @property
    def quantity(self) -> Decimal:
        """What is ordered."""
        return Decimal(self.terms[0] or "0")

    @property
    def is_short(self) -> bool:
        """Whether executions are missing."""
        return self.filled > self.cum


class Book:
    """All of them, by number, by permId, and by every ClOrdID(11) of theirs and their requests."""

    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        self._kept_max = kept_max
        self._by_number: dict[int, Line] = {}
        self._by_perm_id: dict[str, Line] = {}
        self._by_name: dict[str, Line] = {}
        self.exec_ids: dict[str, str] = {}  # the newest of each, by what corrections have in common

    def add(self, ref: str, number: int) -> Line:
        """One more."""
        line = Line(ref, number)
        keep(self._by_number, number, line, self._kept_max)
        self.name(line, ref)
        return line

    def name(self, line: Line, cl_ord_id: str) -> None:
        """A request about it has this ClOrdID(11)."""
        keep(self._by_name, cl_ord_id, line, self._kept_max)

    def at(self, number: int) -> Line | None:
        """By its number."""
        return self._by_number.get(number)

    def by_perm_id(self, perm_id: str) -> Line | None:
        """By the broker's id."""
        return self._by_perm_id.get(perm_id)

    def find(self, cl_ord_id: str, perm_id: str) -> Line | None:
        """By either id."""
        return self._by_name.get(cl_ord_id) or self._by_perm_id.get(perm_id)

    def learn(self, line: Line, perm_id: Any) -> None:
        """Its permId, which its first messages may lack."""
        if perm_id and not line.perm_id:
            line.perm_id = str(perm_id)
            keep(self._by_perm_id, line.perm_id, line, self._kept_max)

    def lines(self) -> list[Line]:
        """All of them."""
        return list(self._by_number.values())

    def corrects(self, exec_id: str) -> str | None:
        """Note an execution; returns the ExecID(17) that it corrects, "" for a new one, None for
        one that is known.
        """
        base, _, number = exec_id.rpartition(".")
        before = self.exec_ids.get(base, "")
        if before and number <= before.rpartition(".")[2]:
            return None
        keep(self.exec_ids, base, exec_id, self._kept_max)
        return before
