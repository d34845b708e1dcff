"""Settings of those we go to: brokers over FIX, over APIs, and the one in memory."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PlainValidator

from gateway.broker_profiles import PROFILES
from gateway.config.alpaca import AlpacaBroker
from gateway.config.binance import BinanceBroker
from gateway.config.capabilities import Capabilities
from gateway.config.ibkr import IbkrBroker
from gateway.config.initiator import FixInitiator
from gateway.config.kinds import Name, Seconds, Switch, Texts, Whole
from gateway.config.oanda import OandaBroker
from gateway.config.osengine import OsEngineBroker
from gateway.config.routing import VenueSettings
from gateway.config.section import STRICT, Section


def _profile(name: object) -> str:
    if name == "" or name in PROFILES:
        return str(name)
    known = ", ".join(f'"{one}"' for one in PROFILES)
    raise ValueError(f'must be "" or one of {known}')


Profile = Annotated[str, PlainValidator(_profile)]


class FixBroker(FixInitiator):
    """A broker that we reach over FIX, as initiator."""

    model_config = STRICT

    name: Name
    """The broker's name in commands, reports and rules."""
    type: Literal["fix"] = "fix"
    """Always "fix": over TCP."""
    profile: Profile = ""
    """What it is known to have in its own way: "alpaca", "binance" or "drivewealth"; what is set
    here goes over it. "": nothing."""
    invalid_messages: Literal["reject", "deliver"] = Field(
        default="deliver", json_schema_extra={"quickfix": "RejectInvalidMessage"}
    )
    """An invalid report: "deliver" it with the problem named, since an execution is never dropped,
    or "reject" it."""
    resend_order_age_max_s: Seconds = Field(default=5.0, ge=0)
    """Orders older than this are not sent again on a ResendRequest(2) but reported as rejected."""
    status_requests_per_s: Whole = Field(default=100, ge=1, le=10_000)
    """OrderStatusRequest(H)s a second when many orders are unknown at once."""
    day_end: Literal["broker", "gateway"] = "broker"
    """Who ends orders whose day is over, where [day] keeps business dates: the "broker" alone, so
    that what it has not ended stays unknown until it or an operator does; or the "gateway" expires
    what it asks this broker for in vain."""
    names_end_clients: Switch = False
    """Whether it is told by OnBehalfOfCompID(115) whom an order is on behalf of."""
    cl_ord_ids: Literal["standard", "digits"] = "standard"
    """Of what ClOrdID(11) is made that it gets: the gateway's `node` and digits, or "digits" alone,
    where each is a greater number than the one before."""
    orig_cl_ord_id: Literal["last", "first"] = "last"
    """Which ClOrdID(11) of an order that was replaced OrigClOrdID(41) of cancels and replaces has:
    the "last" that it accepted, as FIX has it, or always the "first" one."""
    replace_order_qty: Literal["whole", "leaves"] = "whole"
    """What OrderQty(38) of a replace is to it: the "whole", as FIX has it, or what it "leaves" to
    be executed; then what is executed meanwhile comes on top, and the client is told so."""
    verbal_orders: Literal["park", "report"] = "park"
    """Reports without ClOrdID(11), on orders that were given by voice: with "report" each makes an
    order of the client whose `accounts` name its Account(1), with "park" an alarm, and executions
    are parked."""
    dont_know_trade: Switch = False
    """Send it DontKnowTrade(Q) for executions that fit no order, or are more, worse or on another
    side than ordered."""
    reconcile: Literal["off", "orders"] = "orders"
    """With "orders" it is asked for all open orders whenever it has logged on, and new ones wait
    until it has answered; with "off" for unknown ones only, and nothing waits."""
    reconcile_time_limit_s: Seconds = Field(default=10.0, gt=0, le=3600)
    """So long new orders wait at most; then they go, and an alarm says what was not answered."""
    reconcile_closed_max: Whole = Field(default=1000, ge=0)
    """When messages may be lost, it is also asked for orders of the last day, or of the schedule's
    interval, that are closed here: the newest ones, so many at most."""
    mass_status: Switch = False
    """Whether it answers OrderMassStatusRequest(AF), since FIX.4.4: one asks for all open orders,
    and tells of orders that are not known here."""
    position_accounts: Texts = ()
    """Accounts that trade here alone: it is asked by RequestForPositions(AN), since FIX.4.4, what
    they hold, after each logon and by `fixgate positions breaks --ask`; an alarm says what
    differs."""
    when_not_found: Literal["unknown", "cancel"] = "unknown"
    """What becomes of a working order that it says twice it does not have: it stays "unknown" until
    an operator settles it, or is reported as canceled ("cancel")."""
    capabilities: Capabilities = Capabilities()
    """What it can do, a table of its own; not set: all that its FIX version can say."""
    venue: VenueSettings = VenueSettings()
    """What it is to the router, a table of its own."""
    quotes: Switch = False
    """Whether its session has market data as well: it is asked by MarketDataRequest(V) for all
    instruments after each logon, as with the defaults of [[market_data]]."""


class PaperBroker(Section):
    """A broker in memory, for trying things out: no money, no market. Its open orders end when the
    gateway does."""

    name: Name
    """The broker's name in commands, reports and rules."""
    type: Literal["paper"]
    """Always "paper": simulated in the gateway."""
    seed: Whole = 1
    """Same seed, same orders: same answers."""
    fill: Literal["full", "partial", "none"] = "full"
    """With "full" an order fills in one go, with "partial" in slices, with "none" it stays open."""
    ack_delay_ms: Whole = Field(default=0, ge=0, le=3_600_000)
    """Milliseconds from order to its acknowledgement."""
    fill_delay_ms: Whole = Field(default=0, ge=0, le=3_600_000)
    """Milliseconds from one fill to the next."""
    slices: Whole = Field(default=2, ge=1, le=1000)
    """Number of fills an order gets when fill = "partial"."""
    venue: VenueSettings = VenueSettings()
    """What it is to the router, a table of its own."""


Broker = Annotated[
    FixBroker
    | PaperBroker
    | AlpacaBroker
    | BinanceBroker
    | IbkrBroker
    | OandaBroker
    | OsEngineBroker,
    Field(discriminator="type"),
]
