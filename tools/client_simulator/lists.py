"""Lists of orders on the wire: NewOrderList(E) as pairs, and the orders in a message read back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tools.fix_peer import Pairs, Received, tags

REJECTED: Final = "7"  # ListOrderStatus(431)
NO_BIDDING: Final = "3"  # BidType(394)


def list_head(list_id: str, count: int, contingency_type: str) -> Pairs:
    """What stands before the orders."""
    linked = [(tags.CONTINGENCY_TYPE, contingency_type)] if contingency_type else []
    head = [(tags.LIST_ID, list_id), (tags.BID_TYPE, NO_BIDDING), *linked]
    return [*head, (tags.TOT_NO_ORDERS, str(count)), (tags.NO_ORDERS, str(count))]


def listed(cl_ord_id: str, seq: int, body: Pairs, time: str) -> Pairs:
    """One order, in the order that the group has."""
    pairs = [(tags.CL_ORD_ID, cl_ord_id), (tags.LIST_SEQ_NO, str(seq))]
    for pair in body:
        pairs.append(pair)
        if pair[0] == tags.SIDE:
            pairs.append((tags.TRANSACT_TIME, time))
    return pairs


def single(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The fields of an order as if it had come by itself."""
    return {tag: value for tag, value in pairs if tag != tags.LIST_SEQ_NO}


def orders_in(message: Received) -> list[dict[str, str]]:
    """The fields of each order of a NewOrderList(E) or ListStatus(N)."""
    text = message.raw.decode("latin-1")
    _, *rows = text.split(f"\x01{tags.CL_ORD_ID}=")
    found = []
    for row in rows:
        pairs = [pair.partition("=") for pair in f"{tags.CL_ORD_ID}={row}".split("\x01") if pair]
        found.append({tag: value for tag, _, value in pairs if tag != tags.CHECK_SUM})
    return found
