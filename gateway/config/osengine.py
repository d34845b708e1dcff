"""Settings of a broker behind an OsEngine terminal."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Literal, Self

from pydantic import Field, model_validator

from gateway.config.api_broker import ApiBroker
from gateway.config.kinds import Whole
from gateway.config.section import STRICT
from gateway.config.tls import ListenerTls


class OsEngineBroker(ApiBroker):
    """A broker that a terminal OsEngine is connected to: its robot FixgateBridge connects to us. A
    Symbol(55) such as SBER is a security of OsEngine's, SBER@TQBR one of that class."""

    model_config = STRICT

    type: Literal["osengine"]
    """Always "osengine"."""
    host: str = Field(default="127.0.0.1", min_length=1)
    """Address to listen on for the robot; one that others reach needs the table listen_tls."""
    port: Whole = Field(ge=1, le=65535)
    """Port to listen on for the robot."""
    secret: str = Field(min_length=16, repr=False)
    """Where the secret is that the robot has as well: "env:NAME", "file:PATH" or
    "keyring:SERVICE/USER"; 16 characters at least. It never goes over the wire."""
    portfolio: str = ""
    """OsEngine's number of the portfolio that orders are for; "": the Account(1) of each order."""
    security_class: str = ""
    """OsEngine's class of securities whose Symbol(55) names none, such as "TQBR"."""
    listen_tls: ListenerTls | None = None
    """TLS that the robot has to speak, a table of its own; not set: none."""

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        if self.listen_tls is None and not _is_here(self.host):
            raise ValueError(
                f"host {self.host} is not this machine alone: it needs a table listen_tls"
            )
        return self

    @property
    def address(self) -> str:
        """Part of ApiBroker."""
        return f"robot at {self.host}:{self.port}"

    @property
    def certificates(self) -> ListenerTls | None:
        """Part of ApiBroker."""
        return self.listen_tls


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
