"""Passwords of clients: argon2id hashes of them, made and compared. Knows no session and no file.

A comparison takes some twenty milliseconds and 19 MiB on purpose: it belongs into a thread.
"""

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# What makes guessing dear, and a good Logon(A) cheap enough for a gateway that trades meanwhile.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
NOBODY: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$J2XZT3RxTSO3l7Wkq8y/qQ"
    "$215vvhbBIGuv0Cz+ZPK57kLzi8Mmml4KuceZiGyerLE"
)
"""A hash to compare with where there is none, so that this takes as long."""


def hash_password(password: str) -> str:
    """The hash of a password, with a salt and its parameters in it."""
    return _HASHER.hash(password)


def matches(password_hash: str, password: str) -> bool:
    """Whether the hash is this password's. Raises MemoryError where there is no room for it."""
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
