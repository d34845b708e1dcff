"""The operators' desk for prices: those that are known, and one that somebody states."""

from decimal import Decimal
from difflib import get_close_matches
from time import time_ns
from typing import Final

from gateway.control.desk import DeskError
from gateway.control.requests import StatePrice
from gateway.control.views import PriceKind, PriceView
from gateway.engine import Engine
from gateway.operators import action
from gateway.prices.known import ASK, BID, CLOSE, LAST, OPERATOR
from gateway.prices.rule import close_of, is_fresh
from gateway.reference import Reference, ReferencePrice
from gateway.translate.inbound import positive
from sessions.values import format_decimal

AWAY_MAX_PCT: Final = 20
FILE: Final = "reference data"
QUOTE: Final = frozenset({BID, ASK})


class PriceDesk:
    """Part of the desk; `_engine` is that of the whole."""

    _engine: Engine

    def prices(self) -> list[PriceView]:
        """Last trades, quotes and closes, by symbol."""
        core = self._engine.core
        reference, prices = core.setup.reference, core.state.prices
        known = {(symbol, kind): price for symbol, kind, price in prices.all()}
        now = time_ns()
        for symbol, filed in reference.closes.items():
            known[symbol, CLOSE] = close_of(prices, reference, symbol, now) or filed
        decision = core.decision(now)
        views = []
        for (symbol, kind), price in sorted(known.items(), key=lambda one: one[0]):
            chosen = decision.reference_price(symbol)
            if kind in QUOTE:
                others = (known.get((symbol, LAST)), known.get((symbol, CLOSE)))
                counts = chosen is not None and all(chosen is not other for other in others)
            else:
                counts = chosen is price
            views.append(_view(symbol, kind, price, counts, reference, now))
        return views

    async def state_price(
        self,
        symbol: str,
        *,
        price: Decimal,
        kind: PriceKind,
        who: str,
        why: str,
        force: bool = False,
    ) -> PriceView:
        """Have a price by an operator's word: it triggers what waits for it."""
        engine, text = self._engine, self._stated(symbol, price, force)
        now = time_ns()
        engine.operator(action(who, why, "price set", symbol=symbol, kind=kind, price=text), now)
        engine.perform_decision(engine.core.state_price(symbol, kind, text, who, why, now))
        await engine.committer.flush()
        return PriceView(symbol=symbol, kind=kind, price=text, time_ns=now, source=OPERATOR)

    def look_at_price(self, ask: StatePrice, symbol: str) -> None:
        """Raise DeskError if it could not be stated."""
        self._stated(symbol, ask.price, ask.force)

    def _stated(self, symbol: str, price: Decimal, force: bool) -> str:
        engine = self._engine
        text = format_decimal(price)
        if positive(text) is None:
            raise DeskError("BAD_PRICE", f"{text} is no price", "give a number above 0", 422)
        known = engine.core.setup.reference.instruments
        rates = engine.core.setup.limits.fed.symbols.values()
        if known and symbol not in known and symbol not in rates:
            near = get_close_matches(symbol, list(known), n=1)
            remedy = (
                f'did you mean "{near[0]}"?' if near else "the reference data names those there are"
            )
            raise DeskError("UNKNOWN_SYMBOL", f"there is no instrument {symbol}", remedy, 404)
        reference = engine.core.decision(time_ns()).reference_price(symbol)
        if reference is not None and not force:
            _look_at_distance(price, reference.price)
        return text


def _view(
    symbol: str, kind: str, price: ReferencePrice, counts: bool, reference: Reference, now: int
) -> PriceView:
    age_ns = now - price.time_ns
    oldest_ns = reference.quote_max_age_ns if kind in QUOTE else reference.price_max_age_ns
    return PriceView(
        symbol=symbol,
        kind=kind,
        price=format_decimal(price.price),
        time_ns=price.time_ns,
        source=price.source or FILE,
        age_s=round(age_ns / 1e9, 3),
        fresh=is_fresh(price, now, oldest_ns),
        is_reference=counts,
    )


def _look_at_distance(price: Decimal, reference: Decimal) -> None:
    """A slip of the finger would trigger stops, and let orders through collars or refuse them."""
    away_pct = abs(price - reference) * 100 / reference
    if away_pct > AWAY_MAX_PCT:
        raise DeskError(
            "PRICE_FAR",
            f"{format_decimal(price)} is {away_pct:.0f} % away from the reference price"
            f" {format_decimal(reference)}",
            "if it is right, say --force",
        )
