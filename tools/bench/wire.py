"""FIX bytes for generators and floor: frames, times, cutting and checking a stream.

Knows FIX.4.4's envelope and nothing of orders. Frames made here are ASCII of at most 512 bytes,
for which one adler32 call is the exact byte sum.
"""

import re
from time import gmtime, strftime
from typing import Final
from zlib import adler32

from tools.bench.errors import BenchError

SOH: Final = b"\x01"
TRAILER: Final = b"\x0110="
TRAILERS: Final = tuple(b"10=%03d\x01" % number for number in range(256))
FRAME_MAX: Final = 512
_AFTER_TRAILER: Final = 4  # of "|10=ccc|" what follows the "="
_HEADER: Final = re.compile(rb"8=FIX\.4\.4\x019=([0-9]{1,5})\x01(?=35=)")


def frame(body: bytes) -> bytes:
    """`body` ("35=..|...|") with BeginString(8), BodyLength(9) and CheckSum(10) around it."""
    text = b"8=FIX.4.4\x019=%d\x01%b" % (len(body), body)
    return text + TRAILERS[adler32(text, 0) & 0xFF]


def utc_text(now: int) -> bytes:
    """UTCTimestamp of a UTC nanosecond, with milliseconds."""
    seconds, rest = divmod(now, 1_000_000_000)
    return strftime("%Y%m%d-%H:%M:%S", gmtime(seconds)).encode() + b".%03d" % (rest // 1_000_000)


def whole_until(data: bytes) -> int:
    """Where the last whole frame of `data` ends; 0 if there is none."""
    at = data.rfind(TRAILER, 0, len(data) - _AFTER_TRAILER)
    return at + len(TRAILER) + _AFTER_TRAILER if at >= 0 else 0


def split_frames(data: bytes) -> list[bytes]:
    """The frames of `data`, whole ones only, each with length and checksum verified."""
    frames = []
    pos = 0
    while pos < len(data):
        header = _HEADER.match(data, pos)
        if header is None:
            raise BenchError(f"no FIX.4.4 header at {data[pos : pos + 40]!r}")
        trailer = header.end() + int(header[1])
        if data[trailer : trailer + 7] != TRAILERS[sum(data[pos:trailer]) & 0xFF]:
            raise BenchError(f"BodyLength(9) or CheckSum(10) is wrong: {data[pos : trailer + 7]!r}")
        frames.append(data[pos : trailer + 7])
        pos = trailer + 7
    return frames


def value(message: bytes, tag: bytes) -> bytes:
    """The value of the first field with this tag; b"" if there is none."""
    at = message.find(b"\x01%b=" % tag)
    if at < 0:
        return b""
    start = at + len(tag) + 2
    return message[start : message.index(SOH, start)]
