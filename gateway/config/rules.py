"""Settings of what is decided by: routes, reference data, risk limits."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from gateway.config.capabilities import RouteOrderTypes, RouteTimes
from gateway.config.kinds import (
    AmountLimit,
    CountLimit,
    Currency,
    LimitScope,
    Marks,
    Name,
    PassTags,
    PriceOrder,
    Rates,
    RateSymbols,
    Seconds,
    Switch,
    SwitchLimit,
    Texts,
)
from gateway.config.section import Section
from gateway.reference import PRICE_ORDER

Strategy = Literal["best", "load_balance", "round_robin", "lit_after_dark", "sweep", "split"]


class Route(Section):
    """A rule that sends orders to a broker, or to one of several; the first that matches wins, none
    refuses the order."""

    name: Name
    """The rule's name in reports."""
    client: Texts = ()
    """Names of clients it matches; not set: any. One text or a list, here and below."""
    account: Texts = ()
    """Values of Account(1)."""
    symbol: Texts = ()
    """Values of Symbol(55); "*" in one stands for any characters, "?" for any one."""
    security_type: Texts = ()
    """Values of SecurityType(167)."""
    min_quantity: Decimal | None = Field(default=None, gt=0)
    """Least OrderQty(38), included."""
    max_quantity: Decimal | None = Field(default=None, gt=0)
    """Greatest OrderQty(38), included."""
    order_type: RouteOrderTypes = ()
    """Kinds of order, as the `capabilities` of brokers call them, such as "market"."""
    time_in_force: RouteTimes = ()
    """Times in force likewise, such as "ioc"."""
    on_behalf_of: Texts = ()
    """Values of OnBehalfOfCompID(115), of orders of clients that have `on_behalf_of`."""
    ex_destination: Texts = ()
    """Values of ExDestination(100), of orders of clients whose `ex_destinations` name them."""
    hours: str = ""
    """Name of a schedule: it matches while that is open; "": at any time."""
    broker: str = ""
    """Where matching orders go."""
    brokers: Texts = ()
    """In its place: those of which each order goes to one, by `strategy`."""
    strategy: Strategy = "best"
    """Which of them: "best" by the score of [routing], the one with the fewest open orders for its
    weight ("load_balance"), one after the other ("round_robin"), a dark pool first and then the
    rest ("lit_after_dark"), what each shows at its best price, one after the other, and then the
    rest ("sweep"), or parts of it at several at once, by score ("split")."""
    failover: Switch = False
    """Whether an order that its broker certainly does not have, since it never got there or was
    refused as a message, goes to the next of them. One that is unknown never does."""
    when_down: Literal["refuse", "queue"] = "refuse"
    """What happens to a new order while the broker is not logged on."""
    while_reconciling: Literal["refuse", "queue"] = "queue"
    """What happens to a new order while the broker that just logged on is asked for its orders."""
    queue_age_max_s: Seconds = Field(default=30.0, gt=0)
    """Seconds a queued order waits at most; then it is rejected."""
    pass_tags: PassTags = "all"  # noqa: S105 - FIX tags, not a password
    """Client tags that fixgate does not interpret: "all", "none", or a list such as [58, 5001]. The
    count tag of a repeating group, such as 453, passes the group whole."""

    @property
    def leads_to(self) -> tuple[str, ...]:
        """Its brokers, in their order."""
        return self.brokers or (self.broker,)


class ReferenceSql(Section):
    """Reference data from a database, read-only: each query in place of the file that is called so,
    with a column for each that the file has; read at the start and by `fixgate reload`."""

    database_url: str = Field(min_length=1, repr=False)
    """SQLAlchemy URL, as for the audit database; one with a password stands elsewhere: "env:NAME",
    "file:PATH" or "keyring:SERVICE/USER" says where."""
    instruments: str = ""
    """Query for instruments; "": they stand in the file. Likewise below."""
    prices: str = ""
    """Query for closing prices."""
    corporate_actions: str = ""
    """Query for corporate actions."""
    restricted: str = ""
    """Query for what may not be traded."""
    permissions: str = ""
    """Query for who may trade which symbols."""
    refresh_s: Seconds = Field(default=0.0, ge=0, le=86_400)
    """Seconds after which they are read again without a reload; 0: never. What cannot be read, or
    is wrong, is an alarm, and the data before stay in force."""
    timeout_s: Seconds = Field(default=30.0, gt=0, le=3600)
    """Seconds that one query may take; at SQLite, that it may wait for a lock."""


