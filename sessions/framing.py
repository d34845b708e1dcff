"""Cuts a byte stream into FIX frames, and finds its way back after broken ones.

A frame is `8=..|9=N|35=..` to `10=ccc|` with length and checksum verified (FIX 4.4 Vol. 2, "FIX
Message Format and Delivery"). Any split of the bytes into chunks gives the same items. Never
raises, never loops, holds at most one frame of `max_frame_bytes`. Knows no fields beyond 8, 9, 35
and 10, and no connection.
"""

import re
from typing import Final

from sessions.message import TRAILERS, Garbled, byte_sum

__all__ = ["BETWEEN_MESSAGES", "Framer", "Garbled"]

BETWEEN_MESSAGES: Final = "bytes between messages"
"""The reason of an item that is no broken message but what was skipped to the next one."""

_SOH: Final = 1
_BEGIN_STRING_MAX: Final = 16
_LENGTH_DIGITS_MAX: Final = 10
_TRAILER_BYTES: Final = 7

# A frame may start with any BeginString(8) where one is due; inside broken bytes only with a whole
# credible header, so that "58=FIX is fine" or a stray "8=" is not taken for a start.
_HEADER: Final = re.compile(rb"8=[^\x01=]{0,%d}\x019=([0-9]{1,10})\x01" % _BEGIN_STRING_MAX)
_RESTART: Final = re.compile(rb"8=FIX[^\x01]{0,12}\x019=[0-9]{1,10}\x0135=")
# The same header cut off anywhere: the end of a broken frame that may begin the next one.
_CUT_RESTART: Final = re.compile(
    rb"8(?:=(?:F(?:I(?:X[^\x01]{0,12}(?:\x01(?:9(?:=(?:[0-9]{1,10}(?:\x01(?:3(?:5)?)?)?)?)?)?)?)?)?)?)?\Z"
)

_WAIT: Final = -1
_RESTART_BYTES_MAX: Final = 5 + 12 + 3 + 10 + 4


