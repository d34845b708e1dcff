"""Tokens of operators, `NAME.SECRET`: made, taken apart, and held against the hash that is kept.

A hash takes some twenty milliseconds and 19 MiB to compare, so that is done in a thread, one at a
time, and what was found right is remembered (as SHA-256) beside the hash that it is right for: with
another hash, or none, it is worth nothing.
"""

import asyncio
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Final

from gateway.passwords import NOBODY, hash_password, matches

SECRET_BYTES: Final = 32
TOKEN_LENGTH_MAX: Final = 200
REMEMBERED_MAX: Final = 1000
SCHEME: Final = "Bearer "


async def new_token(name: str) -> tuple[str, str]:
    """A token for an operator, which is kept nowhere, and its hash."""
    secret = token_urlsafe(SECRET_BYTES)
    return f"{name}.{secret}", await asyncio.to_thread(hash_password, secret)


def parts(authorization: str) -> tuple[str, str] | None:
    """Name and secret in a header `Authorization: Bearer NAME.SECRET`; None if it is no such."""
    name, dot, secret = authorization.removeprefix(SCHEME).strip().partition(".")
    whole = authorization.startswith(SCHEME) and len(authorization) <= TOKEN_LENGTH_MAX
    return (name, secret) if whole and name and dot and secret else None


class Verifier:
    """Tells whether a secret is the one of a hash."""

    def __init__(self) -> None:
        self._right: dict[str, bytes] = {}
        self._one_at_a_time = asyncio.Lock()

    async def is_right(self, token_hash: str, secret: str) -> bool:
        """`token_hash` "": of nobody, which takes as long as a wrong secret."""
        digest = sha256(secret.encode()).digest()
        known = self._right.get(token_hash)
        if known is not None and compare_digest(known, digest):
            return True
        async with self._one_at_a_time:
            if not await asyncio.to_thread(matches, token_hash or NOBODY, secret):
                return False
        if not token_hash:
            return False
        self._right[token_hash] = digest
        if len(self._right) > REMEMBERED_MAX:
            del self._right[next(iter(self._right))]
        return True
