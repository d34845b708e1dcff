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
_READ: Final = ("35", "43", *(tag for _, tag in (*_SEARCHED, *_SHOWN)))
_LAYOUTS_MAX: Final = 1_024
COLUMNS: Final = (
    *("record_id", "time_ns", "link", "session", "direction", "epoch", "msg_seq_num", "msg_type"),
    *("order_no", "kept", "resent", "poss_dup", "garbled", "stashed"),
    *(name for name, _ in (*_SEARCHED, *_SHOWN)),
    *("batch_ns", "raw"),
)
assert tuple(messages.columns.keys()) == COLUMNS, "the order of columns is that of the table"

_Pick = Callable[[list[Any]], tuple[Any, ...]]


class MessageRows:
    """Makes rows; knows the layouts that it has seen."""

    def __init__(self) -> None:
        self._parser = Parser()
        self._pickers: dict[tuple[str, ...], _Pick] = {}

    def row(self, key: int, record: Record, session: str, batch_ns: int) -> Values:
        """The row of an IN or OUT record of a batch of that time, in the order of COLUMNS."""
        frame = record.payload
        msg_type, poss_dup, *told = self._read(frame)
        if len(frame) > SEARCHED_LENGTH_MAX:
            _cut(told)
        if b"\x00" in frame:
            msg_type = _shown(msg_type)
            told = [_shown(value) for value in told]
        flags = record.flags
        comes = record.kind == IN
        return (
            key,
            record.time_ns,
            record.link,
            session,
            "in" if comes else "out",
            record.epoch,
            record.seq,
            msg_type or "",
            record.correlation or None,
            not comes and flags & OUT_KEPT != 0,
            not comes and flags & OUT_RESENT != 0,
            poss_dup == "Y",
            comes and flags & IN_GARBLED != 0,
            comes and flags & IN_STASHED != 0,
            *told,
            batch_ns,
            frame,
        )

    def _read(self, frame: bytes) -> tuple[Any, ...]:
        """The first values of the tags _READ, None for one that is not there."""
        parts: list[Any] = frame[:-1].decode("latin-1").replace("\x01", "=").split("=")
        pick = self._pickers.get(tuple(parts[::2]))
        if pick is not None and count_fields(frame):
            parts.append(None)
            return pick(parts)
        parsed = self._parser.parse(frame)
        if not isinstance(parsed, Message):
            return (None,) * len(_READ)
        if parsed.is_plain and parsed.unique:
            self._learn(tuple(parsed.fields))
        return tuple(map(parsed.fields.get, _READ))

    def _learn(self, layout: tuple[str, ...]) -> None:
        if len(self._pickers) >= _LAYOUTS_MAX:
            self._pickers.clear()
        places = {tag: 2 * at + 1 for at, tag in enumerate(layout)}
        spare = 2 * len(layout)
        self._pickers[layout] = itemgetter(*(places.get(tag, spare) for tag in _READ))


def _cut(told: list[Any]) -> None:
    for at in range(len(_SEARCHED)):
        value = told[at]
        if value is not None and len(value) > SEARCHED_LENGTH_MAX:
            told[at] = value[:SEARCHED_LENGTH_MAX]


def _shown(value: str | None) -> str | None:
    """NUL may stand in a message's text; `raw` keeps it."""
    return value and value.replace(NUL, SHOWN_NUL)
