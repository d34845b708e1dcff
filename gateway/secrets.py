"""Blanks passwords in the record of Logon(A) and user messages; all else is kept to the byte."""

import re
from typing import Final

USER_MSG_TYPES: Final = frozenset(("BE", "BF"))
"""UserRequest(BE) and UserResponse(BF); those of the session itself are blanked in any case."""
_SECRET: Final = re.compile(rb"\x0135=(?:A|BE|BF)\x01")
_TYPE: Final = re.compile(rb"\x0135=")
_HEAD_BYTES: Final = 64  # where MsgType(35) is, unless the message is no message
# Password(554), RawData(96), NewPassword(925), EncryptedPassword(1402), EncryptedNewPassword(1404)
_VALUES: Final = re.compile(rb"\x01(?:554|96|925|1402|1404)=([^\x01]*)")
# Data may hold SOH: such a value is as long as the field before it says, if that is one of those.
_DATA: Final = re.compile(rb"\x01(?:95|1401|1403)=0*(\d{1,7})\x01(?:96|1402|1404)=")


def blanked(frame: bytes, *, garbled: bool = False) -> bytes:
    """The frame with secret values overwritten by as many asterisks. In a `garbled` one the
    MsgType(35) may stand anywhere, or be missing: then it may be the rest of a Logon(A).
    """
    head = frame if garbled else frame[:_HEAD_BYTES]
    if _SECRET.search(head) is None and not (garbled and _TYPE.search(head) is None):
        return frame
    kept = bytearray(frame)
    for match in _VALUES.finditer(frame):
        _blank(kept, match.start(1), match.end(1))
    for match in _DATA.finditer(frame):
        _blank(kept, match.end(), min(match.end() + int(match.group(1)), len(frame)))
    return bytes(kept)


def _blank(data: bytearray, start: int, end: int) -> None:
    data[start:end] = b"*" * (end - start)
