"""Parameters of an order to its terms, with the checks and filters that look at the order alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from tools.broker_apis.binance.errors import RefusedError, filtered
from tools.broker_apis.binance.symbols import LISTED, PERCENT, TYPES, Symbol
from tools.broker_apis.market import Quote
from tools.broker_apis.orders import Terms

Parameters = Mapping[str, str]

CLIENT_ID: Final = re.compile(r"[a-zA-Z0-9-_]{1,36}")
DECIMALS_MAX: Final = 8
TIMES: Final = ("GTC", "IOC", "FOK")
RESPONSES: Final = ("ACK", "RESULT", "FULL")
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "LIMIT": ("timeInForce", "quantity", "price"),
    "LIMIT_MAKER": ("quantity", "price"),
    "MARKET": (),
    "STOP_LOSS": ("quantity", "stopPrice"),
    "STOP_LOSS_LIMIT": ("timeInForce", "quantity", "price", "stopPrice"),
    "TAKE_PROFIT": ("quantity", "stopPrice"),
    "TAKE_PROFIT_LIMIT": ("timeInForce", "quantity", "price", "stopPrice"),
}
OPTIONAL: Final[Mapping[str, tuple[str, ...]]] = {
    "LIMIT": ("icebergQty",),
    "MARKET": ("quantity", "quoteOrderQty"),
    "STOP_LOSS_LIMIT": ("icebergQty",),
    "TAKE_PROFIT_LIMIT": ("icebergQty",),
}
OF_KINDS: Final = frozenset({"timeInForce", "quantity", "price", "stopPrice", "quoteOrderQty"})
KINDS: Final = {
    "LIMIT": "limit",
    "LIMIT_MAKER": "limit",
    "MARKET": "market",
    "STOP_LOSS": "stop",
    "STOP_LOSS_LIMIT": "stop_limit",
    "TAKE_PROFIT": "limit",
    "TAKE_PROFIT_LIMIT": "limit",
}
PASSED: Final = ("selfTradePreventionMode", "strategyId", "strategyType", "icebergQty")


def mandatory(parameters: Parameters, name: str) -> str:
    """A parameter that has to be there; RefusedError."""
    value = parameters.get(name, "")
    if not value:
        raise RefusedError(
            -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
        )
    return value


def symbol_of(parameters: Parameters) -> Symbol:
    """RefusedError where there is none of that name."""
    name = mandatory(parameters, "symbol")
    if not re.fullmatch(r"[A-Z0-9-_.]{1,20}", name):
        raise RefusedError(
            -1100,
            "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
        )
    found = LISTED.get(name)
    if found is None:
        raise RefusedError(-1121, "Invalid symbol.")
    return found


def client_id(parameters: Parameters, name: str) -> str:
    """A client's id, "" where none is given; RefusedError."""
    value = parameters.get(name, "")
    if value and not CLIENT_ID.fullmatch(value):
        raise RefusedError(
            -1100,
            f"Illegal characters found in parameter '{name}'; legal range is"
            " '^[a-zA-Z0-9-_]{1,36}$'.",
        )
    return value


def choice(parameters: Parameters, name: str, known: tuple[str, ...], usual: str = "") -> str:
    """One of those; RefusedError."""
    value = parameters.get(name) or usual or mandatory(parameters, name)
    if value not in known:
        raise RefusedError(-1115 if name == "timeInForce" else -1116, f"Invalid {name}.")
    return value


def number(parameters: Parameters, name: str) -> Decimal | None:
    """A number, None where none is given; RefusedError."""
    text = parameters.get(name)
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,20})?", text) or not value.is_finite():
        raise RefusedError(
            -1100,
            f"Illegal characters found in parameter '{name}'; legal range is"
            " '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.",
        )
    if len(text.partition(".")[2].rstrip("0")) > DECIMALS_MAX:
        raise RefusedError(-1111, f"Parameter '{name}' has too much precision.")
    if not value:
        raise RefusedError(-1013, f"Invalid {name}.")
    return value


