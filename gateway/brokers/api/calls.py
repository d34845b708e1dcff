"""Requests of an API over HTTP, and what their answers mean. Pure.

A mapping makes calls of requests, and reports of answers and of what streams say; `http` sends.
"""

from collections.abc import Mapping as Fields
from collections.abc import Sequence
from typing import Final, Protocol

from gateway.brokers.api.contract import Report
from gateway.brokers.api.pace import ORDER

KNOWN: Final = "known"
UNKNOWN: Final = "unknown"
AGAIN: Final = "again"
QUESTIONS: Final = frozenset({"H", "AF", "AN"})  # MsgType(35)
REQUEST_IDS: Final = ("x-request-id", "requestid", "x-mbx-uuid")
"""Headers that an API may name a request by."""


class Call:
    """One request. `kind`: MsgType(35) of ours that it is for, "" for one of the adapter's own;
    `about`: the ClOrdID(11) of that; `lane`: calls of one lane go one after the other, "" for any
    order; `rank`: see `pace`; `fields`: of our request. `waits_for`: the id of the broker's that
    `path` has to have at "{id}", by the ClOrdID(11) it belongs to, "" for none. `goes_on`: what
    else goes if it is done, as the record keeps it. `leaves_until`: after this time of the loop it
    does not leave any more, None for no such time; `connection`: the number of the one that it ends
    with, 0 for none; what follows from a call has both from it.
    """

    __slots__ = (
        "about",
        "body",
        "connection",
        "fields",
        "goes_on",
        "is_followed",
        "kind",
        "lane",
        "leaves_until",
        "method",
        "path",
        "rank",
        "waits_for",
    )

    def __init__(
        self,
        method: str,
        path: str,
        body: str = "",
        *,
        kind: str = "",
        about: str = "",
        lane: str = "",
        rank: int = ORDER,
        fields: Fields[str, str] | None = None,
        waits_for: str = "",
        goes_on: str = "",
    ) -> None:
        self.method = method
        self.path = path
        self.body = body
        self.kind = kind
        self.about = about
        self.lane = lane
        self.rank = rank
        self.fields = fields or {}
        self.is_followed = False  # what it asks for has another id than it was asked by
        self.waits_for = waits_for
        self.goes_on = goes_on
        self.leaves_until: float | None = None
        self.connection = 0

    @property
    def is_reading(self) -> bool:
        """Whether it changes nothing at the broker, so that it may be asked again."""
        return self.method == "GET"

    @property
    def is_dated(self) -> bool:
        """Whether it would trade by an intention that may be old: all but cancels and questions."""
        return not self.is_reading and self.kind != "F"

    @property
    def raw(self) -> bytes:
        """Part of Outgoing."""
        return f"{self.method} {self.path}\r\n\r\n{self.body}{self.goes_on}".encode()


class Nothing:
    """A request that the API has nothing for: `reports` answer it."""

    __slots__ = ("reports",)

    raw = b""

    def __init__(self, reports: Sequence[Report]) -> None:
        self.reports = reports


class Answer:
    """What came back. `headers` by their names in small letters. `news`: what a person must see of
    the broker's clock, "" for nothing.
    """

    __slots__ = ("body", "headers", "news", "status")

    def __init__(self, status: int, headers: Fields[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.news = ""

    @property
    def request_id(self) -> str:
        """The broker's own id of the request, "" if it tells none."""
        return next((self.headers[name] for name in REQUEST_IDS if name in self.headers), "")

    def raw(self, call: Call) -> bytes:
        """Its text as the record keeps it, with the broker's id of the request, if it has one."""
        named = f" {self.request_id}" if self.request_id else ""
        head = f"{self.status} {call.method} {call.path}{named}\r\n\r\n"
        return head.encode() + self.body


class Outcome:
    """What an answer means. `state` KNOWN: `reports` say all; UNKNOWN: nobody knows what became of
    the request, and `why`; AGAIN: the broker did not take it, and may do so in `wait_s`, 0: soon.
    `calls` go next, before others of their lane.
    """

    __slots__ = ("calls", "cursor", "reports", "state", "wait_s", "why")

    def __init__(
        self,
        reports: Sequence[Report] = (),
        *,
        state: str = KNOWN,
        why: str = "",
        wait_s: float = 0.0,
        calls: Sequence[Call] = (),
        cursor: str = "",
    ) -> None:
        self.reports = reports
        self.state = state
        self.why = why
        self.wait_s = wait_s
        self.calls = calls
        self.cursor = cursor


class Mapping(Protocol):
    """Between FIX and one API."""

    def request(self, msg_type: str, fields: Fields[str, str]) -> Call | Nothing:
        """What is sent for one of our requests."""

    def answer(self, call: Call, answer: Answer) -> Outcome:
        """What the answer to a call means. Whatever the body is: it never raises."""

    def never_left(self, call: Call, why: str) -> Sequence[Report]:
        """What is told of a request that was certainly not sent."""

    def id_of(self, cl_ord_id: str) -> str:
        """The broker's id of an order, "" while it is not known."""
