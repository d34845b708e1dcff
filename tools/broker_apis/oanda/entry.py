"""An OrderRequest to its terms, with every check that looks at the order alone."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from tools.broker_apis.clock import from_rfc3339
from tools.broker_apis.oanda.instruments import LISTED, Instrument
from tools.broker_apis.orders import BUY, LIMIT, MARKET, SELL, Terms

Body = Mapping[str, Any]

TOUCHED: Final = "touched"
KINDS: Final = {
    "MARKET": MARKET,
    "LIMIT": LIMIT,
    "STOP": "stop",
    "MARKET_IF_TOUCHED": TOUCHED,
}
TYPES: Final = {kind: name for name, kind in KINDS.items()}
TIMES_IN_FORCE: Final = {
    "MARKET": ("FOK", "IOC"),
    "LIMIT": ("GTC", "GTD", "GFD", "FOK", "IOC"),
    "STOP": ("GTC", "GTD", "GFD", "FOK", "IOC"),
    "MARKET_IF_TOUCHED": ("GTC", "GTD", "GFD"),
}


class RejectedError(Exception):
    """The order is refused; the text is OANDA's rejectReason."""


class InvalidError(Exception):
    """The request makes no sense: a 400 without a transaction."""


def number(body: Body, name: str) -> Decimal | None:
    """A number as text; JSON numbers are not taken."""
    value = body.get(name)
    if value is None:
        return None
    try:
        found = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite():
        raise InvalidError(f"Invalid value specified for 'order.{name}'")
    return found


def terms_of(body: Body, now_ns: int) -> Terms:
    """The order's terms; RejectedError or InvalidError."""
    kind = body.get("type")
    if kind not in KINDS:
        raise InvalidError("Invalid value specified for 'order.type'")
    instrument = LISTED.get(str(body.get("instrument")))
    if instrument is None:
        raise InvalidError("Invalid value specified for 'order.instrument'")
    units = _units(body, instrument)
    price = _price(body, "price", instrument)
    if (price is None) != (kind == "MARKET"):
        raise RejectedError("PRICE_MISSING" if price is None else "PRICE_INVALID")
    time_in_force = str(body.get("timeInForce") or ("FOK" if kind == "MARKET" else "GTC"))
    if time_in_force not in TIMES_IN_FORCE[kind]:
        raise RejectedError("TIME_IN_FORCE_INVALID")
    bound = _price(body, "priceBound", instrument)
    extras = {
        "gtdTime": _until(body, time_in_force, now_ns),
        "positionFill": str(body.get("positionFill") or "DEFAULT"),
        "clientExtensions": body.get("clientExtensions"),
        "priceBound": None if bound is None else format(bound, "f"),
        "price": None if price is None else format(price, "f"),
    }
    return Terms(
        client_id=client_id_of(body),
        symbol=instrument.name,
        side=BUY if units > 0 else SELL,
        quantity=abs(units),
        kind=KINDS[kind],
        limit=price if kind in ("LIMIT", "MARKET_IF_TOUCHED") else bound,
        stop=price if kind == "STOP" else None,
        time_in_force=time_in_force.lower(),
        extras=extras,
    )


def client_id_of(body: Body) -> str:
    """clientExtensions.id, "" for none."""
    extensions = body.get("clientExtensions")
    return str(extensions.get("id") or "") if isinstance(extensions, dict) else ""


def _units(body: Body, instrument: Instrument) -> Decimal:
    units = number(body, "units")
    if units is None:
        raise RejectedError("UNITS_MISSING")
    if not units:
        raise RejectedError("UNITS_INVALID")
    if _decimals(units) > instrument.unit_digits:
        raise RejectedError("UNITS_PRECISION_EXCEEDED")
    if abs(units) < Decimal(instrument.minimum):
        raise RejectedError("UNITS_MIMIMUM_NOT_MET")
    if abs(units) > Decimal(instrument.maximum):
        raise RejectedError("UNITS_LIMIT_EXCEEDED")
    return units


def _price(body: Body, name: str, instrument: Instrument) -> Decimal | None:
    price = number(body, name)
    if price is not None and price <= 0:
        raise RejectedError("PRICE_INVALID")
    if price is not None and _decimals(price) > instrument.digits:
        raise RejectedError(f"{'PRICE' if name == 'price' else 'PRICE_BOUND'}_PRECISION_EXCEEDED")
    return price


def _until(body: Body, time_in_force: str, now_ns: int) -> int | None:
    if time_in_force != "GTD":
        return None
    if "gtdTime" not in body:
        raise RejectedError("TIME_IN_FORCE_GTD_TIMESTAMP_MISSING")
    try:
        until_ns = from_rfc3339(str(body["gtdTime"]))
    except ValueError:
        raise InvalidError("Invalid value specified for 'order.gtdTime'") from None
    if until_ns <= now_ns:
        raise RejectedError("TIME_IN_FORCE_GTD_TIMESTAMP_IN_PAST")
    return until_ns


def _decimals(value: Decimal) -> int:
    return max(0, -int(value.normalize().as_tuple().exponent))