class ReferenceSettings(Section):
    """Instruments and prices that the risk checks rest on."""

    instruments: Path = Path("instruments.csv")
    """CSV of instruments: tick, lot, restricted, sector, average daily volume (adv), schedule of
    the market (hours); relative to this file."""
    prices: Path = Path("closes.csv")
    """CSV of closing prices; relative to this file."""
    corporate_actions: Path | None = None
    """CSV of corporate actions by business date, for good-till orders and positions; see "The
    business date" in README.md; relative to this file. Not set: none."""
    restricted: Path | None = None
    """CSV of what may not be traded: symbol, side (buy, sell, short), client, account, from, until,
    reason; empty: any; relative to this file. Not set: none."""
    permissions: Path | None = None
    """CSV of who may trade which symbols: client or account, symbol; who has no row may trade all;
    relative to this file. Not set: none."""
    price_max_age_s: Seconds = Field(default=345_600.0, gt=0)
    """A reference price older than this counts as none (four days: a close over a long weekend)."""
    reference_price: PriceOrder = PRICE_ORDER
    """Which price is the reference price: the first of these that is there and fresh. A "last"
    trade that is older than the close is none; "quote" is the middle of bid and ask; "close" the
    newer of the one in `prices` and the one that market data tells."""
    quote_max_age_s: Seconds = Field(default=300.0, gt=0)
    """A quote older than this is no reference price."""
    sql: ReferenceSql | None = None
    """Tables from a database, a table of its own; not set: all from files."""


