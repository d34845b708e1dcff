"""Settings that all brokers over an API share."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from gateway.config.kinds import Name, Seconds, Switch, Whole
from gateway.config.routing import VenueSettings
from gateway.config.section import STRICT, Section
from gateway.config.tls import BrokerTls, ListenerTls

_SCHEMES: Final = ("http", "https", "ws", "wss")


def _url(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    host = rest.partition("/")[0]
    if text and not (scheme in _SCHEMES and separator and host and "@" not in host):
        raise ValueError('must be a URL such as "https://host:port", without user or password')
    return text.rstrip("/")


Url = Annotated[str, AfterValidator(_url)]
"""Of an API; "" for the one that the environment has."""


def _token(text: str) -> str:
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError("must have letters, digits and signs of ASCII alone, and no blank")
    return text


Token = Annotated[str, AfterValidator(_token)]
"""What goes into a header of each request: what does not fit there would show in an error."""


class ApiBroker(Section):
    """A broker that we reach over an API of its own."""

    model_config = STRICT

    name: Name
    """The broker's name in commands, reports and rules."""
    type: str
    """Which API it is."""
    account: str = ""
    """The Account(1) whose orders and positions it has; "": that of each order, and its positions
    are not compared."""
    request_timeout_s: Seconds = Field(default=10.0, gt=0, le=120)
    """A request that is not answered for so long is unknown, or asked again if it only reads."""
    not_found_after_s: Seconds = Field(default=10.0, ge=1, le=600)
    """An order that may not have arrived, and that it does not find so long after it was asked for
    it first, is taken for never received."""
    order_age_max_s: Seconds = Field(default=5.0, gt=0, le=3600)
    """An order or replace that has waited here for longer, for its rate limit, a connection or the
    answer to the one before it, is not sent any more but rejected."""
    reconcile_time_limit_s: Seconds = Field(default=30.0, gt=0, le=3600)
    """So long new orders wait after each connect for what it says of the open ones."""
    quotes: Switch = False
    """Whether its quotes are taken, for all instruments."""
    venue: VenueSettings = VenueSettings()
    """What it is to routes of several brokers, a table of its own."""

    @property
    @abstractmethod
    def address(self) -> str:
        """Where it is reached, for people."""

    @property
    def certificates(self) -> BrokerTls | ListenerTls | None:
        """What its TLS goes by, None for the system's rules or no TLS."""
        return None


class DialedBroker(ApiBroker):
    """One that we connect to."""

    model_config = STRICT

    reconnect_min_s: Seconds = Field(default=0.5, gt=0, le=3600)
    """First wait before connecting again; doubles at each failure, with jitter."""
    reconnect_max_s: Seconds = Field(default=30.0, gt=0, le=3600)
    """Longest wait before connecting again."""


class HttpBroker(DialedBroker):
    """One whose API is spoken over HTTP."""

    model_config = STRICT

    connections_max: Whole = Field(default=8, ge=1, le=100)
    """Connections for requests that are open at once; they are kept."""
    tls: BrokerTls | None = None
    """TLS rules other than the system's, a table of its own: "ca" may be the broker's very
    certificate, then no other is taken."""

    @property
    def certificates(self) -> BrokerTls | None:
        """Part of ApiBroker."""
        return self.tls
