"""The account's transactions: numbered without gaps, grouped in batches. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final

from tools.broker_apis.clock import NANOSECONDS, Clock, rfc3339

TIMES: Final = frozenset(
    {"time", "createTime", "filledTime", "cancelledTime", "gtdTime", "createdTime"}
)
"""Fields that are nanoseconds here, and text of either format on the wire."""

Row = dict[str, Any]


class Ledger:
    """`rows`: all of them, by their number less one."""

    def __init__(self, clock: Clock, account_id: Callable[[], str]) -> None:
        self._clock = clock
        self._account_id = account_id
        self._requests = count(1)
        self._reserved: list[str] = []
        self._batch = ""
        self._label = ""
        self._request_id = ""
        self.rows: list[Row] = []
        self.listeners: list[Callable[[Row], None]] = []

    @property
    def last(self) -> str:
        """The newest number, "0" for none."""
        return str(len(self.rows))

    def begin(self, label: str = "") -> int:
        """A new batch. `label`: the client's own of its request. Returns where it begins."""
        self._batch, self._label = "", label
        self._request_id = str(next(self._requests))
        return len(self.rows)

    def reserve(self) -> str:
        """The number of a transaction that is entered next; several in their order."""
        self._reserved.append(str(len(self.rows) + len(self._reserved) + 1))
        return self._reserved[-1]

    def add(self, kind: str, fields: Mapping[str, Any]) -> Row:
        """Enter one; who listens hears of it at once."""
        number = self._reserved.pop(0) if self._reserved else str(len(self.rows) + 1)
        assert int(number) == len(self.rows) + 1, f"transaction {number} is not the next one"
        self._batch = self._batch or number
        row: Row = {
            "id": number,
            "time": self._clock.shown_ns(),
            "userID": 1234567,
            "accountID": self._account_id(),
            "batchID": self._batch,
            "requestID": self._request_id,
            "type": kind,
            **fields,
        }
        if self._label:
            row["clientRequestID"] = self._label
        self.rows.append(row)
        for listener in self.listeners:
            listener(row)
        return row

    def between(self, first: int, last: int) -> list[Row]:
        """Both are in it."""
        return self.rows[max(first, 1) - 1 : last]


def shown(value: Any, *, unix: bool) -> Any:
    """JSON as it is sent: times as text."""
    if isinstance(value, list):
        return [shown(one, unix=unix) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _time(one, unix=unix)
        if name in TIMES and isinstance(one, int)
        else shown(one, unix=unix)
        for name, one in value.items()
    }


def _time(time_ns: int, *, unix: bool) -> str:
    whole, rest = divmod(time_ns, NANOSECONDS)
    return f"{whole}.{rest:09d}" if unix else rfc3339(time_ns)
