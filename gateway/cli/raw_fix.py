"""Finds FIX messages in any text: raw streams, logs with prefixes, SOH shown as "|" or "^A".

Pure. Owns the search and the arithmetic of BodyLength(9) and CheckSum(10); knows no dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sessions.message import byte_sum

SOH: Final = "\x01"
# How SOH is written in logs; the last is U+2401, its picture, in UTF-8 read as Latin-1.
SEPARATORS: Final = (SOH, "|", "^A", "<SOH>", "\\x01", "\\u0001", "\\001", "\xe2\x90\x81")

_SEPARATOR: Final = "|".join(map(re.escape, SEPARATORS))
_START: Final = re.compile(rf"(?<![0-9])8=FIXT?\.[0-9A-Z.]+(?P<separator>{_SEPARATOR})")
_TRAILERS: Final = {
    separator: re.compile(rf"{re.escape(separator)}10=[0-9]*(?:{re.escape(separator)}|(?=\s|\Z))")
    for separator in SEPARATORS
}


@dataclass(frozen=True, slots=True)
class Found:
    """A message as it stood in the text: `line` from 1, `frame` with SOH after every field."""

    line: int
    prefix: str
    frame: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a frame says of itself and what is true; None: it says nothing, or nothing readable."""

    body_length_given: int | None
    body_length: int | None
    check_sum_given: int | None
    check_sum: int | None

    @property
    def good(self) -> bool:
        """Whether both are there and right."""
        length, total = self.body_length, self.check_sum
        return (
            length is not None
            and total is not None
            and length == self.body_length_given
            and total == self.check_sum_given
        )


def find_messages(data: bytes) -> Iterator[Found]:
    """Every FIX message in `data`, in order. A message without its trailer ends with its line."""
    text = data.decode("latin-1")
    starts = list(_START.finditer(text))
    line, counted = 1, 0
    for number, start in enumerate(starts):
        limit = starts[number + 1].start() if number + 1 < len(starts) else len(text)
        separator = start["separator"]
        end = _end(text, start.end(), limit, separator)
        line += text.count("\n", counted, start.start())
        counted = start.start()
        prefix = text[text.rfind("\n", 0, counted) + 1 : counted]
        yield Found(line, prefix.strip(), _frame(text[counted:end], separator))


def _end(text: str, start: int, limit: int, separator: str) -> int:
    trailer = _TRAILERS[separator].search(text, start - len(separator), limit)
    if trailer is not None:
        return trailer.end()
    newline = text.find("\n", start, limit)
    return limit if newline < 0 else newline


def _frame(text: str, separator: str) -> bytes:
    frame = text.rstrip("\r\n").replace(separator, SOH)
    return (frame if frame.endswith(SOH) else frame + SOH).encode("latin-1")


def verdict(frame: bytes) -> Verdict:
    """Check BodyLength(9) and CheckSum(10) of a frame."""
    length = re.match(rb"8=[^\x01]*\x019=([0-9]{1,9})\x01", frame)
    total = re.search(rb"\x0110=([0-9]{3})\x01\Z", frame)
    if total is None:
        given = int(length[1]) if length else None
        return Verdict(given, None, None, None)
    end = total.start() + 1
    return Verdict(
        int(length[1]) if length else None,
        end - length.end() if length else None,
        int(total[1]),
        byte_sum(frame[:end]),
    )
