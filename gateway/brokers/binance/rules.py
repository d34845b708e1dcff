"""What exchangeInfo says: symbols and their names, the filters that orders have to pass, limits.

Pure. Filters that need the market's state (PERCENT_PRICE and the like) are left to Binance. A limit
of 0 is none.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from gateway.brokers.api.fields import amount
from gateway.brokers.api.said import Json

ZERO: Final = Decimal(0)
SECONDS: Final = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400}
MARKET_TYPES: Final = frozenset({"MARKET", "STOP_LOSS", "TAKE_PROFIT"})


class Span:
    """A range and the steps in it, of prices or of quantities."""

    __slots__ = ("least", "most", "step")

    def __init__(self, least: Decimal, most: Decimal, step: Decimal) -> None:
        self.least = least
        self.most = most
        self.step = step

    def problem(self, value: Decimal) -> str:
        """Why a value is not in it, "" if it is."""
        if value < self.least:
            return f"{value:f} is below {self.least.normalize():f}"
        if self.most and value > self.most:
            return f"{value:f} is above {self.most.normalize():f}"
        if self.step and value % self.step:
            return f"{value:f} is no multiple of {self.step.normalize():f}"
        return ""


class Instrument:
    """One symbol. `name` is Binance's, `symbol` ours: "BTC/USDT" for "BTCUSDT"."""

    __slots__ = (
        "base",
        "least_notional",
        "lots",
        "market_lots",
        "most_notional",
        "name",
        "order_types",
        "prices",
        "status",
        "symbol",
    )

    def __init__(self, said: Json) -> None:
        """Raises KeyError for what is no symbol."""
        self.name = str(said["symbol"])
        self.base = str(said["baseAsset"])
        self.symbol = f"{self.base}/{said['quoteAsset']}"
        self.status = str(said.get("status", "TRADING"))
        self.order_types = frozenset(map(str, said.get("orderTypes") or ()))
        listed = said.get("filters")
        filters = {
            str(one.get("filterType")): one
            for one in (listed if isinstance(listed, list) else ())
            if isinstance(one, dict)
        }
        self.prices = _span(filters.get("PRICE_FILTER", {}), "minPrice", "maxPrice", "tickSize")
        self.lots = _span(filters.get("LOT_SIZE", {}), "minQty", "maxQty", "stepSize")
        market = filters.get("MARKET_LOT_SIZE", {})
        self.market_lots = _span(market, "minQty", "maxQty", "stepSize")
        notional = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL") or {}
        self.least_notional = amount(notional.get("minNotional"))
        self.most_notional = amount(notional.get("maxNotional"))

    def problem(self, kind: str, quantity: str, price: str, stop: str) -> str:
        """Why an order of this type would be refused, "" if nothing is known against it."""
        if self.status != "TRADING":
            return f"{self.name} is {self.status}"
        if self.order_types and kind not in self.order_types:
            return f"{self.name} takes no {kind}"
        wanted, limit = amount(quantity), amount(price)
        is_market = kind in MARKET_TYPES
        checks = [
            ("LOT_SIZE", self.lots, wanted),
            ("MARKET_LOT_SIZE", self.market_lots, wanted if is_market else ZERO),
            ("PRICE_FILTER", self.prices, limit),
            ("PRICE_FILTER", self.prices, amount(stop)),
        ]
        for name, span, value in checks:
            said = span.problem(value) if value else ""
            if said:
                return f"{name}: {said}"
        return self._notional_problem(wanted * limit)

    def _notional_problem(self, amount: Decimal) -> str:
        if amount and amount < self.least_notional:
            return f"NOTIONAL: {amount:f} is below {self.least_notional.normalize():f}"
        if amount and self.most_notional and amount > self.most_notional:
            return f"NOTIONAL: {amount:f} is above {self.most_notional.normalize():f}"
        return ""


class Rules:
    """All symbols. `weight_max`: REQUEST_WEIGHT a minute; `orders_max`: ORDERS by the seconds that
    they are counted in.
    """

    def __init__(self, said: Any) -> None:
        """Of an answer of exchangeInfo; what cannot be read in it is left out."""
        self._by_name: dict[str, Instrument] = {}
        self._by_symbol: dict[str, Instrument] = {}
        told = said if isinstance(said, dict) else {}
        for one in _list(told.get("symbols")):
            try:
                instrument = Instrument(one)
            except (KeyError, TypeError, AttributeError):
                continue
            self._by_name[instrument.name] = instrument
            self._by_symbol[instrument.symbol] = instrument
        self.weight_max = 0
        self.orders_max: dict[int, int] = {}
        for one in _list(told.get("rateLimits")):
            self._limit(one)

    def _limit(self, one: Any) -> None:
        if not isinstance(one, dict):
            return
        seconds = SECONDS.get(str(one.get("interval")), 0) * int(amount(one.get("intervalNum")))
        limit = int(amount(one.get("limit")))
        if one.get("rateLimitType") == "REQUEST_WEIGHT" and seconds == SECONDS["MINUTE"]:
            self.weight_max = limit
        elif one.get("rateLimitType") == "ORDERS" and seconds and limit:
            self.orders_max[seconds] = limit

    def __len__(self) -> int:
        return len(self._by_name)

    def find(self, symbol: str) -> Instrument | None:
        """By our name or Binance's."""
        return self._by_symbol.get(symbol) or self._by_name.get(symbol)

    def name_of(self, symbol: str) -> str:
        """Binance's name of a symbol of ours; a guess where it is not known."""
        found = self.find(symbol)
        return found.name if found is not None else symbol.replace("/", "").upper()

    def symbol_of(self, name: str) -> str:
        """Our name of a symbol of Binance's."""
        found = self._by_name.get(name)
        return found.symbol if found is not None else name

    def position_of(self, asset: str, money: str) -> str:
        """The symbol that a balance of an asset is told as: that of its pair with `money`."""
        pair = f"{asset}/{money}"
        return pair if pair in self._by_symbol else asset


def _span(said: Mapping[str, Any], least: str, most: str, step: str) -> Span:
    return Span(amount(said.get(least)), amount(said.get(most)), amount(said.get(step)))


def _list(said: Any) -> list[Any]:
    return said if isinstance(said, list) else []
