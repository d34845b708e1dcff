"""Signatures of requests: HMAC-SHA256 by a secret, Ed25519 by a private key, and the time in them.

Binance takes a request whose timestamp is not older than recvWindow and not ahead of its clock:
the timestamp is by its clock, as far as that was measured.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from time import time
from urllib.parse import quote, urlencode

from sessions import ed25519

Sign = Callable[[str], str]


def signer(secret: str) -> Sign:
    """Signs texts: a private key in PEM by Ed25519 (Base64), any other secret by HMAC-SHA256 (hex).
    Raises ed25519.BadKeyError.
    """
    is_key = secret.startswith(ed25519.PEM)
    return ed25519.signer(secret) if is_key else _by_secret(secret)


def _by_secret(secret: str) -> Sign:
    key = secret.encode()
    return lambda text: hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class Clock:
    """Binance's, as far as it is known from ours. `ahead_ms`: how far it is ahead."""

    def __init__(self, now: Callable[[], float] = time) -> None:
        self.ahead_ms = 0
        self.is_wrong = True
        """Whether it has to be measured, for it was not yet or a request was refused for it."""
        self._now = now

    def ours_ms(self) -> int:
        """Ours."""
        return int(self._now() * 1000)

    def now_ms(self) -> int:
        """What a request is stamped with."""
        return self.ours_ms() + self.ahead_ms

    def measured(self, asked_ms: int, told_ms: int, answered_ms: int) -> None:
        """Its time came with an answer; half of the way is taken for the answer's."""
        self.ahead_ms = told_ms - (asked_ms + answered_ms) // 2
        self.is_wrong = False


class Signer:
    """Adds to a request what Binance wants of a signed one."""

    def __init__(self, key_id: str, secret: str, recv_window_ms: int, clock: Clock) -> None:
        self._key_id = key_id
        self._sign = signer(secret)
        self._recv_window_ms = recv_window_ms
        self._clock = clock

    def path(self, path: str) -> str:
        """That of a request over REST: what is signed is the query as it goes."""
        bare, _, query = path.partition("?")
        stamped = f"recvWindow={self._recv_window_ms}&timestamp={self._clock.now_ms()}"
        query = f"{query}&{stamped}" if query else stamped
        return f"{bare}?{query}&signature={quote(self._sign(query), safe='')}"

    def parameters(self, asked: Mapping[str, str | int]) -> dict[str, str | int]:
        """Those of a request over the WebSocket API: signed in the order of their names."""
        stamped: dict[str, str | int] = {
            **asked,
            "apiKey": self._key_id,
            "recvWindow": self._recv_window_ms,
            "timestamp": self._clock.now_ms(),
        }
        text = "&".join([f"{name}={stamped[name]}" for name in sorted(stamped)])
        return stamped | {"signature": self._sign(text)}


def query(path: str, **values: str | int | None) -> str:
    """A path with those of the values that are given."""
    given = {name: value for name, value in values.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path
