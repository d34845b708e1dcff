"""The scopes that limits are for: what an order belongs to, kind by kind.

A scope is written "firm", "KIND:NAME" or "KIND:*", which is each one of the kind by itself.
"""

from typing import Final

KINDS: Final = (
    "firm",
    "broker",
    "client",
    "account",
    "session",
    "strategy",
    "symbol",
    "sector",
)
"""From the widest on; an order has one subject of each, a kind's number is its place here."""
FIRM: Final = 0
BROKER: Final = 1
CLIENT: Final = 2
ACCOUNT: Final = 3
SESSION: Final = 4
STRATEGY: Final = 5
SYMBOL: Final = 6
SECTOR: Final = 7
EACH: Final = "*"
NOBODY: Final = ("",) * len(KINDS)

Subjects = tuple[str, ...]
"""The names of what an order belongs to, by kind; "": of none. That of the firm is ""."""


def kind_of(scope: str) -> tuple[int, str]:
    """The kind and the name in a scope; the name "*": each one."""
    kind, _, name = scope.partition(":")
    return KINDS.index(kind), name


def scope_text(kind: int, name: str) -> str:
    """How a scope is written."""
    return f"{KINDS[kind]}:{name}" if name else KINDS[kind]
