"""How much each scope may trade: levels that operators latch, and those in force. In the fold.

Each level forbids what those before it do, and more:

- reduce-only: what goes out must make its account's position in its instrument smaller, with all
  that is open executed;
- cancel-only: besides, clients' new orders and replaces are refused; what is held here already
  still goes if it reduces;
- halted: besides, nothing goes out at all.

Cancels pass at every level; a replace that only lowers the quantity does until halted. Nothing here
knows prices or profit.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from gateway.events import Event, Halted, Resumed, TradingLevelSet
from gateway.orders.book import OrderBook
from gateway.refusals import Refusal
from gateway.risk.exposure import Exposures
from gateway.risk.limits import LimitTable

ACTIVE: Final = "active"
REDUCE_ONLY: Final = "reduce-only"
CANCEL_ONLY: Final = "cancel-only"
HALTED: Final = "halted"
LEVELS: Final = (ACTIVE, REDUCE_ONLY, CANCEL_ONLY, HALTED)
"""The strictest last."""
CODES: Final = {REDUCE_ONLY: "REDUCE_ONLY", CANCEL_ONLY: "CANCEL_ONLY", HALTED: "HALTED"}


class Latch:
    """A level in force, since when (UTC ns), and by whom; never changed. `rank`: its place in
    LEVELS. Open orders of the scope up to the number `cancel_to` are to be canceled.
    """

    __slots__ = ("cancel_to", "level", "rank", "scope", "since_ns", "who", "why")

    def __init__(self, event: TradingLevelSet, since_ns: int) -> None:
        self.scope = event.scope
        self.level = event.level
        self.rank = LEVELS.index(event.level)
        self.cancel_to = event.cancel_to
        self.who = event.who
        self.why = event.why
        self.since_ns = since_ns

    @property
    def forbids_requests(self) -> bool:
        """Whether clients' orders and replaces are refused whatever they make of positions."""
        return self.level in (CANCEL_ONLY, HALTED)

    @property
    def told(self) -> str:
        """What is said of an order that waits for its end."""
        return f"{self.level}={self.scope}"

    def refusal(self) -> Refusal:
        """What is said to whom it stops."""
        return Refusal(CODES[self.level], f"scope={self.scope} level={self.level}")


class Levels:
    """The latches in force, by scope. While orders are held against positions, `exposures` keeps
    what those of the `book` may make of them.
    """

    __slots__ = ("_book", "_exposures", "by_scope")

    def __init__(self, exposures: Exposures, book: OrderBook) -> None:
        self.by_scope: dict[str, Latch] = {}
        self._exposures = exposures
        self._book = book

    def appliers(self) -> dict[type[Event], Callable[[Any, int, bytes], None]]:
        """What applies each event of theirs."""
        return {
            Halted: self._halted,
            TradingLevelSet: self._level_set,
            Resumed: self._resumed,
        }

    def _halted(self, event: Halted, now: int, _payload: bytes) -> None:
        latched = TradingLevelSet(event.scope, HALTED, 0, event.who, event.why)
        self._level_set(latched, now, b"")

    def _level_set(self, event: TradingLevelSet, now: int, _payload: bytes) -> None:
        self.by_scope[event.scope] = Latch(event, now)
        self._look_at_positions()

    def _resumed(self, event: Resumed, _now: int, _payload: bytes) -> None:
        self.by_scope.pop(event.scope, None)
        self._look_at_positions()

    def _look_at_positions(self) -> None:
        asked = any(latch.level != HALTED for latch in self.by_scope.values())
        self._exposures.keep_stakes(asked, self._book.open.values())

    @property
    def refusing(self) -> frozenset[str]:
        """Scopes whose new orders are refused whatever they do."""
        return frozenset(s for s, latch in self.by_scope.items() if latch.forbids_requests)

    def stricter(self, scope: str, level: str) -> str:
        """Of a level and that of a scope the stricter one."""
        latch = self.by_scope.get(scope)
        return level if latch is None else LEVELS[max(latch.rank, LEVELS.index(level))]

    def on(
        self,
        table: LimitTable,
        session: str,
        account: str,
        symbol: str,
        broker: str,
        strategy: str,
    ) -> Latch | None:
        """The strictest on an order of a client's session."""
        if not self.by_scope:
            return None
        return self.strictest(table.scopes_of(session, account, symbol, broker, strategy))

    def strictest(self, scopes: Iterable[str]) -> Latch | None:
        """Of the latches on these scopes that with the strictest level; None: all are active."""
        found: Latch | None = None
        by_scope = self.by_scope
        for scope in scopes:
            latch = by_scope.get(scope)
            if latch is not None and (found is None or latch.rank > found.rank):
                found = latch
        return found

    @property
    def cancel_to(self) -> int:
        """No order of a greater number is to be canceled."""
        return max([latch.cancel_to for latch in self.by_scope.values()], default=0)

    def snapshot(self) -> Iterator[tuple[int, TradingLevelSet]]:
        """The events that make them again, each with its time."""
        for latch in self.by_scope.values():
            event = TradingLevelSet(latch.scope, latch.level, latch.cancel_to, latch.who, latch.why)
            yield latch.since_ns, event
