"""Facts about sessions, and what only snapshots say: counters, history, prices."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class LinkDefined(Event):
    """A session got its number in the journal. `role`: "client", "drop_copy", "broker" or
    "paper".
    """

    number: int
    name: str
    role: str
    begin_string: str
    sender_comp_id: str
    target_comp_id: str


@dataclass(slots=True)
class NumbersChanged(Event):
    """Sequence numbers moved otherwise than by a message: reset, gap fill, operator."""

    link: int
    epoch: int
    next_in: int
    next_out: int
    why: str


@dataclass(slots=True)
class NumberTaken(Event):
    """A message kept behind a gap was processed: MsgSeqNum(34) `seq` is now consumed."""

    link: int
    epoch: int
    seq: int


@dataclass(slots=True)
class LinkStateChanged(Event):
    """A session logged on, logged out, lost its connection or was disabled."""

    link: int
    state: str
    why: str


@dataclass(slots=True)
class IntervalBegun(Event):
    """Numbers belong to the interval of the session's schedule that began at `begin_ns` (UTC ns).

    `epoch` is the run of numbers that began with it, 0 if it began with none.
    """

    link: int
    begin_ns: int
    epoch: int


@dataclass(slots=True)
class TradingStatusSubscribed(Event):
    """A client wants to hear of halts by TradingSessionStatus(h); "": no more."""

    link: int
    trad_ses_req_id: str


@dataclass(slots=True)
class TagRulesInForce(Event):
    """From now on a session's messages go through rules; all empty: through none any more.

    `digest`: SHA-256 of their file, in hexadecimal digits.
    """

    link: int
    digest: str
    version: str
    path: str


@dataclass(slots=True)
class CountersSet(Event):
    """Snapshot only: the last numbers given to orders and to broker requests."""

    order_no: int
    request_no: int


@dataclass(slots=True)
class HistoryFrom(Event):
    """Snapshot only: the first journal segment that a restart has to read."""

    segment: int


@dataclass(slots=True)
class PriceSeen(Event):
    """Snapshot only: the last trade price of a symbol and when it was (UTC ns)."""

    symbol: str
    price: str
    time_ns: int
