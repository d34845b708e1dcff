"""Blanks passwords in the record of Logon(A) and user messages; all else is kept to the byte."""

import re
from typing import Final

SECRET_MSG_TYPES: Final = (b"\x0135=A\x01", b"\x0135=BE\x01", b"\x0135=BF\x01")
# Password(554), NewPassword(925); RawData(96) may hold SOH and is found by its length.
_VALUES: Final = re.compile(rb"\x01(?:554|925)=([^\x01]*)")
_RAW_DATA: Final = re.compile(rb"\x0195=(\d{1,6})\x0196=")


def blanked(frame: bytes) -> bytes:
    """The frame with secret values overwritten by as many asterisks."""
    head = frame[:64]
    if not any(mark in head for mark in SECRET_MSG_TYPES):
        return frame
    kept = bytearray(frame)
    for match in _VALUES.finditer(frame):
        _blank(kept, match.start(1), match.end(1))
    for match in _RAW_DATA.finditer(frame):
        _blank(kept, match.end(), min(match.end() + int(match.group(1)), len(frame)))
    return bytes(kept)


def _blank(data: bytearray, start: int, end: int) -> None:
    data[start:end] = b"*" * (end - start)
