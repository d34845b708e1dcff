"""A placeOrder to its terms, with every check that looks at the order alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from tools.broker_apis.ibkr.contracts import Listed, found
from tools.broker_apis.ibkr.wire import UNSET, placed
from tools.broker_apis.orders import BUY, LIMIT, MARKET, SELL, Terms

CASH_QTY: Final = -14
"""Where a placeOrder has its cashQty, counted from its end."""
KINDS: Final = {
    "MKT": MARKET,
    "LMT": LIMIT,
    "STP": "stop",
    "STP LMT": "stop_limit",
    "MIT": "touched",
    "MOC": MARKET,
    "LOC": LIMIT,
}
TIMES: Final = ("DAY", "GTC", "IOC", "GTD", "OPG", "FOK")


class RefusedError(Exception):
    """The order is refused by this code of error."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def asked(fields: Sequence[str]) -> dict[str, str]:
    """The order's fields by name; those that are not set are "". RefusedError."""
    if len(fields) < 60 or any(len(one) > 500 for one in fields):
        raise RefusedError(320, "Error reading request. Unable to parse data.")
    row = placed(fields) | {"cashQty": fields[CASH_QTY]}
    return {name: "" if value == UNSET else value for name, value in row.items()}


def contract_of(wanted: Mapping[str, str]) -> Listed:
    """The one contract that is meant; RefusedError."""
    listed = found(wanted)
    if not listed:
        raise RefusedError(200, "No security definition has been found for the request")
    if len(listed) > 1:
        text = "The contract description specified for {} is ambiguous."
        raise RefusedError(200, text.format(wanted["symbol"]))
    return listed[0]


def terms_of(row: Mapping[str, str], listed: Listed, account: str) -> Terms:
    """The order's terms; RefusedError."""
    quantity = _number(row, "totalQuantity")
    if row["action"] not in ("BUY", "SELL"):
        raise RefusedError(321, "Error validating request.-'bX' : cause - Invalid action")
    if quantity is None or quantity <= 0:
        raise RefusedError(434, "The order size cannot be zero.")
    if row["account"] not in ("", account):
        raise RefusedError(321, "Error validating request.-'bX' : cause - Invalid account code")
    kind, time = row["orderType"], row["tif"] or "DAY"
    if kind not in KINDS:
        raise RefusedError(387, "Unsupported order type for this exchange and security type.")
    if time not in TIMES or (time == "GTD" and not row["goodTillDate"]):
        raise RefusedError(111, "The TIF (Tif type) and the order type are incompatible.")
    limit, stop = _price(row, "lmtPrice", listed), _price(row, "auxPrice", listed)
    if (limit is None) == (kind in ("LMT", "STP LMT", "LOC")):
        raise RefusedError(321, "Error validating request.-'bX' : cause - Invalid limit price")
    if (stop is None) == (kind in ("STP", "STP LMT", "MIT")):
        raise RefusedError(321, "Error validating request.-'bX' : cause - Invalid stop price")
    extras: dict[str, Any] = {"row": {**row, **listed.as_dict()}}
    return Terms(
        account=account,
        client_id=row["orderRef"],
        symbol=listed.market,
        side=BUY if row["action"] == "BUY" else SELL,
        quantity=quantity,
        kind=KINDS[kind],
        limit=limit if kind != "MIT" else stop,
        stop=stop if kind != "MIT" else None,
        time_in_force=time.lower(),
        extras=extras,
    )


def _number(row: Mapping[str, str], name: str) -> Decimal | None:
    text = row[name]
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise RefusedError(320, f"Error reading request. Unable to parse field {name}") from None
    if not value.is_finite():
        raise RefusedError(320, f"Error reading request. Unable to parse field {name}")
    return value


def _price(row: Mapping[str, str], name: str, listed: Listed) -> Decimal | None:
    """A price, None where it is not set; 0 is how some clients say that."""
    price = _number(row, name)
    if price is not None and price % listed.tick:
        text = "The price does not conform to the minimum price variation for this contract."
        raise RefusedError(110, text)
    return price or None
