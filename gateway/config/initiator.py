"""Settings that all FIX sessions share which we connect to: where, how often, over TLS or not."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gateway.config.fix_link import FixLink
from gateway.config.kinds import HostPort, Name, Seconds, Whole, parse_host
from gateway.config.section import STRICT
from gateway.config.tls import BrokerTls


class FixInitiator(FixLink):
    """A FIX session that we connect to."""

    model_config = STRICT

    name: Name
    """Its name in commands, reports and rules."""
    role: Literal["initiator"] = Field(
        default="initiator", json_schema_extra={"quickfix": "ConnectionType"}
    )
    """Always "initiator": we log on to it."""
    hosts: tuple[HostPort, ...] = Field(
        min_length=1, json_schema_extra={"quickfix": "SocketConnectHost, SocketConnectPort"}
    )
    """Each "host:port", in order of preference; the next is tried when one gives no logon."""
    source_host: str = Field(
        default="", json_schema_extra={"quickfix": "SocketLocalHost, SocketConnectSourceHost"}
    )
    """Address of this machine to connect from, where the broker admits only known ones; "": any."""
    source_port: Whole = Field(
        default=0,
        ge=0,
        le=65535,
        json_schema_extra={"quickfix": "SocketLocalPort, SocketConnectSourcePort"},
    )
    """TCP port to connect from; 0 lets the system choose."""
    schedule: str = ""
    """Name of the schedule it keeps; "": always connected, no time resets its numbers."""
    reconnect_min_s: Seconds = Field(
        default=1.0, gt=0, le=3600, json_schema_extra={"quickfix": "ReconnectInterval"}
    )
    """First wait before connecting again; doubles at each failure, with jitter."""
    reconnect_max_s: Seconds = Field(default=30.0, gt=0, le=3600)
    """Longest wait before connecting again."""
    tls: BrokerTls | None = None
    """TLS, a table of its own; not set: connections are not encrypted."""

    @property
    def endpoints(self) -> list[tuple[str, int]]:
        """`hosts` as pairs of host and port."""
        return [parse_host(host) for host in self.hosts]
