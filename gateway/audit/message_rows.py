"""Rows of `messages` from IN and OUT records: by far the most rows, so the way of each is short.

A layout, the sequence of tags of a message, that comes again and again gets an expression of its
own, which picks the values that have columns. The same record gives the same row for ever.
"""

import re
from collections.abc import Callable
from operator import itemgetter
from typing import Any, Final

from sessions.fields import SOH
from sessions.message import Message, Parser
from store.record import IN, IN_GARBLED, IN_STASHED, OUT, OUT_KEPT, OUT_RESENT, Record
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
_TOLD: Final = (_MSG_TYPE, *_TAGS)
_TYPE_FIELD: Final = f"{SOH}{_MSG_TYPE}="
# To make an expression takes as long as to parse dozens of messages.
TIMES_UNTIL_KNOWN: Final = 64
_LAYOUTS_MAX: Final = 1_024
_LAYOUTS_TRIED: Final = 8
_LAYOUT_TAGS_MAX: Final = 64
_HEAD: Final = (
    *("record_id", "time_ns", "link", "session", "direction", "epoch", "msg_seq_num", "msg_type"),
    *("order_no", "kept", "resent", "poss_dup", "garbled", "stashed"),
)
COLUMNS: Final = (*_HEAD, *(name for name, _ in (*_SEARCHED, *_SHOWN)), "batch_ns", "raw")
assert tuple(messages.columns.keys()) == COLUMNS, "the order of columns is that of the table"
# What a row is picked from: values of tags, what else is known of the record, what its flags say.
_KNOWN: Final = (
    *("", "record_id", "time_ns", "link", "session", "epoch", "msg_seq_num", "order_no"),
    *("poss_dup", "batch_ns", "raw"),
)
_MARKED: Final = ("direction", "kept", "resent", "garbled", "stashed")
_MARKS: Final = {
    IN: [("in", 0, 0, n & IN_GARBLED and 1, n & IN_STASHED and 1) for n in range(256)],
    OUT: [("out", n & OUT_KEPT and 1, n & OUT_RESENT and 1, 0, 0) for n in range(256)],
}

_Pick = Callable[[tuple[Any, ...]], tuple[Any, ...]]
_COLUMN_OF: Final = {_MSG_TYPE: "msg_type", **{tag: name for name, tag in (*_SEARCHED, *_SHOWN)}}


def _pick(tags: list[str]) -> _Pick:
    """How a row is made of the values of these tags and what else is told, behind them."""
    told = [*(_COLUMN_OF[tag] for tag in tags), *_KNOWN, *_MARKED]
    places = {name: at for at, name in enumerate(told)}
    pick: _Pick = itemgetter(*(places.get(name, len(tags)) for name in COLUMNS))
    return pick


_Kind = tuple[str, int]


class _Layout:
    """How a message with these tags is read. `longest`: a frame of no more bytes has no value that
    is too long to be searched for.
    """

    __slots__ = ("longest", "match", "pick")

    def __init__(self, tags: tuple[str, ...]) -> None:
        values = ("([^\x01]*+)" if tag in _TOLD else "[^\x01]*+" for tag in tags)
        fields = (f"{tag}={value}{SOH}" for tag, value in zip(tags, values, strict=True))
        self.match = re.compile("".join(fields)).fullmatch
        self.pick = _pick([tag for tag in tags if tag in _TOLD])
        self.longest = SEARCHED_LENGTH_MAX + sum(len(tag) + 2 for tag in tags)


class MessageRows:
    """Makes rows; knows the layouts that it has often seen, by the beginning of MsgType(35) and the
    number of fields, the one that was used last first.
    """

    def __init__(self) -> None:
        self._parser = Parser()
        self._layouts: dict[_Kind, list[_Layout]] = {}
        self._known = 0
        self._seen: dict[tuple[str, ...], int] = {}
        self._pick = _pick(list(_TOLD))

    def row(self, key: int, record: Record, session: str, batch_ns: int) -> Values:
        """The row of an IN or OUT record of a batch of that time, in the order of COLUMNS. Flags
        are 0 or 1.
        """
        frame = record.payload
        text = frame.decode("latin-1")
        at = text.find(_TYPE_FIELD) + len(_TYPE_FIELD)
        kind = (text[at : at + 2], text.count(SOH))
        known = self._layouts.get(kind, [])
        values: tuple[Any, ...] = ()
        poss_dup, pick, longest = 0, self._pick, 0
        for layout in known:
            found = layout.match(text)
            if found is not None:
                values, pick, longest = found.groups(), layout.pick, layout.longest
                if layout is not known[0]:
                    known.remove(layout)
                    known.insert(0, layout)
                break
        else:
            poss_dup, values = self._read(frame, kind)
        known_here = (
            None,
            key,
            record.time_ns,
            record.link,
            session,
            record.epoch,
            record.seq,
            record.correlation or None,
            poss_dup,
            batch_ns,
            frame,
        )
        row = pick(values + known_here + _MARKS[record.kind][record.flags])
        return row if len(frame) <= longest and b"\x00" not in frame else _held(row)

    def _read(self, frame: bytes, kind: _Kind) -> tuple[int, tuple[Any, ...]]:
        """PossDupFlag(43), and the first values of MsgType(35) and all that have a column, None for
        one that is not there.
        """
        parsed = self._parser.parse(frame)
        if not isinstance(parsed, Message):
            return 0, ("", *[None] * len(_TAGS))
        fields = parsed.fields
        is_usual = _MSG_TYPE in fields and _POSS_DUP not in fields
        if is_usual and parsed.is_plain and parsed.unique and len(fields) <= _LAYOUT_TAGS_MAX:
            self._count(tuple(fields), kind)
        poss_dup = 1 if fields.get(_POSS_DUP) == "Y" else 0
        return poss_dup, (fields.get(_MSG_TYPE, ""), *map(fields.get, _TAGS))

    def _count(self, tags: tuple[str, ...], kind: _Kind) -> None:
        if len(self._seen) >= _LAYOUTS_MAX:
            self._seen.clear()
        self._seen[tags] = times = self._seen.get(tags, 0) + 1
        if times == TIMES_UNTIL_KNOWN:
            del self._seen[tags]
            self._learn(tags, kind)

    def _learn(self, tags: tuple[str, ...], kind: _Kind) -> None:
        if self._known >= _LAYOUTS_MAX:
            self._layouts.clear()
            self._known = 0
        known = self._layouts.setdefault(kind, [])
        if len(known) < _LAYOUTS_TRIED:
            self._known += 1
        else:
            known.pop()
        known.insert(0, _Layout(tags))


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
