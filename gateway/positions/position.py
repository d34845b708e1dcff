"""One position: what it holds now, and what of its past may yet be taken back.

A bust leaves no trace: the position is what it would be if the execution had never been. So what
may be taken back is kept as entries, over a holding of what stands for good.
"""

from collections.abc import Callable
from typing import Final

from gateway.events import PositionStated
from gateway.positions import entries
from gateway.positions.entries import (
    FIELDS,
    Entry,
    entries_in,
    is_idle,
    lots_in,
    lots_text,
    plain,
    text_of,
)
from gateway.positions.holding import Holding
from gateway.positions.totals import Total
from sessions.values import recorded_decimal

LOOK_AT: Final = 64  # entries, before the first look at which of them stand for good

Needed = Callable[["Position", Entry], bool]


class Position:
    """Of an account in a symbol and currency, for a strategy ("": none is named).

    `now` is its holding, `total` what that is a part of. `base` is the one that `text`, its
    entries, were applied to, None for an empty one; `count` entries are in it, and at `look_at` of
    them it is time to see which are not needed any more.
    """

    __slots__ = (
        "account",
        "base",
        "count",
        "currency",
        "look_at",
        "now",
        "strategy",
        "symbol",
        "text",
        "total",
    )

    def __init__(
        self, account: str, symbol: str, currency: str, strategy: str, total: Total
    ) -> None:
        self.account = account
        self.symbol = symbol
        self.currency = currency
        self.strategy = strategy
        self.total = total
        self.now = Holding()
        self.base: Holding | None = None
        self.text = bytearray()
        self.count = 0
        self.look_at = LOOK_AT

    def append(self, text: str) -> None:
        """Keep the text of an entry that has been applied."""
        self.text += text.encode()
        self.count += 1

    def entries(self) -> list[Entry]:
        """Its entries, oldest first."""
        return entries_in(self.text.decode())

    def refold(self, kept: list[Entry]) -> list[tuple[str, Entry]]:
        """Have these entries; returns what goes over to other symbols by them: each symbol, and the
        entry that is to be in its position.
        """
        moves: list[tuple[str, Entry]] = []
        holding = self.base.copy() if self.base is not None else Holding()
        for entry in kept:
            moved = entries.apply(holding, entry, self.currency)
            if moved is not None:
                moves.append((entry[2], entries.moved_in(self.symbol, entry[3], moved)))
        self.now = holding
        self.text = bytearray("".join([text_of(entry) for entry in kept]).encode())
        self.count = len(kept)
        return moves

    def settle(self, is_needed: Needed) -> None:
        """Let entries stand for good up to the first that is needed."""
        oldest = [part.decode() for part in self.text.split(b"\x01", FIELDS)[:FIELDS]]
        if is_needed(self, oldest):  # so all are
            self.look_at = 2 * self.count
            return
        base, kept = self._divided(is_needed)
        self.base = base.copy() if base is self.now else base
        self.text = bytearray("".join([text_of(entry) for entry in kept]).encode())
        self.count = len(kept)
        self.look_at = max(LOOK_AT, 2 * self.count)

    def _divided(self, is_needed: Needed) -> tuple[Holding | None, list[Entry]]:
        """What stands for good, not to be changed, and the entries from the first needed one on."""
        held = self.entries() if self.count else []
        done = 0
        while done < len(held) and not is_needed(self, held[done]):
            done += 1
        base = self.now
        if done < len(held):
            base = self.base.copy() if self.base is not None else Holding()
            for entry in held[:done]:
                entries.apply(base, entry, self.currency)
        return (None if base.is_empty else base), held[done:]

    def stated(self, is_needed: Needed) -> PositionStated:
        """All of it, with the entries from the first that is needed on."""
        base, kept = self._divided(is_needed)
        held = base if base is not None else Holding()
        paid = held.commissions or {}
        return PositionStated(
            self.account,
            self.symbol,
            self.currency,
            self.strategy,
            plain(held.net),
            plain(held.cost),
            plain(held.realised),
            plain(held.realised_fifo),
            plain(held.income),
            " ".join([f"{currency}={plain(money)}" for currency, money in paid.items()]),
            lots_text(held.lots),
            held.date,
            plain(held.before),
            "".join([text_of(one) for one in kept if not is_idle(one) or is_needed(self, one)]),
        )

    def restate(self, event: PositionStated) -> None:
        """Be what an event says."""
        base = Holding()
        base.hold(recorded_decimal(event.net), recorded_decimal(event.cost), lots_in(event.lots))
        base.realised = recorded_decimal(event.realised)
        base.realised_fifo = recorded_decimal(event.realised_fifo)
        base.income = recorded_decimal(event.income)
        for paid in event.commissions.split():
            currency, _, money = paid.rpartition("=")
            base.pay(recorded_decimal(money), currency)
        base.date = event.date
        base.before = recorded_decimal(event.before)
        self.base = base
        self.refold(entries_in(event.entries))
        self.look_at = max(LOOK_AT, 2 * self.count)
