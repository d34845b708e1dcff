"""Counts wrong passwords and locks out where there are too many.

What is counted is forgotten at a restart; what is locked out is a fact in the journal and is not.
"""

from typing import Final

from gateway.config import PasswordSettings
from gateway.engine import Engine
from gateway.events import LockedOut, LoggedOnFrom
from gateway.lockouts import ANY_NEW
from sessions.values import NS_PER_S, format_utc_timestamp

LOCKED_OUT: Final = "LOCKED_OUT"
"""Code of the alarm for a lockout."""
COUNTED_MAX: Final = 10_000


class Attempts:
    """By the entry of the client and the address it comes from."""

    def __init__(self, settings: PasswordSettings, engine: Engine) -> None:
        self._engine = engine
        self.renew(settings)
        self._counted: dict[tuple[str, str], tuple[int, int]] = {}  # how many, when the last was

    def renew(self, settings: PasswordSettings) -> None:
        """Go by these from now on; lockouts that are in force stay as they are."""
        self._settings = settings
        self._longest_ns = int(settings.lockout_max_s * NS_PER_S)

    def is_locked(self, entry: str, address: str, now: int) -> bool:
        """Whether a password from there is not even looked at."""
        return self._engine.core.state.lockouts.until_ns(entry, address) > now

    def succeeded(self, entry: str, address: str, now: int) -> None:
        """The right password."""
        self._counted.pop((entry, address), None)
        lockouts = self._engine.core.state.lockouts
        known = lockouts.is_known(entry, address)
        if not known or lockouts.lockout(entry, address) is not None:
            self._engine.event(LoggedOnFrom(entry, address), now)

    def failed(self, entry: str, address: str, now: int) -> None:
        """A wrong one."""
        settings = self._settings
        times = self._times(entry, address, now)
        # After a lockout nobody is given so many again.
        self._count(entry, address, 1 if times else settings.failures_max, times, now)
        if not self._engine.core.state.lockouts.is_known(entry, address):
            times = self._times(entry, ANY_NEW, now)
            self._count(entry, ANY_NEW, settings.failures_spread_max, times, now)

    def forget(self, entry: str) -> None:
        """An operator has unlocked it."""
        for key in [key for key in self._counted if key[0] == entry]:
            del self._counted[key]

    def _times(self, entry: str, address: str, now: int) -> int:
        """How many lockouts in a row there were."""
        last = self._engine.core.state.lockouts.lockout(entry, address)
        return last.times if last is not None and now < last.until_ns + self._longest_ns else 0

    def _count(self, entry: str, address: str, most: int, times: int, now: int) -> None:
        key = entry, address
        count, last_ns = self._counted.pop(key, (0, 0))
        count = count + 1 if now < last_ns + self._longest_ns else 1
        if count >= most:
            self._lock_out(entry, address, count, times + 1, now)
            return
        self._counted[key] = count, now
        if len(self._counted) > COUNTED_MAX:
            del self._counted[next(iter(self._counted))]

    def _lock_out(self, entry: str, address: str, count: int, times: int, now: int) -> None:
        first_ns = int(self._settings.lockout_s * NS_PER_S)
        until_ns = now + min(first_ns << min(times - 1, 30), self._longest_ns)
        self._engine.event(LockedOut(entry, address, until_ns, times), now)
        wide = address == ANY_NEW
        self._engine.hit("failures_spread_max" if wide else "failures_max")
        whom = "addresses it never logged on from are" if wide else f"{address} is"
        until = format_utc_timestamp(until_ns, 0)
        text = f"{entry}: {whom} locked out until {until} UTC, after {count} wrong password(s)"
        self._engine.alarm(LOCKED_OUT, text)