class Framer:
    """Feed it bytes; it gives whole verified frames, and what was not one as Garbled.

    `swallow=False` looks for the next message inside the bytes of a broken one and loses none that
    is good; `swallow=True` drops a broken message up to the next CheckSum(10) after its claimed
    end, as QuickFIX does, and whatever it ran into. Without `check_sum` a wrong CheckSum(10) is
    taken, without `check_length` a frame ends with its first CheckSum(10), and both may be wrong.
    """

    __slots__ = (
        "_check_length",
        "_check_sum",
        "_dead",
        "_kept",
        "_lost",
        "_max",
        "_need",
        "_prefix",
        "_searched",
        "_swallow",
    )

    def __init__(
        self,
        max_frame_bytes: int = 65_536,
        swallow: bool = False,
        check_sum: bool = True,
        check_length: bool = True,
    ) -> None:
        self.follow(max_frame_bytes, swallow, check_sum, check_length)
        self._kept = bytearray()
        self._need = 1  # bytes the kept ones must grow to before looking again can help
        self._prefix = b"8=FIX.4.4\x019="  # of the last good frame
        self._lost = False  # the kept bytes are not known to begin a message
        self._searched = 0  # of the kept bytes, when lost: no header begins in them
        self._dead = False

    def follow(
        self, max_frame_bytes: int, swallow: bool, check_sum: bool, check_length: bool
    ) -> None:
        """Go on by these rules: it is known now whose connection it is."""
        self._max = max_frame_bytes
        self._swallow = swallow
        self._check_sum = check_sum and check_length
        self._check_length = check_length

    @property
    def rest(self) -> bytes:
        """Bytes that are part of no item yet; what a closed connection leaves behind."""
        return bytes(self._kept)

    def feed(self, data: bytes) -> list[bytes | Garbled]:
        """The items completed by `data`, in order; nothing any more after a fatal one."""
        items: list[bytes | Garbled] = []
        if self._dead:
            return items
        if self._kept:
            self._kept += data
            if len(self._kept) < self._need:
                return items
            data = bytes(self._kept)
        pos = self._cut(data, items)
        self._kept = bytearray(data[pos:])
        return items

    def _cut(self, data: bytes, items: list[bytes | Garbled]) -> int:
        """Append all whole items of `data`; return where the rest begins."""
        pos = 0
        size = len(data)
        while pos < size:
            end = _WAIT if self._lost else self._good(data, pos, size)
            if end != _WAIT:
                items.append(data[pos:end])
            else:
                end = self._other(data, pos, items)
                if end == _WAIT:
                    break
            pos = end
        return pos

    def _good(self, data: bytes, pos: int, size: int) -> int:
        """The end of a good frame at `pos`, if it is all there and begins like the last one."""
        prefix = self._prefix
        if not data.startswith(prefix, pos):
            return _WAIT
        digits_at = pos + len(prefix)
        body = data.find(_SOH, digits_at, digits_at + _LENGTH_DIGITS_MAX + 1) + 1
        if not body:
            return _WAIT
        digits = data[digits_at : body - 1]
        if not digits.isdigit():
            return _WAIT
        trailer = body + int(digits)
        end = trailer + _TRAILER_BYTES
        if (
            end > size
            or end - pos > self._max
            or data[trailer - 1] != _SOH
            or not data.startswith(b"35=", body)
            or not data.startswith(TRAILERS[byte_sum(data[pos:trailer])], trailer)
        ):
            return _WAIT
        return end

    def _other(self, data: bytes, pos: int, items: list[bytes | Garbled]) -> int:
        """Whatever is not the common case; the position to go on from, or _WAIT."""
        if self._lost or data[pos] != ord("8"):
            return self._resync(data, pos, items)
        broken = _header_fault(data, pos)
        if broken >= 0:
            return self._broken(data, pos, broken + 1, "header is not 8=..|9=N|", items)
        header = _HEADER.match(data, pos)
        if header is None:
            return self._wait(pos, len(data) + 1)
        body = header.end()
        trailer = body + int(header[1])
        if trailer + _TRAILER_BYTES - pos > self._max and self._check_length:
            reason = f"BodyLength(9)={header[1].decode()} exceeds the limit of {self._max} bytes"
            return self._die(data, pos, body, reason, items)
        self._prefix = data[pos : header.start(1)]
        return self._by_length(data, pos, body, trailer, items)

    def _by_length(
        self, data: bytes, pos: int, body: int, trailer: int, items: list[bytes | Garbled]
    ) -> int:
        """A frame whose header is good: judge what stands where BodyLength(9) says it ends."""
        if not self._check_length:
            return self._by_trailer(data, pos, body, items)
        if self._swallow:
            return self._swallowed(data, pos, body, trailer, items)
        fault, end = _trailer(data, trailer)
        if fault >= 0:
            return self._broken(data, pos, fault + 1, "BodyLength(9) does not end at 10=", items)
        if end == _WAIT:
            return self._wait(pos, max(trailer, len(data) + 1))
        items.append(self._judged(data, pos, body, trailer, end))
        return end

    def _by_trailer(self, data: bytes, pos: int, body: int, items: list[bytes | Garbled]) -> int:
        """A frame that ends with its first CheckSum(10), whatever its length is said to be."""
        limit = pos + self._max
        trailer = data.find(b"\x0110=", body - 1, limit) + 1
        end = data.find(_SOH, trailer, limit) + 1 if trailer else 0
        if end:
            items.append(self._judged(data, pos, body, trailer, end))
            return end
        if len(data) >= limit:
            return self._die(data, pos, limit, "no CheckSum(10) found", items)
        return self._wait(pos, len(data) + 1)

    def _swallowed(
        self, data: bytes, pos: int, body: int, trailer: int, items: list[bytes | Garbled]
    ) -> int:
        limit = pos + self._max
        found = data.find(b"\x0110=", trailer - 1, limit) + 1
        end = data.find(_SOH, found + 3, limit) + 1 if found else 0
        if end:
            items.append(self._judged(data, pos, body, trailer, end))
            return end
        if len(data) >= limit:
            return self._die(data, pos, limit, "no CheckSum(10) found", items)
        return self._wait(pos, max(trailer, len(data) + 1))

    def _judged(self, data: bytes, pos: int, body: int, trailer: int, end: int) -> bytes | Garbled:
        """The frame from `pos` to `end`, or what is wrong with it."""
        frame = data[pos:end]
        if not data.startswith(b"10=", trailer) or data[trailer - 1] != _SOH:
            return Garbled(frame, "BodyLength(9) does not end at 10=")
        if self._check_sum and data[trailer:end] != TRAILERS[byte_sum(data[pos:trailer])]:
            found = data[trailer + 3 : end - 1].decode("latin-1")
            return Garbled(frame, f"CheckSum(10)={found[:10]} is wrong")
        if not data.startswith(b"35=", body):
            return Garbled(frame, "MsgType(35) is not the third field")
        return frame

    def _broken(
        self, data: bytes, pos: int, end: int, reason: str, items: list[bytes | Garbled]
    ) -> int:
        """Report a broken message up to where it shows, or to a message that begins inside."""
        inside = _RESTART.search(data, pos + 1, end) or _CUT_RESTART.search(data, pos + 1, end)
        cut = inside.start() if inside else end
        items.append(Garbled(data[pos:cut], reason))
        self._lost = True
        return cut

    def _resync(self, data: bytes, pos: int, items: list[bytes | Garbled]) -> int:
        """Skip to the next credible header; the skipped bytes are one item."""
        limit = pos + self._max
        found = _RESTART.search(data, pos + self._searched, limit)
        self._lost = found is None
        if found is None:
            if len(data) >= limit:
                return self._die(data, pos, limit, f"no message in {self._max} bytes", items)
            self._searched = max(0, len(data) - pos - _RESTART_BYTES_MAX)
            return self._wait(pos, len(data) + 1)
        self._searched = 0
        if found.start() > pos:
            items.append(Garbled(data[pos : found.start()], BETWEEN_MESSAGES))
        return found.start()

    def _wait(self, pos: int, need: int) -> int:
        self._need = need - pos
        return _WAIT

    def _die(
        self, data: bytes, pos: int, end: int, reason: str, items: list[bytes | Garbled]
    ) -> int:
        self._dead = True
        items.append(Garbled(data[pos:end], reason, True))
        return len(data)


