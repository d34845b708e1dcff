"""What a risk check sees: the order as it would be, and everything to measure it against."""

from decimal import Decimal

from gateway.orders.order import Order
from gateway.reference import Instrument, ReferencePrice
from gateway.refusals import Refusal
from gateway.risk.exposure import AccountExposure
from gateway.risk.flow import OrderKey, RecentOrders, TokenBucket
from gateway.risk.limits import Limits


class Candidate:
    """A new order, or the order that a replace would make of `existing`.

    `reference` is the newest price of last trade and close, None if there is none; `price` is
    the price that counts (limit, else stop, else None for a market order); `risk_price` what
    one unit may cost in money; `currency` that of the money limits.
    """

    __slots__ = (
        "account",
        "bucket",
        "client",
        "currency",
        "existing",
        "exposure",
        "halts",
        "instrument",
        "limits",
        "now",
        "ord_type",
        "order_qty",
        "price",
        "price_max_age_ns",
        "recent",
        "reference",
        "risk_price",
        "side",
        "symbol",
        "terms_key",
    )

    def __init__(
        self,
        client: str,
        account: str,
        symbol: str,
        side: str,
        ord_type: str,
        order_qty: Decimal,
        price: Decimal | None,
        now: int,
        limits: Limits,
        instrument: Instrument | None,
        reference: ReferencePrice | None,
        price_max_age_ns: int,
        exposure: AccountExposure,
        bucket: TokenBucket,
        recent: RecentOrders,
        currency: str,
        halts: frozenset[str],
        existing: Order | None,
        terms_key: OrderKey,
    ) -> None:
        self.client = client
        self.account = account
        self.symbol = symbol
        self.side = side
        self.ord_type = ord_type
        self.order_qty = order_qty
        self.price = price
        self.now = now
        self.limits = limits
        self.instrument = instrument
        self.reference = reference
        self.price_max_age_ns = price_max_age_ns
        self.exposure = exposure
        self.bucket = bucket
        self.recent = recent
        self.currency = currency
        self.halts = halts
        self.existing = existing
        self.terms_key = terms_key
        self.risk_price = valued_at(self)


def valued_at(candidate: Candidate) -> Decimal | None:
    """What one unit may cost: the limit or stop price; for a market order the reference price
    and the collar on top. None without a price to go by.
    """
    price = candidate.price
    if price is None:
        if candidate.reference is None:
            return None
        price = candidate.reference.price
        collar = candidate.limits.price_collar_pct
        if collar is not None and collar > 0:
            price += price * collar / 100
    instrument = candidate.instrument
    return price if instrument is None else price * instrument.multiplier


def unvalued(candidate: Candidate) -> Refusal | None:
    """Why the order has no value that a money limit could be held against, if so."""
    if candidate.risk_price is None:
        return Refusal("REFERENCE_PRICE_MISSING", f"symbol={candidate.symbol}")
    instrument = candidate.instrument
    if instrument is not None and instrument.currency != candidate.currency:
        return Refusal(
            "INSTRUMENT_CURRENCY",
            f"symbol={candidate.symbol} currency={instrument.currency} limits={candidate.currency}",
        )
    return None
