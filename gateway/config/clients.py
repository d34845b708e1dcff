"""Settings of those who come to us: the addresses we listen on, and the clients."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gateway.config.fix_link import FixLink
from gateway.config.kinds import Name, PasswordHash, Seconds, Switch, Texts, Whole
from gateway.config.section import NOT_SHOWN, STRICT, Section
from sessions.kinds import Credential


class Listener(Section):
    """An address on which clients connect."""

    name: str = ""
    """Its name, for `listeners` of clients; "" for one that is not named."""
    host: str = Field(default="127.0.0.1", min_length=1)
    """Address to listen on; "0.0.0.0" is every IPv4 address of the machine."""
    port: Whole = Field(ge=0, le=65535)
    """TCP port; 0 lets the system choose."""
    max_unidentified_connections: Whole = Field(default=32, ge=1)
    """Connections that have not sent a good Logon(A) yet; more are closed at once."""
    logon_timeout_s: Seconds = Field(default=10.0, gt=0, le=300)
    """Seconds a new connection has to send a good Logon(A)."""
    evidence_bytes_per_h: Whole = Field(default=1_048_576, ge=0)
    """Bytes an hour that are kept of refused connections, as evidence; more is only counted."""


class Client(FixLink):
    """A counterparty that logs on to us and sends orders.

    With "*" in target_comp_id it is a template that stands for many: each that logs on gets a
    session of its own, called "NAME.COMPID". Limits, halts and routes of NAME are for all of them;
    each may reach the limits by itself.
    """

    model_config = STRICT

    name: Name
    """The session's name in commands, reports and rules."""
    role: Literal["acceptor"] = "acceptor"
    comp_ids: Texts = ()
    """For a template: the CompIDs it takes; not set: all that match target_comp_id."""
    sessions_max: Whole = Field(default=100, ge=1, le=100_000)
    """For a template: clients it takes; each stays known. One too many gets no connection."""
    listeners: Texts = ()
    """Names of the listeners it may log on at; not set: any."""
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

    @property
    def is_template(self) -> bool:
        """Whether it stands for many clients."""
        return "*" in self.target_comp_id
