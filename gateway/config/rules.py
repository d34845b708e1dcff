"""Settings of what is decided by: routes, reference data, risk limits."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field

from gateway.config.kinds import (
    AmountLimit,
    CountLimit,
    Currency,
    Name,
    PassTags,
    Scope,
    Seconds,
    Texts,
)
from gateway.config.section import Section


class Route(Section):
    """A rule that sends orders to a broker; the first that matches wins, none refuses the order."""

    name: Name
    """The rule's name in reports."""
    client: Texts = ()
    """Names of clients it matches; not set: any. One text or a list, here and below."""
    account: Texts = ()
    """Values of Account(1)."""
    symbol: Texts = ()
    """Values of Symbol(55)."""
    security_type: Texts = ()
    """Values of SecurityType(167)."""
    min_quantity: Decimal | None = Field(default=None, gt=0)
    """Least OrderQty(38), included."""
    max_quantity: Decimal | None = Field(default=None, gt=0)
    """Greatest OrderQty(38), included."""
    broker: Name
    """Where matching orders go."""
    when_down: Literal["refuse", "queue"] = "refuse"
    """What happens to a new order while the broker is not logged on."""
    while_reconciling: Literal["refuse", "queue"] = "queue"
    """What happens to a new order while the broker that just logged on is asked for its orders."""
    queue_age_max_s: Seconds = Field(default=30.0, gt=0)
    """Seconds a queued order waits at most; then it is rejected."""
    pass_tags: PassTags = "all"  # noqa: S105 - FIX tags, not a password
    """Client tags that fixgate does not interpret: "all", "none", or a list such as [58, 5001]. The
    count tag of a repeating group, such as 453, passes the group whole."""


class ReferenceSettings(Section):
    """Instruments and prices that the risk checks rest on."""

    instruments: Path = Path("instruments.csv")
    """CSV of instruments: tick, lot, restricted; relative to this file."""
    prices: Path = Path("closes.csv")
    """CSV of closing prices; relative to this file."""
    corporate_actions: Path | None = None
    """CSV of corporate actions by business date, for good-till orders and positions; see "The
    business date" in README.md; relative to this file. Not set: none."""
    price_max_age_s: Seconds = Field(default=345_600.0, gt=0)
    """A reference price older than this counts as none (four days: a close over a long weekend)."""


class RiskLimit(Section):
    """Limits of one scope. All scopes of an order are checked, the tightest wins."""

    scope: Scope = "firm"
    """Whose limits: "firm", "client:NAME", "account:NAME" or "symbol:NAME"."""
    instrument_known: Literal["on", "off"] | None = None
    """Symbol(55) must be known and not restricted, price on its tick, quantity on its lot."""
    max_quantity: AmountLimit = None
    """Greatest OrderQty(38) of one order."""
    max_notional: AmountLimit = Field(default=None, json_schema_extra={"unit": "money"})
    """Greatest value of one order, in the risk currency."""
    price_collar_pct: AmountLimit = None
    """Percent a limit price may be worse than the reference price."""
    max_open_orders: CountLimit = None
    """Open orders an account may have."""
    max_open_notional: AmountLimit = Field(default=None, json_schema_extra={"unit": "money"})
    """Value of open orders an account may have, in the risk currency."""
    order_rate_per_s: AmountLimit = None
    """New orders and replaces a second of one session, on average."""
    order_burst: CountLimit = None
    """New orders and replaces of one session at once; not set: one second's worth."""
    cancel_rate_per_s: AmountLimit = None
    """Cancels and status requests a second of one session; beyond it only the first cancel of an
    open order is taken, always. Not set: 1000. For the firm and clients."""
    cancel_burst: CountLimit = None
    """Such requests of one session at once; not set: one second's worth."""
    duplicate_window_s: AmountLimit = None
    """Seconds in which equal orders (account, symbol, side, quantity, price, type) are counted."""
    duplicate_max: CountLimit = None
    """Equal orders allowed in that window."""

    @property
    def kind(self) -> str:
        """One of "firm", "client", "account", "symbol"."""
        return self.scope.partition(":")[0]

    @property
    def subject(self) -> str:
        """The client's name, Account(1) or Symbol(55) the limits are for; "" for the firm."""
        return self.scope.partition(":")[2]


class RiskSettings(Section):
    """Pre-trade limits. Each is a number or "off"; one that no scope of an order sets blocks it."""

    currency: Currency = "USD"
    """ISO 4217 code of the money limits; an instrument of another currency fails those checks."""
    limits: tuple[RiskLimit, ...] = ()
