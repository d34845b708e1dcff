"""Who is locked out after wrong passwords, and until when. Part of the fold; decides nothing.

A lockout is of one address, so that a stranger cannot lock out the client, who comes from another.
Guesses that are spread over many addresses lock out those that the client never logged on from.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from gateway import events as ev

ANY_NEW: Final = "*"
"""All addresses from which the client never logged on."""
KNOWN_MAX: Final = 16
"""Addresses remembered of one client: those that it logged on from first are forgotten first."""
LOCKED_MAX: Final = 1000
"""Lockouts remembered of one client: the oldest are forgotten first."""


class Lockouts:
    """By the name of a client's entry in the configuration."""

    def __init__(self) -> None:
        self._known: dict[str, list[str]] = {}
        self._locked: dict[str, dict[str, ev.LockedOut]] = {}

    # --- what is so -----------------------------------------------------------------------------

    def is_known(self, entry: str, address: str) -> bool:
        """Whether the client has logged on from there."""
        return address in self._known.get(entry, ())

    def lockout(self, entry: str, address: str) -> ev.LockedOut | None:
        """The last lockout of an address, also if it is over."""
        return self._locked.get(entry, {}).get(address)

    def until_ns(self, entry: str, address: str) -> int:
        """Until when (UTC ns) no password from this address is looked at; 0: never was locked."""
        own = self.lockout(entry, address)
        until_ns = own.until_ns if own is not None else 0
        if not self.is_known(entry, address):
            wide = self.lockout(entry, ANY_NEW)
            until_ns = max(until_ns, wide.until_ns if wide is not None else 0)
        return until_ns

    def of(self, entry: str, now: int) -> list[ev.LockedOut]:
        """The lockouts of a client that are in force."""
        return [one for one in self._locked.get(entry, {}).values() if one.until_ns > now]

    def appliers(self) -> dict[type[ev.Event], Callable[[Any, int, bytes], None]]:
        """What applies each event that concerns lockouts alone."""
        return {
            ev.LoggedOnFrom: self.logged_on_from,
            ev.LockedOut: self.locked_out,
            ev.Unlocked: self.unlocked,
        }

    # --- what happened --------------------------------------------------------------------------

    def logged_on_from(self, event: ev.LoggedOnFrom, _now: int = 0, _payload: bytes = b"") -> None:
        """The right password: the address is the client's, and what it had wrong is forgotten."""
        known = self._known.setdefault(event.entry, [])
        if event.address not in known:
            known.append(event.address)
            del known[:-KNOWN_MAX]
        self._locked.get(event.entry, {}).pop(event.address, None)

    def locked_out(self, event: ev.LockedOut, _now: int = 0, _payload: bytes = b"") -> None:
        """An address is locked out."""
        locked = self._locked.setdefault(event.entry, {})
        locked.pop(event.address, None)
        locked[event.address] = event
        if len(locked) > LOCKED_MAX:
            del locked[next(iter(locked))]

    def unlocked(self, event: ev.Unlocked, _now: int = 0, _payload: bytes = b"") -> None:
        """Nobody is locked out any more."""
        self._locked.pop(event.entry, None)

    def snapshot(self) -> Iterator[ev.Event]:
        """The events that make this again."""
        for entry, addresses in self._known.items():
            for address in addresses:
                yield ev.LoggedOnFrom(entry, address)
        for locked in self._locked.values():
            yield from locked.values()
