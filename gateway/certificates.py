"""What TLS connections speak: contexts made of the files that the configuration names, and made
again when these change. Connections that stand keep what they began with.
"""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final
from weakref import WeakSet

import structlog

from gateway.config import BrokerTls, ListenerTls
from gateway.config.secrets import SecretError, keep_private
from sessions.certificates import CertificateError
from sessions.tls import HandshakeError

log = structlog.get_logger("fixgate")

CERTIFICATE: Final = "CERTIFICATE"
"""Code of the alarm for changed files that cannot be used."""
LOOK_S: Final = 5.0
Stamp = tuple[tuple[int, ...], ...]


class Current:
    """What new connections speak. `whose`: for people; `problem`: what was wrong with the files
    when they were read last, "" for nothing.
    """

    def __init__(self, settings: ListenerTls | BrokerTls, whose: str) -> None:
        self.whose = whose
        self.problem = ""
        self._settings = settings
        self._context: ssl.SSLContext | None = None
        self._read_at = self._stamp()
        self._seen = self._read_at
        self._read()

    def __call__(self) -> ssl.SSLContext:
        """Raises HandshakeError."""
        if self._context is None:
            raise HandshakeError(self.problem)
        return self._context

    def look(self, *, at_once: bool) -> bool:
        """Read the files if they have changed; whether it did. Unless `at_once`, they must have
        been the same at two looks: certificate and key are seldom written in one step. What was
        good before stays in use if they are not.
        """
        stamp = self._stamp()
        is_settled = at_once or stamp == self._seen
        self._seen = stamp
        if stamp == self._read_at or not is_settled:
            return False
        self._read_at = stamp
        self._read()
        return True

    def _read(self) -> None:
        try:
            for key in self._settings.keys:
                keep_private(key)
            self._context, self.problem = self._settings.context(), ""
        except CertificateError as error:
            self.problem = f"{error.setting}: {error}"
        except SecretError as error:
            self.problem = f"key: {error}"
        except OSError as error:
            self.problem = f"{error.filename}: {error.strerror}"

    def _stamp(self) -> Stamp:
        return tuple(map(_stamp_of, self._settings.files))


def _stamp_of(file: Path) -> tuple[int, ...]:
    """What differs when a file is another, or has other contents or rights."""
    with suppress(OSError):
        found = file.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    return ()


class Certificates:
    """All that are in use. `alarm` is told by code and text."""

    def __init__(self, alarm: Callable[[str, str], None]) -> None:
        self._alarm = alarm
        self._all: WeakSet[Current] = WeakSet()
        self._watching: asyncio.Task[None] | None = None

    def of(self, settings: ListenerTls | BrokerTls, whose: str) -> Current:
        """Those of a listener or a broker."""
        made = Current(settings, whose)
        self._all.add(made)
        return made

    def watch(self) -> None:
        """Look every few seconds, until `close`."""
        if self._watching is None:
            self._watching = asyncio.get_running_loop().create_task(self._watch())

    def close(self) -> None:
        """Look no more."""
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    async def look(self, *, at_once: bool = True) -> None:
        """In a thread: opening a key may take long."""
        for current in list(self._all):
            if not await asyncio.to_thread(current.look, at_once=at_once):
                continue
            if current.problem:
                text = f"{current.whose}: tls.{current.problem}; those before stay in use"
                self._alarm(CERTIFICATE, text)
            else:
                log.info("certificates read again", of=current.whose)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look(at_once=False)
