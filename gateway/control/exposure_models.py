"""What the control API says of exposure, and of what the monitor reads: one model for each."""

from __future__ import annotations

from pydantic import Field

from gateway.control.risk_models import UseView
from gateway.control.views import View


class ExposureView(View):
    """What a scope has at risk now; money as texts, exact, in the `currency` of the limits.

    Of open orders what they may cost and how many units they may yet execute; of positions what
    they are worth `long` and `short` at market, and what they brought. `gross_value` is all of
    both. `unpriced`: symbols, or currencies, whose positions are not in it for want of a fresh
    price or a rate. A text is "" where nobody knows: positions have no broker or session, a client
    that may use any account has no accounts of its own, and `credit_used` is counted for scopes
    that a limit on a day is for, and for accounts. `limits`: how much of each is used and left.
    """

    scope: str
    currency: str
    open_orders: int
    unknown_orders: int
    open_buys: str
    open_sells: str
    open_buys_quantity: str
    open_sells_quantity: str
    long_value: str = ""
    short_value: str = ""
    net_value: str = ""
    gross_value: str
    realised_today: str = ""
    unrealised: str = ""
    unpriced: list[str] = Field(default_factory=list)
    credit_used: str = ""
    limits: list[UseView] = Field(default_factory=list)


class SessionReading(View):
    """Of a client or broker within the last minute. `rejection_ratio`: of a client what fixgate or
    a broker refused of its orders and requests, of a broker what it rejected of its orders.
    """

    session: str
    messages_per_s: float
    orders_per_s: float
    rejection_ratio: float


class BrokerReading(View):
    """A broker's first answers to orders within the last minute: how many, how long (ns) they took,
    how long the order waits that waits for longest; and its orders that are unknown.
    """

    broker: str
    answers: int
    p50_ns: int
    p99_ns: int
    waits_ns: int
    unknown_orders: int


class LimitUse(View):
    """How much of a limit is used; 1 is all of it."""

    limit: str
    scope: str
    ratio: float


class ReadingsView(View):
    """What the monitor found in its last round. `time_ns`: when that began, 0 for none yet;
    `result_today`: what the firm won or lost, None if that is not known.
    """

    time_ns: int = 0
    took_ns: int = 0
    sessions: list[SessionReading] = Field(default_factory=list)
    brokers: list[BrokerReading] = Field(default_factory=list)
    uses: list[LimitUse] = Field(default_factory=list)
    result_today: float | None = None
