"""Settings of those we go to: brokers over FIX, and the one in memory."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.config.fix_link import FixLink
from gateway.config.kinds import HostPort, Name, Seconds, Whole, parse_host
from gateway.config.section import STRICT, Section


class FixBroker(FixLink):
    """A broker that we reach over FIX, as initiator."""

    model_config = STRICT

    name: Name
    """The broker's name in commands, reports and rules."""
    type: Literal["fix"] = "fix"
    """Always "fix": over TCP."""
    role: Literal["initiator"] = "initiator"
    hosts: Annotated[tuple[HostPort, ...], Field(min_length=1)]
    """Each "host:port", in order of preference; the next is tried when one gives no logon."""
    source_host: str = Field(default="", json_schema_extra={"quickfix": "SocketLocalHost"})
    """Address of this machine to connect from, where the broker admits only known ones; "": any."""
    source_port: Whole = Field(
        default=0, ge=0, le=65535, json_schema_extra={"quickfix": "SocketLocalPort"}
    )
    """TCP port to connect from; 0 lets the system choose."""
    schedule: str = ""
    """Name of the schedule it keeps; "": always connected, no time resets its numbers."""
    invalid_messages: Literal["reject", "deliver"] = Field(
        default="deliver", json_schema_extra={"quickfix": "RejectInvalidMessage"}
    )
    """An invalid report: "deliver" it with the problem named, since an execution is never dropped,
    or "reject" it."""
    resend_order_age_max_s: Seconds = Field(default=5.0, ge=0)
    """Orders older than this are not sent again on a ResendRequest(2) but reported as rejected."""
    reconnect_min_s: Seconds = Field(default=1.0, gt=0, le=3600)
    """First wait before connecting again; doubles at each failure, with jitter."""
    reconnect_max_s: Seconds = Field(default=30.0, gt=0, le=3600)
    """Longest wait before connecting again."""

    @property
    def endpoints(self) -> list[tuple[str, int]]:
        """`hosts` as pairs of host and port."""
        return [parse_host(host) for host in self.hosts]


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


Broker = Annotated[FixBroker | PaperBroker, Field(discriminator="type")]