class RiskLimit(Section):
    """Limits of one scope. All scopes of an order are checked, the tightest wins. Limits on what is
    open, or done on a day, are held against all that their scope has: for each by itself, say
    "KIND:*".
    """

    scope: LimitScope = "firm"
    """Whose limits: "firm", or "KIND:NAME", or "KIND:*" for each of a kind by itself; kinds are
    broker, client, account, session, strategy, symbol, sector."""
    owner: str = Field(default="", max_length=200)
    """Who answers for these limits, for people."""
    reason: str = Field(default="", max_length=500)
    """Why they are what they are, for people."""
    instrument_known: Literal["on", "off"] | None = None
    """Symbol(55) must be known and not restricted, price on its tick, quantity on its lot."""
    max_quantity: AmountLimit = None
    """Greatest OrderQty(38) of one order."""
    max_notional: AmountLimit = Field(default=None, json_schema_extra={"unit": "money"})
    """Greatest value of one order, in the risk currency."""
    price_collar_pct: AmountLimit = None
    """Percent a limit price may be worse than the reference price."""
    max_open_orders: CountLimit = None
    """Open orders that the scope may have."""
    max_open_notional: AmountLimit = Field(default=None, json_schema_extra={"unit": "money"})
    """Value of open orders that the scope may have, in the risk currency."""
    max_gross_notional: AmountLimit = Field(default=None, json_schema_extra={"unit": "money"})
    """Value that the scope may trade on a day, bought and sold added up, with what is open."""
    max_credit: AmountLimit = Field(default=None, json_schema_extra={"unit": "money"})
    """Value that the scope may have at stake by a day's trading: bought less sold with all open
    buys executed, and the other way round."""
    max_daily_loss: AmountLimit = Field(default=None, json_schema_extra={"unit": "money"})
    """What an account may have lost: realised on the day, and by its open positions at market."""
    order_rate_per_s: AmountLimit = None
    """New orders and replaces a second of one session, on average."""
    order_burst: CountLimit = None
    """New orders and replaces of one session at once; not set: one second's worth."""
    cancel_rate_per_s: AmountLimit = None
    """Cancels and status requests a second of one session; beyond it only the first cancel of an
    open order is taken, always. Not set: 1000. For the firm, clients and sessions."""
    cancel_burst: CountLimit = None
    """Such requests of one session at once; not set: one second's worth."""
    duplicate_window_s: AmountLimit = None
    """Seconds in which equal orders (account, symbol, side, quantity, price, type) are counted."""
    duplicate_max: CountLimit = None
    """Equal orders allowed in that window."""

    max_reference_age_s: AmountLimit = None
    """Seconds a reference price may be old, whatever the order's type. These, and all below, are
    off where no scope sets them."""
    min_quantity: AmountLimit = None
    """Least OrderQty(38) of one order; what closes a position is exempt."""
    min_notional: AmountLimit = Field(default=None, json_schema_extra={"unit": "money"})
    """Least value of one order, in the risk currency; likewise."""
    max_long: AmountLimit = None
    """Units an account may be long in a symbol, with all open buys executed."""
    max_short: AmountLimit = None
    """Units an account may be short in a symbol, with all open sells executed."""
    max_concentration_pct: AmountLimit = None
    """What max_credit bounds, as percent of the capital; for sectors, symbols and accounts."""
    max_executions: CountLimit = None
    """Executions that the scope may have on a day before it is stopped; for strategies."""
    max_order_trade_ratio: AmountLimit = None
    """Orders and replaces of the scope on a day for each execution; beyond it is an alarm."""
    max_order_age_s: AmountLimit = None
    """Seconds that TransactTime(60) may be old."""
    max_adv_pct: AmountLimit = None
    """Percent of the symbol's average daily volume that one order may be."""
    price_drift_pct: AmountLimit = None
    """Percent that an account's prices in a symbol may move within a time; beyond is an alarm."""
    price_drift_window_s: AmountLimit = None
    """That time in seconds; not set: 60."""
    max_unknown_orders: CountLimit = None
    """Orders of the scope whose state is unknown, at which it gets no new ones; for brokers."""
    refuse_market_orders: SwitchLimit = None
    """Orders without a limit price are refused."""
    check_short_sales: SwitchLimit = None
    """Sales of more than an account owns must be marked short, short ones have LocateReqd(114)."""
    check_hours: SwitchLimit = None
    """Orders outside the hours of their instrument are refused."""
    refuse_self_match: SwitchLimit = None
    """Orders that would meet an open one of the same account are refused."""

    @property
    def kind(self) -> str:
        """One of the kinds of scope."""
        return self.scope.partition(":")[0]

    @property
    def subject(self) -> str:
        """Whom or what the limits are for, "*" for each; "" for the firm."""
        return self.scope.partition(":")[2]


LIMIT_NAMES: Final = tuple(
    name for name in RiskLimit.model_fields if name not in ("scope", "owner", "reason")
)
MONEY_LIMITS: Final = frozenset(
    name
    for name in LIMIT_NAMES
    if RiskLimit.model_fields[name].json_schema_extra == {"unit": "money"}
)


class RiskSettings(Section):
    """Pre-trade limits. Each is a number or "off"; one that no scope of an order sets blocks it."""

    currency: Currency = "USD"
    """ISO 4217 code of the money limits."""
    rates: Rates = Field(default_factory=dict)
    """What one unit of another currency is in that one, such as { EUR = 1.08 }; orders for an
    instrument in a currency without a rate fail the checks of money."""
    fed_rates: RateSymbols = Field(default_factory=dict)
    """Likewise by the price of a symbol, such as { EUR = "EUR/USD" }: the middle of its quote, else
    its last trade, else its close."""
    rate_max_age_s: Seconds = Field(default=3600.0, gt=0)
    """Such a rate that is older counts as none, and refuses."""
    capital: AmountLimit = Field(default=None, json_schema_extra={"unit": "money"})
    """What the firm has; needed for max_concentration_pct."""
    warn_at_pct: Marks = ()
    """How much of a limit on what a scope has in all, in percent, is an alarm, once each time that
    it is reached, such as [70, 90]; not set: none."""
    limits: tuple[RiskLimit, ...] = ()
