"""The body of an order to its terms, with every check that looks at the order alone."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from tools.broker_apis.alpaca.assets import CRYPTO, EQUITY, KINDS, TIMES_IN_FORCE, Asset
from tools.broker_apis.alpaca.errors import bad_parameter, unprocessable
from tools.broker_apis.orders import BUY, SELL, Terms

Body = Mapping[str, Any]

CLIENT_ID_LENGTH_MAX: Final = 128
DECIMALS_MAX: Final = 9
PENNY_FROM: Final = Decimal(1)
WHOLE: Final = Decimal(1)
PRICES: Final = {
    "market": (),
    "limit": ("limit_price",),
    "stop": ("stop_price",),
    "stop_limit": ("limit_price", "stop_price"),
    "trailing_stop": (),
}


def number(body: Body, name: str) -> Decimal | None:
    """A number as text or JSON number; None if it is not there."""
    value = body.get(name)
    if value is None or value == "":
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise bad_parameter(f"invalid {name}") from None
    if not found.is_finite() or found <= 0:
        raise bad_parameter(f"{name} must be > 0")
    if -int(found.normalize().as_tuple().exponent) > DECIMALS_MAX:
        raise bad_parameter(f"{name} must be limited to {DECIMALS_MAX} decimal places")
    return found.normalize()


def price(body: Body, name: str, asset: Asset) -> Decimal | None:
    """A price on the grid of the asset."""
    found = number(body, name)
    if found is None:
        return None
    if asset.price_step is not None:
        if found % asset.price_step:
            raise unprocessable(f"invalid {name}: must be a multiple of {asset.price_step}")
        return found
    decimals = 2 if found >= PENNY_FROM else 4
    if -int(found.normalize().as_tuple().exponent) > decimals:
        raise unprocessable(
            f"invalid {name} {found:f}. "
            "sub-penny increment does not fulfill minimum pricing criteria"
        )
    return found


def terms_of(body: Body, asset: Asset, client_id: str, touch: Decimal) -> Terms:
    """The order's terms; `touch` turns a notional amount into a quantity. RefusedError."""
    kind, time_in_force = str(body.get("type", "")), str(body.get("time_in_force", ""))
    _check_choices(body, asset, kind, time_in_force)
    quantity, notional = _quantity(body, asset, touch)
    limit, stop = price(body, "limit_price", asset), price(body, "stop_price", asset)
    _check_prices(body, kind)
    fractional = notional is not None or bool(quantity % WHOLE)
    if asset.kind == EQUITY and fractional:
        _check_fraction(asset, kind, time_in_force)
    extended = bool(body.get("extended_hours") or False)
    if extended and (kind != "limit" or time_in_force not in ("day", "gtc")):
        raise bad_parameter("extended hours order must be DAY or GTC limit orders")
    extras = {
        "notional": notional,
        "extended_hours": extended,
        "order_class": body.get("order_class") or "",
        "position_intent": body.get("position_intent"),
        "trail_price": number(body, "trail_price"),
        "trail_percent": number(body, "trail_percent"),
    }
    return Terms(
        client_id=client_id,
        symbol=asset.symbol,
        side=str(body["side"]),
        quantity=quantity,
        kind=kind,
        limit=limit,
        stop=stop,
        time_in_force=time_in_force,
        extras=extras,
    )


def check_client_id(client_id: Any) -> str:
    """Of 128 characters at most; RefusedError."""
    if not isinstance(client_id, str) or len(client_id) > CLIENT_ID_LENGTH_MAX:
        raise bad_parameter(
            f"client_order_id must be no more than {CLIENT_ID_LENGTH_MAX} characters"
        )
    return client_id


def _check_choices(body: Body, asset: Asset, kind: str, time_in_force: str) -> None:
    if not asset.tradable:
        raise unprocessable(f"asset {asset.symbol} is not active")
    if body.get("side") not in (BUY, SELL):
        raise bad_parameter("side must be buy or sell")
    if kind not in PRICES:
        raise bad_parameter("invalid order type")
    if kind not in KINDS[asset.kind]:
        raise unprocessable(f"order type {kind} is not allowed for {asset.kind}")
    if time_in_force not in TIMES_IN_FORCE[asset.kind]:
        where = "crypto" if asset.kind == CRYPTO else asset.kind
        raise unprocessable(f"invalid {where} time_in_force")
    if body.get("order_class") not in (None, "", "simple"):
        raise unprocessable("complex orders are not supported for this account")


def _check_prices(body: Body, kind: str) -> None:
    for name in ("limit_price", "stop_price"):
        given, wanted = body.get(name) not in (None, ""), name in PRICES[kind]
        if wanted and not given:
            raise unprocessable(f"{kind} orders require {name.replace('_', ' ')}")
        if given and not wanted:
            raise unprocessable(f"{kind} orders must not have {name.replace('_', ' ')}")
    trails = [n for n in ("trail_price", "trail_percent") if body.get(n) not in (None, "")]
    if len(trails) != (1 if kind == "trailing_stop" else 0):
        raise unprocessable("trailing stop orders must specify one of trail_price or trail_percent")


def _quantity(body: Body, asset: Asset, touch: Decimal) -> tuple[Decimal, Decimal | None]:
    quantity, notional = number(body, "qty"), number(body, "notional")
    if quantity is not None and notional is not None:
        raise unprocessable("only one of qty or notional is accepted")
    if quantity is not None:
        if not asset.fractionable and quantity % WHOLE:
            raise forbidden_fraction(asset)
        return quantity, None
    if notional is None:
        raise unprocessable("qty or notional is required")
    if body.get("type") != "market" or body.get("time_in_force") not in ("day", "gtc", "ioc"):
        raise unprocessable("notional orders must be market orders of the day")
    return (notional / touch).quantize(asset.quantity_step), notional


def _check_fraction(asset: Asset, kind: str, time_in_force: str) -> None:
    if not asset.fractionable:
        raise forbidden_fraction(asset)
    if time_in_force != "day":
        raise unprocessable("fractional orders must be DAY orders")
    if kind == "trailing_stop":
        raise unprocessable("fractional orders must not be trailing stop orders")


def forbidden_fraction(asset: Asset) -> Exception:
    """The refusal of a part of a share."""
    return unprocessable(f'asset "{asset.symbol}" is not fractionable')
