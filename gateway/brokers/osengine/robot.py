"""One connection of a robot: the greeting in which both sides show the secret, and its lines.

The secret itself is not said: each side seals the other's nonce with it.
"""

import asyncio
import hmac
from secrets import token_hex
from typing import Final

from gateway.brokers.api.staying import BrokenError
from gateway.brokers.osengine.lines import LINE_MAX, SHOWN_MAX, VERSION, Said, number, read, seal
from gateway.brokers.osengine.lines import write as line_of

BEAT_S: Final = 5.0
SILENT_MAX_S: Final = 15.0
GREETING_S: Final = 5.0
UNREAD_MAX: Final = 4 << 20
"""Bytes that a robot may leave unread."""


class StrangerError(BrokenError):
    """It has another secret, or none."""


class Robot:
    """The other side. `log_id`: which record of facts it keeps, whose facts have the numbers
    `first` to `last`; `where` and `name` are for people.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        host, port, *_ = writer.get_extra_info("peername") or ("", 0)
        self.where = f"{host}:{port}"
        self._ended = ""
        self.name = ""
        self.log_id = ""
        self.first = 0
        self.last = 0

    async def greet(self, secret: str) -> str:
        """Have it show the secret. Returns what shows ours, to be said with the welcome; raises
        StrangerError, or BrokenError or LineError for what is no greeting.
        """
        ours = token_hex(16)
        self.say({"t": "hello", "version": VERSION, "nonce": ours})
        said = await self.hear(GREETING_S)
        if said.get("t") != "hello" or said.get("version") != VERSION:
            what = f"{said.get('t', '')} {said.get('version', '')}"[:SHOWN_MAX]
            raise BrokenError(f"greets with {what!r}, not with hello of version {VERSION}")
        theirs = said.get("nonce", "")
        wanted = seal(secret, "robot", ours, theirs)
        if not theirs or not hmac.compare_digest(wanted.encode(), said.get("seal", "").encode()):
            raise StrangerError("has another secret")
        self.name = f"{said.get('robot', '')} on {said.get('connector', '')}"[:SHOWN_MAX]
        self.log_id = said.get("log", "")[:SHOWN_MAX].replace(":", "")
        self.first, self.last = number(said, "first"), number(said, "last")
        return seal(secret, "gateway", theirs, ours)

    def say(self, said: Said) -> None:
        """Send a line; one who does not read is let go."""
        transport = self._writer.transport
        if transport.is_closing():
            return
        self._writer.write(line_of(said))
        if transport.get_write_buffer_size() > UNREAD_MAX:
            self.abort(f"left {UNREAD_MAX} bytes unread")

    async def hear(self, silent_max_s: float = SILENT_MAX_S) -> dict[str, str]:
        """The next line; raises BrokenError, also when it is gone, or LineError."""
        return read(await self.line(silent_max_s))

    async def line(self, silent_max_s: float = SILENT_MAX_S) -> bytes:
        """The same as its text."""
        try:
            async with asyncio.timeout(silent_max_s):
                return await self._reader.readuntil(b"\n")
        except TimeoutError:
            raise BrokenError(f"was silent for {silent_max_s:g} s") from None
        except asyncio.LimitOverrunError:
            raise BrokenError(f"a line of more than {LINE_MAX} bytes") from None
        except asyncio.IncompleteReadError:
            raise BrokenError(self._ended or "closed the connection") from None
        except OSError as error:
            raise BrokenError(self._ended or f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        """End the connection after what was said; what a robot that does not read holds up here
        must not leave later.
        """
        if self._writer.transport.get_write_buffer_size():
            self._writer.transport.abort()
        self._writer.close()

    def abort(self, why: str) -> None:
        """End it at once."""
        self._ended = why
        self._writer.transport.abort()