def terms_of(parameters: Parameters, symbol: Symbol, quote: Quote, own_id: str) -> Terms:
    """The terms of a new order; RefusedError."""
    if symbol.status != "TRADING":
        raise RefusedError(-1013, "Market is closed.")
    if parameters.get("side") not in ("BUY", "SELL"):
        raise RefusedError(-1117, "Invalid side.")
    kind = choice(parameters, "type", TYPES)
    choice(parameters, "newOrderRespType", RESPONSES, "FULL")
    for name in NEEDED[kind]:
        mandatory(parameters, name)
    for name in OF_KINDS:
        if name in parameters and name not in (*NEEDED[kind], *OPTIONAL.get(kind, ())):
            raise RefusedError(-1106, f"Parameter '{name}' sent when not required.")
    time = choice(parameters, "timeInForce", TIMES) if "timeInForce" in NEEDED[kind] else "GTC"
    limit, stop = number(parameters, "price"), number(parameters, "stopPrice")
    in_money = number(parameters, "quoteOrderQty")
    quantity = _quantity(parameters, in_money, symbol, quote)
    _filter(symbol, kind, quantity, limit, stop, quote)
    return Terms(
        client_id=own_id,
        symbol=symbol.name,
        side=parameters["side"].lower(),
        quantity=quantity,
        kind=KINDS[kind],
        limit=stop if kind == "TAKE_PROFIT" else limit,
        stop=stop,
        time_in_force="ioc" if kind in ("MARKET", "STOP_LOSS") else time.lower(),
        extras={
            "type": kind,
            "timeInForce": time,
            "price": limit or Decimal(0),
            "quote_quantity": in_money or Decimal(0),
            **{name: parameters[name] for name in PASSED if name in parameters},
        },
    )


def _quantity(
    parameters: Parameters, in_money: Decimal | None, symbol: Symbol, quote: Quote
) -> Decimal:
    quantity = number(parameters, "quantity")
    if in_money is None:
        if quantity is None:
            mandatory(parameters, "quantity")
        assert quantity is not None
        return quantity
    if quantity is not None:
        raise RefusedError(-1128, "Combination of optional parameters invalid.")
    price = quote.price(parameters["side"].lower())
    if price is None:
        raise RefusedError(-2010, "Market is empty.")
    return in_money / price // symbol.step * symbol.step


def _filter(
    symbol: Symbol,
    kind: str,
    quantity: Decimal,
    limit: Decimal | None,
    stop: Decimal | None,
    quote: Quote,
) -> None:
    """Every filter by its name, those of prices first."""
    for price in (limit, stop):
        if price is not None and (price % symbol.tick or not symbol.tick <= price <= 1_000_000):
            raise filtered("PRICE_FILTER")
    if quantity % symbol.step or not symbol.step <= quantity <= symbol.most:
        raise filtered("LOT_SIZE")
    if kind in ("MARKET", "STOP_LOSS", "TAKE_PROFIT") and quantity > symbol.market_most:
        raise filtered("MARKET_LOT_SIZE")
    middle = (quote.bid + quote.ask) / 2 if quote.bid and quote.ask else symbol.price
    amount = quantity * (limit or stop or middle)
    if amount < symbol.least_notional or (limit is not None and amount > 9_000_000):
        raise filtered("NOTIONAL")
    if limit is not None and not middle / PERCENT <= limit <= middle * PERCENT:
        raise filtered("PERCENT_PRICE_BY_SIDE")


def order_id_of(parameters: Parameters, name: str) -> int | None:
    """An id of Binance's, None where none is given; RefusedError."""
    text = parameters.get(name, "")
    if text and not text.isdecimal():
        raise RefusedError(-1100, f"Illegal characters found in parameter '{name}'.")
    return int(text) if text else None


def limit_of(parameters: Parameters, usual: int, most: int) -> int:
    """How many rows are wanted."""
    text = parameters.get("limit", "")
    return min(int(text), most) if text.isdecimal() and int(text) else usual


def unread(parameters: Mapping[str, Any], known: frozenset[str]) -> None:
    """RefusedError where there is a parameter that the request does not have."""
    there = [name for name in parameters if name in known]
    if len(there) < len(parameters):
        raise RefusedError(
            -1104,
            f"Not all sent parameters were read; read '{len(there)}' parameter(s) but was sent"
            f" '{len(parameters)}'.",
        )