def _header_fault(data: bytes, pos: int) -> int:
    """The first byte that shows `8=..|9=N|` is not there; -1 if none does (yet)."""
    size = len(data)
    if pos + 1 < size and data[pos + 1] != ord("="):
        return pos + 1
    longest = pos + 2 + _BEGIN_STRING_MAX
    soh = data.find(_SOH, pos + 2, longest + 1)
    equals = data.find(b"=", pos + 2, soh if soh >= 0 else longest + 1)
    if equals >= 0:
        return equals
    if soh < 0:
        return longest if longest < size else -1
    for at, byte in enumerate(b"9=", soh + 1):
        if at < size and data[at] != byte:
            return at
    for at in range(soh + 3, min(size, soh + 4 + _LENGTH_DIGITS_MAX)):
        if not 48 <= data[at] <= 57:
            return -1 if data[at] == _SOH and at > soh + 3 else at
    past = soh + 3 + _LENGTH_DIGITS_MAX
    return past if past < size else -1


def _trailer(data: bytes, trailer: int) -> tuple[int, int]:
    """(the byte that shows there is no CheckSum(10) at `trailer`, or -1; its end, or _WAIT)."""
    size = len(data)
    for at, byte in enumerate(b"\x0110=", trailer - 1):
        if at >= size:
            return -1, _WAIT
        if data[at] != byte:
            return at, _WAIT
    end = data.find(_SOH, trailer + 3, trailer + _TRAILER_BYTES) + 1
    if end:
        return -1, end
    last = trailer + _TRAILER_BYTES - 1
    return (last, _WAIT) if last < size else (-1, _WAIT)
