"""How long what is told of an order took: fixgate's own part, and the broker's.

A message that is received has the time of its receipt; one that goes out has the same, of what led
to it, the time of its batch, by which all was decided, and of its release, once that was written.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from gateway.audit.rows import place_of

US: Final = 1_000
INSIDE: Final = "inside fixgate"
AT_BROKER: Final = "at the broker"

_Row = Mapping[str, Any]


class Latency(NamedTuple):
    """Microseconds spent at `where` until this message."""

    where: str
    us: int


def latencies(rows: Iterable[_Row], broker: str, released: Mapping[int, int]) -> dict[int, Latency]:
    """By record_id, of the messages about one order in the order of the journal; `released`: when
    what was decided in a batch had left (UTC ns), by its number.

    A message out: since what led to it was received, until it had left, or its batch was closed
    where nothing tells more. A broker's message: since the request that it answers left. None for
    what was not sent when it was made, sent again, came again, or was taken before batches told
    their time.
    """
    found: dict[int, Latency] = {}
    sent: dict[str, int] = {}  # when a request left, by ClOrdID(11)
    for row in rows:
        closed_ns, name = row["batch_ns"], row["cl_ord_id"]
        if closed_ns is None or row["poss_dup"] or row["resent"] or row["kept"]:
            continue
        if row["direction"] == "out":
            left_ns = released.get(place_of(row["record_id"])[0], closed_ns)
            found[row["record_id"]] = Latency(INSIDE, (left_ns - row["time_ns"]) // US)
            if row["session"] == broker and name is not None:
                sent[name] = left_ns
        elif row["session"] == broker and name in sent:
            found[row["record_id"]] = Latency(AT_BROKER, (row["time_ns"] - sent[name]) // US)
    return found
