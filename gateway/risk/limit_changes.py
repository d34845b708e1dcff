"""What was said of limits while the gateway ran, over what is configured. Part of the fold.

For each limit of a scope there may be what lasts until it is withdrawn, over it what holds for a
time, and over both an override: the newer of two of a kind counts, what lasts ends what held for a
time, and what an override stood over holds again after it. Permissions of single orders are kept
beside. The last changes stay known, with who and why; all are in the journal and the audit
database.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from gateway import events as ev

HISTORY_MAX: Final = 1000
NEVER: Final = 1 << 63
Key = tuple[str, str]  # a scope and the name of a limit


class Said:
    """Something that was said at `time_ns` (UTC ns)."""

    __slots__ = ("event", "time_ns")

    def __init__(self, event: Any, time_ns: int) -> None:
        self.event = event
        self.time_ns = time_ns


class LimitChanges:
    """`lasting`, `passing` and `overriding` by scope and limit, `permits` by the number of the
    override, `number`: the last of an override, `due_ns`: when the next of all ends.
    """

    __slots__ = ("due_ns", "history", "lasting", "number", "overriding", "passing", "permits")

    def __init__(self) -> None:
        self.lasting: dict[Key, Said] = {}
        self.passing: dict[Key, Said] = {}
        self.overriding: dict[Key, Said] = {}
        self.permits: dict[int, Said] = {}
        self.history: list[Said] = []
        self.number = 0
        self.due_ns = NEVER

    # --- reading --------------------------------------------------------------------------------

    @property
    def in_force(self) -> dict[Key, str]:
        """What holds instead of what is configured, as text, by scope and limit."""
        said = {**self.lasting, **self.passing, **self.overriding}
        return {key: one.event.value for key, one in said.items()}

    def of(self, key: Key, now: int = 0) -> Said | None:
        """What holds of a limit of a scope instead of what is configured; or will, when what is
        over at `now` has ended.
        """
        for held in (self.overriding, self.passing):
            said = held.get(key)
            if said is not None and said.event.expires_ns > now:
                return said
        return self.lasting.get(key)

    @property
    def overrides(self) -> dict[int, Said]:
        """Those that are in force, of limits and of orders, by number."""
        return {one.event.number: one for one in self.overriding.values()} | self.permits

    def override_of(self, key: Key) -> Said | None:
        """The override that a limit of a scope has."""
        return self.overriding.get(key)

    def lapsed(self, now: int) -> list[Key]:
        """Limits of which something held for a time that is over."""
        held = (*self.passing.items(), *self.overriding.items())
        return list({key: None for key, said in held if said.event.expires_ns <= now})

    def expired(self, now: int) -> list[int]:
        """The numbers of permissions that nobody used in time."""
        return [no for no, said in self.permits.items() if said.event.expires_ns <= now]

    def permit_for(
        self,
        clients: tuple[str, ...],
        cl_ord_id: str,
        account: str,
        symbol: str,
        side: str,
        quantity: Decimal,
        now: int,
    ) -> int:
        """The number of the override that an order may use, 0 for none: that of its ClOrdID(11)
        before any for the next order. `clients`: what its client is called.
        """
        found = 0
        for number, said in self.permits.items():
            event = said.event
            if event.client not in clients or event.expires_ns <= now:
                continue
            if quantity > Decimal(event.quantity):
                continue
            if event.cl_ord_id:
                if event.cl_ord_id == cl_ord_id:
                    return number
            elif not found and (event.account, event.symbol, event.side) == (account, symbol, side):
                found = number
        return found

    def snapshot(self) -> Iterator[tuple[int, ev.Event]]:
        """The events that make this again, each with its time."""
        for said in self.history:
            yield said.time_ns, said.event

    # --- what happens ---------------------------------------------------------------------------

    def take(self, event: Any, now: int) -> None:
        """Heed one of the events of `APPLIERS`."""
        said = Said(event, now)
        APPLIERS[type(event)](self, said)
        self.history.append(said)
        if len(self.history) > HISTORY_MAX:
            self._forget_oldest()
        passing = (*self.passing.values(), *self.overrides.values())
        self.due_ns = min([one.event.expires_ns for one in passing], default=NEVER)

    def _set(self, said: Said) -> None:
        key = (said.event.scope, said.event.limit)
        if said.event.expires_ns:
            self.passing[key] = said
            return
        self.lasting[key] = said
        self.passing.pop(key, None)

    def _withdrawn(self, said: Said) -> None:
        key = (said.event.scope, said.event.limit)
        self.lasting.pop(key, None)
        self.passing.pop(key, None)

    def _lapsed(self, said: Said) -> None:
        key = (said.event.scope, said.event.limit)
        for held in (self.passing, self.overriding):
            if key in held and held[key].event.expires_ns <= said.time_ns:
                del held[key]

    def _overridden(self, said: Said) -> None:
        self.number = max(self.number, said.event.number)
        self.overriding[said.event.scope, said.event.limit] = said

    def _permitted(self, said: Said) -> None:
        self.number = max(self.number, said.event.number)
        self.permits[said.event.number] = said

    def _permission_ended(self, said: Said) -> None:
        """That of an order, or what raised a limit."""
        number = said.event.number
        self.permits.pop(number, None)
        for key, held in list(self.overriding.items()):
            if held.event.number == number:
                del self.overriding[key]

    def _forget_oldest(self) -> None:
        """But nothing that is in force, and not the newest override with its end, so that no number
        is given twice. The rest makes the same again: an end is forgotten after what it ended.
        """
        held = (*self.lasting.values(), *self.passing.values(), *self.overrides.values())
        kept = {id(one) for one in held} | self._newest_override()
        for place, said in enumerate(self.history):
            if id(said) not in kept:
                del self.history[place]
                return

    def _newest_override(self) -> set[int]:
        found: set[int] = set()
        key: Key | None = None
        for said in self.history:
            event = said.event
            if getattr(event, "number", 0) == self.number:
                found.add(id(said))
                key = (event.scope, event.limit) if type(event) is ev.LimitOverridden else key
            elif type(event) is ev.LimitLapsed and key == (event.scope, event.limit):
                found.add(id(said))
        return found if self.number else set()


APPLIERS: Final[dict[type[ev.Event], Callable[[LimitChanges, Said], None]]] = {
    ev.LimitSet: LimitChanges._set,
    ev.LimitWithdrawn: LimitChanges._withdrawn,
    ev.LimitLapsed: LimitChanges._lapsed,
    ev.LimitOverridden: LimitChanges._overridden,
    ev.OrderPermitted: LimitChanges._permitted,
    ev.PermissionEnded: LimitChanges._permission_ended,
}
