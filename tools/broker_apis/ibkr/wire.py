"""TWS's messages: a length of four bytes, and text fields with a NUL behind each.

Knows one server version, the last that is not protobuf and that the published clients take.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

SERVER_VERSION: Final = 178
HELLO: Final = b"API\0"
UNSET: Final = "1.7976931348623157E308"
_CONTRACT: Final = (
    "conId symbol secType lastTradeDateOrContractMonth strike right multiplier exchange "
    "primaryExchange currency localSymbol tradingClass"
)
CONTRACT: Final = tuple(_CONTRACT.split())
"""A contract as requests have it."""
_PLACED: Final = (
    "secIdType secId action totalQuantity orderType lmtPrice auxPrice tif ocaGroup account "
    "openClose origin orderRef transmit parentId blockOrder sweepToFill displaySize triggerMethod "
    "outsideRth hidden _ discretionaryAmt goodAfterTime goodTillDate"
)
PLACED: Final = tuple(_PLACED.split())
"""Of placeOrder behind its orderId and the contract, up to where all orders are the same."""


def pack(text: str) -> bytes:
    """A message as it goes over the socket."""
    data = text.encode()
    return struct.pack(">I", len(data)) + data


def said(*fields: Any) -> str:
    """A message of these fields; None and False are told as TWS does."""
    return "".join([f"{_field(one)}\0" for one in fields])


def _field(value: Any) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)


class Prefixed:
    """How a stream's messages become bytes. There are no pings, and no last message."""

    def message(self, payload: str | bytes) -> bytes:
        """Part of Framing."""
        return pack(payload) if isinstance(payload, str) else payload

    def ping(self, payload: bytes) -> bytes:
        """Part of Framing."""
        return b""

    def end(self, code: int, reason: str) -> bytes:
        """Part of Framing."""
        return b""


def placed(fields: Sequence[str]) -> dict[str, str]:
    """The fields of a placeOrder by name, those that every order has."""
    names = [*CONTRACT, *PLACED]
    return dict(zip(names, fields[2:], strict=False))


def _contract(row: Mapping[str, Any]) -> list[Any]:
    """A contract as most messages have it: with no primaryExchange."""
    return [row.get(name, "") for name in CONTRACT if name != "primaryExchange"]


def order_status(row: Mapping[str, Any]) -> str:
    """What is filled and what is left."""
    names = "orderId status filled remaining avgFillPrice permId parentId lastFillPrice clientId"
    return said(3, *[row.get(name, 0) for name in names.split()], row.get("whyHeld", ""), 0)


def error(about: int, code: int, text: str) -> str:
    """Of a request or order, or of the connection: -1."""
    return said(4, 2, about, code, text, "")


def open_order(row: Mapping[str, Any]) -> str:
    """An order with all of its terms."""
    get = row.get
    first = [get(name, "") for name in PLACED[2:12]]  # action to origin
    fields: list[Any] = [5, row["orderId"], *_contract(row), *first]
    fields += [get("orderRef"), row["clientId"], row["permId"]]
    fields += [get("outsideRth"), get("hidden"), 0, "", "", "", "", ""]
    fields += ["", get("goodTillDate"), "", UNSET, "", 0, "", -1, 0, UNSET, UNSET, UNSET, UNSET]
    fields += [UNSET, get("displaySize"), 0, 0, 0, "", 0, 0, 0, UNSET, get("parentId", 0), 0]
    fields += [UNSET, 0, "", UNSET]
    fields += [0, 0, UNSET, UNSET, UNSET, 0, "", 0, 0, 0, "", "", UNSET, ""]
    fields += [0, "", "", 0, 0, ""]
    fields += [0, 0, row["status"], *[UNSET] * 9, "", "", "", "", get("warningText"), 0, 0]
    fields += [0, "", UNSET, UNSET, UNSET, UNSET, UNSET, UNSET, 0, "", "", "", get("cashQty")]
    fields += [0, 0, 0, 0, "", "", 0, "", "", UNSET, UNSET, UNSET]
    return said(*fields)


def completed_order(row: Mapping[str, Any]) -> str:
    """An order that has ended: it has its permId, and no orderId any more."""
    get = row.get
    fields: list[Any] = [101, *_contract(row), *[get(name, "") for name in PLACED[2:12]]]
    fields += [get("orderRef"), row["permId"], get("outsideRth"), get("hidden"), 0, "", "", "", ""]
    fields += ["", get("goodTillDate"), "", UNSET, "", 0, "", -1, UNSET, UNSET, UNSET, UNSET, UNSET]
    fields += [0, 0, 0, "", 0, 0, UNSET, 0, "", UNSET]
    fields += [0, 0, UNSET, UNSET, "", 0, 0, 0, "", "", UNSET, ""]
    fields += ["", "", 0, 0, ""]
    fields += [0, row["status"], 0, 0, 0]
    fields += [UNSET, UNSET, get("cashQty"), 0, 0, "", get("filledQuantity", 0), 0, 0, "", 0, 0, 0]
    fields += [get("completedTime"), get("completedStatus"), "", "", UNSET, UNSET, UNSET]
    return said(*fields)


def exec_details(about: int, row: Mapping[str, Any]) -> str:
    """An execution."""
    names = "acctNumber execExchange side shares price permId clientId _ cumQty avgPrice orderRef"
    return said(
        11,
        about,
        row["orderId"],
        *_contract(row),
        row["execId"],
        row["time"],
        *[row.get(name, 0) for name in names.split()],
        "",
        "",
        "",
        2,
        0,
    )
