"""From the fields of an order to OANDA's OrderRequest. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime

from gateway.brokers.api.fields import plain
from gateway.brokers.api.said import Json
from gateway.brokers.oanda.words import ORD_TYPES, POSITION_FILLS, SIGNS, TIMES, instrument_of


class NoTermsError(Exception):
    """OANDA has no order for these fields; the text says why."""


def order_of(fields: Mapping[str, str], quantity: str) -> Json:
    """The order that `fields` ask for, for this quantity; raises NoTermsError."""
    get = fields.get
    sign, kind = SIGNS.get(get("54", "")), ORD_TYPES.get(get("40", ""))
    if sign is None:
        raise NoTermsError(f"Side(54)={get('54')} is none of OANDA's")
    if kind is None:
        raise NoTermsError(f"OrdType(40)={get('40')} is none of OANDA's")
    if plain(quantity) in ("", "0") or quantity.startswith("-"):
        raise NoTermsError(f"OrderQty(38)={quantity}: OANDA's orders are for so many units")
    price = get("44", "") if kind == "LIMIT" else get("99", "")
    order: Json = {
        "type": kind,
        "instrument": instrument_of(get("55", "")),
        "units": f"{sign}{plain(quantity)}",
        "timeInForce": _time_of(kind, get("59", "0")),
        "positionFill": POSITION_FILLS.get(get("77", ""), "DEFAULT"),
        "clientExtensions": {"id": get("11", "")},
    }
    if kind != "MARKET":
        order["price"] = price
    if order["timeInForce"] == "GTD":
        order["gtdTime"] = _until(fields)
    return order


def _time_of(kind: str, time_in_force: str) -> str:
    """A market order is done at once or not at all, but for what may be done in part."""
    found = TIMES.get(time_in_force)
    if found is None:
        raise NoTermsError(f"TimeInForce(59)={time_in_force} is none of OANDA's")
    return "FOK" if kind == "MARKET" and found != "IOC" else found


def _until(fields: Mapping[str, str]) -> str:
    """ExpireTime(126), or the end of ExpireDate(432) in UTC, as RFC 3339."""
    time, date = fields.get("126", ""), fields.get("432", "")
    text = time if time else f"{date}-23:59:59"
    head, _, fraction = text.partition(".")
    try:
        moment = datetime.strptime(head, "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise NoTermsError(f"ExpireTime(126)={time} ExpireDate(432)={date} is no time") from None
    decimals = f".{fraction}" if fraction.isdigit() else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{decimals}Z"
