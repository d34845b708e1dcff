"""Settings of those who come to us: the addresses we listen on, clients, drop copies."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gateway.config.capabilities import Emulated
from gateway.config.fix_link import FixLink
from gateway.config.kinds import (
    CertificateNames,
    Name,
    Networks,
    PasswordHash,
    Scope,
    Seconds,
    StrategyTag,
    Switch,
    Texts,
    Whole,
    one_or_many,
)
from gateway.config.section import NOT_SHOWN, STRICT, Section
from gateway.config.tls import ListenerTls
from sessions.kinds import Credential


class Listener(Section):
    """An address on which clients connect."""

    name: str = ""
    """Its name, for `listeners` of clients; "" for one that is not named."""
    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        json_schema_extra={"quickfix": "SocketAcceptAddress, SocketAcceptHost"},
    )
    """Address to listen on; "0.0.0.0" is every IPv4 address of the machine."""
    port: Whole = Field(ge=0, le=65535, json_schema_extra={"quickfix": "SocketAcceptPort"})
    """TCP port; 0 lets the system choose."""
    allow_from: Networks = Field(
        default=(), json_schema_extra={"quickfix": "AllowedRemoteAddresses"}
    )
    """Addresses and networks clients may connect from, such as "10.1.0.0/16"; not set: any."""
    proxies: Networks = Field(default=(), json_schema_extra={"quickfix": "UseTCPProxy"})
    """Addresses and networks of proxies that say whose a connection is, by the PROXY protocol,
    version 1 or 2: then nobody else may connect, and nothing goes without this header. Not set:
    clients connect themselves."""
    max_unidentified_connections: Whole = Field(default=128, ge=1)
    """Connections that have not sent a good Logon(A) yet; for one more, that of the address with
    most that has waited longest is closed."""
    max_unidentified_per_address: Whole = Field(default=32, ge=1)
    """Such connections of one address (of IPv6: one /64); for one more, the one that has waited
    longest is closed."""
    logon_timeout_s: Seconds = Field(default=10.0, gt=0, le=300)
    """Seconds a new connection has to send a good Logon(A)."""
    evidence_bytes_per_h: Whole = Field(default=1_048_576, ge=0)
    """Bytes an hour that are kept of refused connections, as evidence, and again as many of alarms
    about them; more is only counted."""
    tls: ListenerTls | None = None
    """TLS, a table of its own; not set: connections are not encrypted."""


class AcceptorLink(FixLink):
    """A session that logs on to us."""

    model_config = STRICT

    name: Name
    """The session's name in commands, reports and rules."""
    role: Literal["acceptor"] = Field(
        default="acceptor", json_schema_extra={"quickfix": "ConnectionType"}
    )
    """Always "acceptor": it logs on to us."""
    listeners: Texts = ()
    """Names of the listeners it may log on at; not set: any."""
    allow_from: Networks = Field(
        default=(), json_schema_extra={"quickfix": "AllowedRemoteAddresses"}
    )
    """Addresses and networks it may log on from, such as "10.1.0.0/16"; not set: any."""
    certificates: CertificateNames = ()
    """What the certificate that it shows must be, one of these: "cn:NAME", "dns:NAME", "uri:NAME",
    "email:NAME", "ip:ADDRESS", or "sha256:HASH" of the certificate; "{comp_id}" in a name stands
    for its CompID. Not set: any that the listener takes, or none."""
    schedule: str = ""
    """Name of the schedule it keeps; "": it may log on at any time, no time resets its numbers."""
    username: Credential = ""
    """Username(553) that its Logon(A) must have; "": any. Needs a password_hash."""
    password: Credential = Field(default="", repr=False, json_schema_extra=NOT_SHOWN)
    """Never set here: what `fixgate hash-password` prints of it goes into password_hash."""
    password_hash: PasswordHash = Field(default="", repr=False)
    """argon2id hash that Password(554) of its Logon(A) must have, or where it is: "env:NAME",
    "file:PATH", "keyring:SERVICE/USER"; "" asks for no password."""
    new_password_allowed: Switch = False
    """Whether NewPassword(925) of its Logon(A) changes the password. The changed one holds until
    another password_hash is written here."""
    message_rate_per_s: Whole = Field(default=1000, ge=0)
    """Messages a second it may send, on average; cancels are not counted. 0: any number."""
    message_burst: Whole = Field(default=2000, ge=1)
    """Such messages at once."""
    message_policy: Literal["delay", "reject", "disconnect"] = "delay"
    """Beyond it "delay" reads on only when the rate is kept again, "reject" answers application
    messages with BusinessMessageReject(j), "disconnect" logs the client out."""


