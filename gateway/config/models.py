"""The configuration as one frozen tree: every setting, its unit, its bounds and its default.

Owns what may be set and what each setting means; the text below a field is its documentation and
becomes the comment in a new `fixgate.toml`. Knows nothing of files, TOML or the environment.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.config.kinds import (
    AmountLimit,
    CountLimit,
    Currency,
    HostPort,
    Name,
    Node,
    PassTags,
    Scope,
    Seconds,
    Switch,
    Texts,
    Whole,
    parse_host,
)
from sessions.config import SessionConfig

ANY: Final = "*"
_STRICT: Final = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Section(BaseModel):
    """Base of all sections: never changed once read, and a key it does not know is an error."""

    model_config = _STRICT


class GatewaySettings(Section):
    """The process itself."""

    node: Node = "A"
    """One or two capital letters or digits; part of every OrderID(37), so unique per gateway."""
    data_dir: Path = Path("data")
    """Folder of journal, audit database and control socket; relative to this file."""
    drain_deadline_s: Seconds = Field(default=10.0, ge=0, le=3600)
    """Seconds a stop waits for answers that are still due before it logs out and ends."""


class JournalSettings(Section):
    """The record of every message and event, synced before anything leaves."""

    segment_mb: Whole = Field(default=64, ge=1, le=4096)
    """Size of one journal file in MiB; a snapshot opens each."""
    sync: Literal["batch", "os"] = "batch"
    """With "batch" each batch is on disk before its bytes leave; "os" does not cover power loss."""
    writer: Literal["inline", "thread"] = "inline"
    """Who waits for the disk: "inline" is fastest, "thread" keeps answering when a disk stalls."""
    history_days: Whole = Field(default=2, ge=1, le=3650)
    """Days a closed order stays known, for late reports and duplicate ids, also over a restart."""
    history_refused_max: Whole = Field(default=10_000, ge=0)
    """Refused orders, and refused cancels and replaces, that stay known of each client within these
    days; the ids of older ones can be used again."""
    disk_reserve_mb: Whole = Field(default=256, ge=1)
    """New orders are refused when the disk has less free MiB; cancels and reports still go."""


class AuditSettings(Section):
    """The searchable database, a view of the journal that can be rebuilt at any time."""

    enabled: Switch = True
    """Whether `fixgate run` starts and watches the projector process."""
    database_url: str = Field(default="sqlite:///{data_dir}/audit.db", repr=False)
    """SQLAlchemy URL; PostgreSQL: "postgresql+psycopg://user@host/name". May be env: or file:."""


class ControlSettings(Section):
    """The local control API that the operator commands use."""

    socket: Path = Path("{data_dir}/control.sock")
    """Unix socket, readable by the gateway's user only; at most 107 bytes long."""


class LogSettings(Section):
    """The process log: starts, stops, alarms, never single messages (those are in the journal)."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe level that is written."""
    format: Literal["console", "json"] = "console"
    """For people "console"; for machines "json", one object a line."""


class Listener(Section):
    """An address on which clients connect."""

    host: str = Field(default="127.0.0.1", min_length=1)
    """Address to listen on; "0.0.0.0" is every IPv4 address of the machine."""
    port: Whole = Field(ge=0, le=65535)
    """TCP port; 0 lets the system choose."""
    max_unidentified_connections: Whole = Field(default=32, ge=1)
    """Connections that have not sent a good Logon(A) yet; more are closed at once."""
    logon_timeout_s: Seconds = Field(default=10.0, gt=0, le=300)
    """Seconds a new connection has to send a good Logon(A)."""


