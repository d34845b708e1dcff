"""Many messages of one layout at once: the fields of a chunk as columns.

A stretch of NewOrderSingles(D) from one sender has the same tags in the same places, so a column
is one slice of the split chunk and costs no work a message.
"""

from typing import Final

from tools.bench.wire import SOH

MSG_TYPE_AT: Final = 2  # after 8 and 9, always


class Columns:
    """The fields of `frames`; `ok` is False if they do not share one layout."""

    __slots__ = ("_fields", "_tags", "_width", "count", "ok")

    def __init__(self, frames: bytes) -> None:
        fields = frames.split(SOH)
        fields.pop()
        first = frames[: frames.find(SOH, frames.find(b"\x0110=") + 1)].split(SOH)
        self._fields = fields
        self._width = len(first)
        self._tags = [field[: field.find(b"=") + 1] for field in first]
        self.count, rest = divmod(len(fields), self._width)
        self.ok = not rest and self._is(0, first[0]) and self._is(MSG_TYPE_AT, first[2])

    def _is(self, at: int, field: bytes) -> bool:
        return self._fields[at :: self._width].count(field) == self.count

    @property
    def msg_type(self) -> bytes:
        """The MsgType(35) field of all of them."""
        return self._fields[MSG_TYPE_AT]

    def column(self, tag: bytes) -> list[bytes]:
        """The whole "tag=value" field of each message; `tag` ends with "="."""
        at = self._tags.index(tag)
        return self._fields[at :: self._width]
