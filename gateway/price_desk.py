"""The operators' desk for prices: those that are known, and one that somebody states."""

from decimal import Decimal
from difflib import get_close_matches
from time import time_ns
from typing import Final

from gateway.control.desk import DeskError
from gateway.control.views import PriceKind, PriceView
from gateway.engine import Engine
from gateway.operators import action
from gateway.orders.triggers import LAST
from gateway.translate.inbound import positive
from sessions.values import format_decimal

AWAY_MAX_PCT: Final = 20


class PriceDesk:
    """Part of the desk; `_engine` is that of the whole."""

    _engine: Engine

    def prices(self) -> list[PriceView]:
        """Last trades and quotes, by symbol; closes of the price file are not among them."""
        state = self._engine.core.state
        known = [(symbol, LAST, price) for symbol, price in state.last_prices.items()]
        for symbol, quote in state.quotes.items():
            known += [(symbol, kind, price) for kind, price in quote.items()]
        return [
            PriceView(symbol=symbol, kind=kind, price=format_decimal(p.price), time_ns=p.time_ns)
            for symbol, kind, p in sorted(known, key=lambda one: one[:2])
        ]

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
        engine = self._engine
        text = format_decimal(price)
        if positive(text) is None:
            raise DeskError("BAD_PRICE", f"{text} is no price", "give a number above 0", 422)
        known = engine.core.setup.reference.instruments
        if known and symbol not in known:
            near = get_close_matches(symbol, list(known), n=1)
            remedy = (
                f'did you mean "{near[0]}"?' if near else "the reference data names those there are"
            )
            raise DeskError("UNKNOWN_SYMBOL", f"there is no instrument {symbol}", remedy, 404)
        now = time_ns()
        reference = engine.core.decision(now).reference_price(symbol)
        if reference is not None and not force:
            _look_at_distance(price, reference.price)
        engine.operator(action(who, why, "price set", symbol=symbol, kind=kind, price=text), now)
        engine.perform_decision(engine.core.state_price(symbol, kind, text, who, why, now))
        await engine.committer.flush()
        return PriceView(symbol=symbol, kind=kind, price=text, time_ns=now)


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