class Client(AcceptorLink):
    """A counterparty that logs on to us and sends orders.

    With "*" in target_comp_id it is a template that stands for many: each that logs on gets a
    session of its own, called "NAME.COMPID". Limits, halts and routes of NAME are for all of them;
    each may reach the limits by itself.
    """

    comp_ids: Texts = Field(
        default=(), json_schema_extra={"quickfix": "AcceptorTemplate, DynamicSessions"}
    )
    """For a template: the CompIDs it takes; not set: all that match target_comp_id."""
    sessions_max: Whole = Field(default=100, ge=1, le=100_000)
    """For a template: clients it takes; each stays known. One too many gets no connection."""
    client: str = ""
    """The client that it trades for, if that has several sessions: limits and halts of
    "client:NAME" are for all of them together. "": one of its own name."""
    accounts: Texts = Field(min_length=1)
    """Values of Account(1) it may use; ["*"] allows any."""
    default_account: str = ""
    """Account(1) for its orders that name none; "" refuses them."""
    on_behalf_of: Texts = ()
    """Whom it may order for: the values of OnBehalfOfCompID(115), "*" for any. Reports then go back
    to them by DeliverToCompID(128), and nobody gets at another's orders. Not set: it is one client,
    and OnBehalfOfCompID(115) is not looked at."""
    check_allocations: Switch = True
    """Whether an order is refused whose allocated quantities (80) do not add up to OrderQty(38)."""
    cancel_on_disconnect: Literal["off", "day", "all"] = "off"
    """Which open orders are canceled when it is not logged on, for whatever reason: those that end
    with the "day", "all", or none. After a restart of the gateway it counts as not logged on."""
    cancel_grace_s: Seconds = Field(default=5.0, ge=0, le=86_400)
    """Seconds it may be away before that."""
    cancel_on_start: Literal["off", "day", "all"] = "off"
    """Which open orders are canceled when the gateway starts."""
    emulate: Emulated = ()
    """What the gateway does itself for its orders where their broker's `capabilities` lack it: of
    "stop", "stop_limit", "trailing_stop", "market_if_touched", "gtd", "iceberg". Not set: nothing,
    such orders are refused."""
    trigger_on: Literal["last", "quote"] = "last"
    """What triggers the orders that are held for a price: the last trade, or the quote, which is
    the ask for buys and the bid for sells."""
    strategy_tag: StrategyTag = ""
    """Tag of the field that names the strategy of its orders, such as 5001: positions are kept for
    each strategy by itself. "": for none."""
    news_on_halt: Switch = False
    """Whether News(B) tells it when the firm, itself, one of its accounts or a symbol is halted and
    resumed."""
    halt_scopes: Annotated[tuple[Scope, ...], BeforeValidator(one_or_many)] = ()
    """What it may halt by OrderMassCancelRequest(q), of "firm", "client:NAME", "account:NAME" or
    "symbol:NAME"; one text or a list. With "firm" it may halt anything. Not set: nothing."""
    ex_destinations: Texts = ()
    """Values of ExDestination(100) that `ex_destination` of routes may heed of its orders; others
    are only passed on."""
    id_max_length: Whole = Field(default=64, ge=1)
    """Longest ClOrdID(11), OrigClOrdID(41), Account(1) and Symbol(55) it may send."""
    other_fields_max_length: Whole = Field(default=4096, ge=0)
    """Characters of an order's fields that are only passed on, Text(58) among them, in all."""
    open_orders_max: Whole = Field(default=100_000, ge=1)
    """Open orders it may have, over all its accounts."""
    list_orders_max: Whole = Field(default=500, ge=1, le=5000)
    """Orders in a NewOrderList(E), with all its parts; a list is decided in one turn."""
    list_fragments_max: Whole = Field(default=16, ge=1, le=1000)
    """Parts of its lists that may wait for the others."""
    list_fragment_age_max_s: Seconds = Field(default=60.0, gt=0, le=86_400)
    """Seconds a part may wait; then the list is refused."""
    oco_cancels_on: Literal["part", "all"] = "part"
    """How much of an order must be executed to cancel those that exclude it,
    ContingencyType(1385)=1: a "part", or "all" of it."""
    oto_releases_on: Literal["part", "all"] = "part"
    """When orders that depend on another, ContingencyType(1385)=2, are sent: with each "part" of it
    that is executed, for so much, or when "all" of it is, or it has ended."""

    @property
    def is_template(self) -> bool:
        """Whether it stands for many clients."""
        return "*" in self.target_comp_id


class DropCopy(AcceptorLink):
    """A session that gets a copy of every ExecutionReport(8) of the clients, accounts or symbols it
    is for, as the clients get them: for a risk system, a clearer, a back office. It sends nothing.
    """

    of: Annotated[tuple[Scope, ...], BeforeValidator(one_or_many)] = Field(min_length=1)
    """Whose reports: "firm", "client:NAME", "account:NAME" or "symbol:NAME"; one text or a list. A
    report is copied once, however many of them it is of."""
    cancel_rejects: Switch = True
    """Whether it also gets copies of OrderCancelReject(9)."""
