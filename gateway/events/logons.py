"""Facts about who may log on: changed passwords, addresses, lockouts."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class PasswordChanged(Event):
    """A client changed its password by NewPassword(925). Holds as long as the configuration has the
    `instead_of` that it had then: an operator's new one goes over it.
    """

    link: int
    password_hash: str
    instead_of: str


@dataclass(slots=True)
class LoggedOnFrom(Event):
    """A client, by its entry in the configuration, showed its password from a new address."""

    entry: str
    address: str


@dataclass(slots=True)
class LockedOut(Event):
    """After wrong passwords for the client `entry` from `address`, "*" for all addresses that it
    never logged on from: none is looked at before `until_ns` (UTC ns). `times`: in a row.
    """

    entry: str
    address: str
    until_ns: int
    times: int


@dataclass(slots=True)
class Unlocked(Event):
    """An operator ended all lockouts of the client `entry`."""

    entry: str
    who: str
