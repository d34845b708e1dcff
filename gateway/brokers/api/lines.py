"""A stream over HTTP: an answer without an end, of lines, that notices when none comes any more."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import httpx

from gateway.brokers.api.staying import BrokenError

FAILURES: Final = (httpx.HTTPError, httpx.InvalidURL)
LINE_MAX: Final = 16 << 20
REFUSAL_MAX: Final = 1000


class RefusedError(BrokenError):
    """It is answered by another status than 200."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"HTTP {status}: {body[:REFUSAL_MAX].decode('latin-1')}")
        self.status = status


@asynccontextmanager
async def lines(
    url: str,
    headers: Mapping[str, str],
    *,
    silent_max_s: float,
    context: ssl.SSLContext | None = None,
) -> AsyncIterator[AsyncIterator[bytes]]:
    """The lines of what is answered at `url`, once it answers with 200; raises RefusedError. If
    nothing comes for `silent_max_s` it is one of FAILURES.
    """
    async with (
        httpx.AsyncClient(
            timeout=httpx.Timeout(silent_max_s),
            verify=context if context is not None else True,
            trust_env=False,
            follow_redirects=False,
        ) as client,
        client.stream("GET", url, headers=dict(headers)) as response,
    ):
        if response.status_code != httpx.codes.OK:
            raise RefusedError(response.status_code, await _some(response))
        yield _lines(response)


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in response.aiter_bytes():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if line.strip():
                yield line
        if len(rest) > LINE_MAX:
            raise BrokenError(f"a line of more than {LINE_MAX} bytes")


async def _some(response: httpx.Response) -> bytes:
    async for chunk in response.aiter_bytes():
        return chunk
    return b""
