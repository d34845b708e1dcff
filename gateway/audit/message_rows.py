"""Rows of `messages` from IN and OUT records: by far the most rows, so the way of each is short.

A layout, the sequence of tags of a message, is judged once; of a message with a known one the
values that have columns are picked by their places. The same record gives the same row for ever.
"""

from collections.abc import Callable
from operator import itemgetter
from typing import Any, Final

from sessions.message import Message, Parser, count_fields
from store.record import IN, IN_GARBLED, IN_STASHED, OUT_KEPT, OUT_RESENT, Record
from store.tables import SEARCHED_LENGTH_MAX, messages
from store.writes import Values

NUL: Final = "\x00"
SHOWN_NUL: Final = "\N{SYMBOL FOR NULL}"
# Columns that are searched for by their value, and the others; each with its tag.
_SEARCHED: Final = (
    ("cl_ord_id", "11"),
    ("orig_cl_ord_id", "41"),
    ("order_id", "37"),
    ("exec_id", "17"),
    ("account", "1"),
    ("symbol", "55"),
)
_SHOWN: Final = (
    ("side", "54"),
    ("ord_type", "40"),
    ("order_qty", "38"),
    ("price", "44"),
    ("exec_type", "150"),
    ("ord_status", "39"),
    ("last_qty", "32"),
    ("last_px", "31"),
    ("cum_qty", "14"),
    ("text", "58"),
)
_TAGS: Final = tuple(tag for _, tag in (*_SEARCHED, *_SHOWN))
_MSG_TYPE: Final = "35"
_POSS_DUP: Final = "43"
_LAYOUTS_MAX: Final = 1_024
_HEAD: Final = (
    *("record_id", "time_ns", "link", "session", "direction", "epoch", "msg_seq_num", "msg_type"),
    *("order_no", "kept", "resent", "poss_dup", "garbled", "stashed"),
)
COLUMNS: Final = (*_HEAD, *(name for name, _ in (*_SEARCHED, *_SHOWN)), "batch_ns", "raw")
assert tuple(messages.columns.keys()) == COLUMNS, "the order of columns is that of the table"

_Pick = Callable[[list[Any]], tuple[Any, ...]]


class _Layout:
    """How a row is made of the values of a frame and what else is known of it, which stands behind
    them. `longest`: a frame of no more bytes has no value that is too long to be searched for.
    """

    __slots__ = ("longest", "pick")

    def __init__(self, tags: tuple[str, ...], step: int) -> None:
        """A value every `step` places, the first at the last place of the first step."""
        places = {tag: step * at + step - 1 for at, tag in enumerate(tags)}
        behind = step * len(tags)
        spare, others = behind, iter(range(behind + 1, behind + 1 + len(COLUMNS)))
        head = [places[_MSG_TYPE] if name == "msg_type" else next(others) for name in _HEAD]
        told = [places.get(tag, spare) for tag in _TAGS]
        at = [*head, *told, next(others), next(others)]
        self.pick: _Pick = itemgetter(*at)
        self.longest = SEARCHED_LENGTH_MAX + sum(len(tag) + 2 for tag in tags)


class MessageRows:
    """Makes rows; knows the layouts that it has seen."""

    def __init__(self) -> None:
        self._parser = Parser()
        self._layouts: dict[tuple[str, ...], _Layout] = {}
        self._unknown = _Layout((_MSG_TYPE, *_TAGS), 1)

    def row(self, key: int, record: Record, session: str, batch_ns: int) -> Values:
        """The row of an IN or OUT record of a batch of that time, in the order of COLUMNS. Flags
        are 0 or 1.
        """
        frame = record.payload
        poss_dup = 0
        parts: list[Any] = frame[:-1].decode("latin-1").replace("\x01", "=").split("=")
        layout = self._layouts.get(tuple(parts[::2]))
        if layout is None or not count_fields(frame):
            layout = self._unknown
            poss_dup, parts = self._read(frame)
        flags = record.flags
        in_flags, out_flags = (flags, 0) if record.kind == IN else (0, flags)
        parts += (
            *(None, key, record.time_ns, record.link, session),
            *("in" if record.kind == IN else "out", record.epoch, record.seq),
            *(record.correlation or None, 1 if out_flags & OUT_KEPT else 0),
            *(1 if out_flags & OUT_RESENT else 0, poss_dup),
            *(1 if in_flags & IN_GARBLED else 0, 1 if in_flags & IN_STASHED else 0),
            *(batch_ns, frame),
        )
        row = layout.pick(parts)
        return row if len(frame) <= layout.longest and b"\x00" not in frame else _held(row)

    def _read(self, frame: bytes) -> tuple[int, list[Any]]:
        """PossDupFlag(43), and the first values of MsgType(35) and all that have a column, None for
        one that is not there.
        """
        parsed = self._parser.parse(frame)
        if not isinstance(parsed, Message):
            return 0, ["", *[None] * len(_TAGS)]
        fields = parsed.fields
        is_usual = _MSG_TYPE in fields and _POSS_DUP not in fields
        if is_usual and parsed.is_plain and parsed.unique:
            if len(self._layouts) >= _LAYOUTS_MAX:
                self._layouts.clear()
            self._layouts[tuple(fields)] = _Layout(tuple(fields), 2)
        poss_dup = 1 if fields.get(_POSS_DUP) == "Y" else 0
        return poss_dup, [fields.get(_MSG_TYPE, ""), *map(fields.get, _TAGS)]


_FIRST_SEARCHED: Final = len(_HEAD)
_FIRST_SHOWN: Final = _FIRST_SEARCHED + len(_SEARCHED)


def _held(row: Values) -> Values:
    """A row that a database can hold: what is searched for is cut, and NUL, which may stand in a
    message's text, is shown; `raw` keeps both.
    """
    *values, raw = row
    for at in range(_FIRST_SEARCHED, _FIRST_SHOWN):
        if values[at] is not None:
            values[at] = values[at][:SEARCHED_LENGTH_MAX]
    return (*[v.replace(NUL, SHOWN_NUL) if isinstance(v, str) else v for v in values], raw)
