"""The ids that fixgate gives: made from the journal's counters and the day, never at random.

OrderID(37) `A-20261120-000042` and the ClOrdID(11) towards brokers `A2611200000042` hold a counter
that never starts again, so they are unique for ever; both fit into 20 characters.
"""

from collections.abc import Sequence
from functools import lru_cache
from time import gmtime, strftime
from typing import Final

DAY_S: Final = 86_400
DAY_NS: Final = DAY_S * 1_000_000_000
NAMED_MAX: Final = 10


@lru_cache(maxsize=4)
def _day(day: int) -> str:
    return strftime("%Y%m%d", gmtime(day * DAY_S))


def utc_date(day: int) -> int:
    """The date (yyyymmdd) of a day, counted from 1970 on."""
    return int(_day(day))


def order_id(node: str, now: int, order_no: int) -> str:
    """OrderID(37) of order number `order_no`, entered at `now` (UTC ns)."""
    return f"{node}-{_day(now // DAY_NS)}-{order_no:06d}"


def broker_cl_ord_id(node: str, now: int, request_no: int) -> str:
    """ClOrdID(11) of request number `request_no` towards a broker."""
    return f"{node}{_day(now // DAY_NS)[2:]}{request_no:07d}"


def first_ids(ids: Sequence[str]) -> str:
    """Ids for people to read: all, or the first of very many."""
    few = ", ".join(ids[:NAMED_MAX])
    return f"{few} and {len(ids) - NAMED_MAX} more" if len(ids) > NAMED_MAX else few
