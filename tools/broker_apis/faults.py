"""Faults: which request or stream message meets which, by rule. Pure; the shell carries them out.

A rule is a row (JSON object) with a `kind` of REQUEST_FAULTS or STREAM_FAULTS; `match` fields, all
patterns as of file names: `method`, `path`, `client_id` of requests, `stream`, `event` of messages;
`nth` (the first to be hit, 1 is the next one that fits), `times` (how many, None: all from there);
and the parameters that its kind reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from itertools import count
from typing import Any, Final

REQUEST_FAULTS: Final = {
    "before_accept": "the connection is closed; the broker never heard of the request",
    "after_accept": "the request is carried out, then the connection is closed without a reply",
    "truncated": "carried out; the first `bytes` of the reply, then the connection is closed",
    "reset": "the connection is reset (RST); carried out if `accept`",
    "delayed": "carried out at once; the reply comes after `delay_s`",
    "late": "carried out after `delay_s` only, then answered",
    "error_before": "`status` (default 503), the API's own body or `body`; not carried out",
    "error_after": "carried out, then answered by `status` as if not",
    "too_many": "429 as this API says it; not carried out",
    "duplicate": "carried out once, the reply is sent twice",
    "html": "carried out if `accept`; the answer is a page of HTML with `status` (default 200)",
    "redirect": "302 to `location`; not carried out",
    "event_first": "the events of the request reach the streams, after `delay_s` the reply comes",
    "broken_json": "carried out; the reply is whole by its length and breaks off as JSON",
}
STREAM_FAULTS: Final = {
    "drop": "the connection is reset instead of the message, without a close frame",
    "close": "a close frame with `code` (default 1001) instead of the message, then closed",
    "stall": "from this message on nothing is sent, not even pongs, for `delay_s` (None: ever)",
    "twice": "the message is sent twice",
    "reorder": "the message is sent after the next one",
    "lost": "the message is not sent",
    "half": "the first half of the message's bytes, then the connection is reset",
    "batch": "held until `count` messages are there, then all are sent in one write",
}
KINDS: Final = {**REQUEST_FAULTS, **STREAM_FAULTS}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One rule, and how often it was met and hit."""

    kind: str
    method: str = "*"
    path: str = "*"
    client_id: str = "*"
    stream: str = "*"
    event: str = "*"
    nth: int = 1
    times: int | None = 1
    accept: bool = False
    status: int | None = None
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    location: str = "/elsewhere"
    delay_s: float | None = None
    bytes: int = 20
    code: int = 1001
    count: int = 10_000
    number: int = 0
    met: int = 0
    """Requests or messages that fitted so far."""
    hit: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault {self.kind!r}: must be one of {', '.join(KINDS)}")

    def take(self) -> bool:
        """One that fits came; whether it is hit."""
        self.met += 1
        struck = self.met >= self.nth and (self.times is None or self.hit < self.times)
        self.hit += struck
        return struck

    def as_dict(self) -> dict[str, Any]:
        """The row that it was, with its counts."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}


class Faults:
    """The rules in force; the first that fits and strikes decides."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []
        self._numbers = count(1)

    def add(self, row: Mapping[str, Any]) -> Fault:
        """Put a rule in force; ValueError if there is no such fault or field."""
        known = {entry.name for entry in fields(Fault)} - {"number", "met", "hit"}
        unknown = set(row) - known
        if unknown:
            raise ValueError(f"a fault has no {sorted(unknown)[0]}")
        if "kind" not in row:
            raise ValueError("a fault needs a kind")
        fault = Fault(**row, number=next(self._numbers))
        self.rules.append(fault)
        return fault

    def clear(self) -> None:
        """No rule is in force any more."""
        self.rules.clear()

    def of_request(self, method: str, path: str, client_id: str) -> Fault | None:
        """What this request meets."""
        return next(
            (
                rule
                for rule in self.rules
                if rule.kind in REQUEST_FAULTS
                and fnmatchcase(method, rule.method)
                and fnmatchcase(path, rule.path)
                and fnmatchcase(client_id, rule.client_id)
                and rule.take()
            ),
            None,
        )

    def of_message(self, stream: str, event: str) -> Fault | None:
        """What this message of a stream meets."""
        return next(
            (
                rule
                for rule in self.rules
                if rule.kind in STREAM_FAULTS
                and fnmatchcase(stream, rule.stream)
                and fnmatchcase(event, rule.event)
                and rule.take()
            ),
            None,
        )