class Client(SessionConfig):
    """A counterparty that logs on to us and sends orders."""

    model_config = _STRICT

    name: Name
    """The session's name in commands, reports and rules."""
    role: Literal["acceptor"] = "acceptor"
    accounts: Texts = Field(min_length=1)
    """Values of Account(1) it may use; ["*"] allows any."""
    default_account: str = ""
    """Account(1) for its orders that name none; "" refuses them."""
    id_max_length: Whole = Field(default=64, ge=1)
    """Longest ClOrdID(11), OrigClOrdID(41), Account(1) and Symbol(55) it may send."""
    other_fields_max_length: Whole = Field(default=4096, ge=0)
    """Characters of an order's fields that are only passed on, Text(58) among them, in all."""
    open_orders_max: Whole = Field(default=100_000, ge=1)
    """Open orders it may have, over all its accounts."""
    message_rate_per_s: Whole = Field(default=1000, ge=0)
    """Messages a second it may send, on average; cancels are not counted. 0: any number."""
    message_burst: Whole = Field(default=2000, ge=1)
    """Such messages at once."""
    message_policy: Literal["delay", "reject", "disconnect"] = "delay"
    """Beyond it "delay" reads on only when the rate is kept again, "reject" answers application
    messages with BusinessMessageReject(j), "disconnect" logs the client out."""
    dictionary: Path | None = None
    """QuickFIX-format XML of this counterparty; not set: the built-in one of its version."""


class FixBroker(SessionConfig):
    """A broker that we reach over FIX, as initiator."""

    model_config = _STRICT

    name: Name
    """The broker's name in commands, reports and rules."""
    type: Literal["fix"] = "fix"
    """Always "fix": over TCP."""
    role: Literal["initiator"] = "initiator"
    hosts: Annotated[tuple[HostPort, ...], Field(min_length=1)]
    """Each "host:port", in order of preference; the next is tried when one gives no logon."""
    invalid_messages: Literal["reject", "deliver"] = "deliver"
    """An invalid report: "deliver" it with the problem named, since an execution is never dropped,
    or "reject" it."""
    resend_order_age_max_s: Seconds = Field(default=5.0, ge=0)
    """Orders older than this are not sent again on a ResendRequest(2) but reported as rejected."""
    reconnect_min_s: Seconds = Field(default=1.0, gt=0, le=3600)
    """First wait before connecting again; doubles at each failure, with jitter."""
    reconnect_max_s: Seconds = Field(default=30.0, gt=0, le=3600)
    """Longest wait before connecting again."""
    dictionary: Path | None = None
    """QuickFIX-format XML of this broker's rules; not set: the built-in one of its version."""

    @property
    def endpoints(self) -> list[tuple[str, int]]:
        """`hosts` as pairs of host and port."""
        return [parse_host(host) for host in self.hosts]


class PaperBroker(Section):
    """A broker in memory, for trying things out: no money, no market."""

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


Broker = Annotated[FixBroker | PaperBroker, Field(discriminator="type")]


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
    queue_age_max_s: Seconds = Field(default=30.0, gt=0)
    """Seconds a queued order waits at most; then it is rejected. For when_down = "queue"."""
    pass_tags: PassTags = "all"  # noqa: S105 - FIX tags, not a password
    """Client tags that fixgate does not interpret: "all", "none", or a list such as [58, 5001]."""


class ReferenceSettings(Section):
    """Instruments and prices that the risk checks rest on."""

    instruments: Path = Path("instruments.csv")
    """CSV of instruments: tick, lot, restricted; relative to this file."""
    prices: Path = Path("closes.csv")
    """CSV of closing prices; relative to this file."""
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
    max_notional: AmountLimit = None
    """Greatest value of one order, in the risk currency."""
    price_collar_pct: AmountLimit = None
    """Percent a limit price may be worse than the reference price."""
    max_open_orders: CountLimit = None
    """Open orders an account may have."""
    max_open_notional: AmountLimit = None
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


class Config(Section):
    """The whole configuration of one gateway."""

    gateway: GatewaySettings = GatewaySettings()
    journal: JournalSettings = JournalSettings()
    audit: AuditSettings = AuditSettings()
    control: ControlSettings = ControlSettings()
    log: LogSettings = LogSettings()
    listeners: Annotated[tuple[Listener, ...], Field(min_length=1)]
    clients: Annotated[tuple[Client, ...], Field(min_length=1)]
    brokers: Annotated[tuple[Broker, ...], Field(min_length=1)]
    routes: Annotated[tuple[Route, ...], Field(min_length=1)]
    reference: ReferenceSettings = ReferenceSettings()
    risk: RiskSettings = RiskSettings()

    @property
    def fix_links(self) -> list[Client | FixBroker]:
        """All FIX sessions: the clients, then the brokers over FIX."""
        brokers = [broker for broker in self.brokers if isinstance(broker, FixBroker)]
        return [*self.clients, *brokers]
