"""Settings of a broker at Interactive Brokers."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final, Literal

from pydantic import Field, model_validator

from gateway.config.api_broker import DialedBroker
from gateway.config.kinds import Switch, Whole
from gateway.config.section import STRICT

PORTS: Final = {"paper": 4002, "live": 4001}
"""Of an IB Gateway; TWS's own are 7497 and 7496."""


class IbkrBroker(DialedBroker):
    """A broker at Interactive Brokers, by the socket of TWS or IB Gateway. Needs fixgate[ibkr]."""

    model_config = STRICT

    type: Literal["ibkr"]
    """Always "ibkr"."""
    environment: Literal["paper", "live"] = "paper"
    """Which account the TWS has to be logged on to: "paper" refuses a live one."""
    host: str = Field(default="127.0.0.1", min_length=1)
    """Where the TWS or IB Gateway is. Its socket has no TLS: keep it on this machine,
    or in a tunnel."""
    port: Whole = Field(default=0, ge=0, le=65_535)
    """Its port; 0: IB Gateway's, 4002 for "paper" and 4001 for "live". TWS has 7497 and 7496."""
    client_id: Whole = Field(default=17, ge=1, le=2_147_483_647)
    """The API client that fixgate is: its orders are known by it for ever, so no other program may
    have it, and it is not changed while orders are open."""
    account_id: str = Field(default="", pattern="^[A-Z0-9]{0,20}$")
    """Interactive Brokers' own id of the account, such as "DU1234567"; "": the one there is."""
    messages_per_s: Whole = Field(default=45, ge=1, le=1000)
    """How many messages go to it a second; it refuses more than 50."""
    exchange: str = "SMART"
    """Where orders go that say no ExDestination(100) and no SecurityExchange(207)."""
    primary_exchange: str = ""
    """The listing exchange of stocks whose symbol and currency are not enough; "": none is said."""
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")
    """The currency of instruments that have no Currency(15)."""
    pairs: Literal["CASH", "CRYPTO"] = "CASH"
    """What a Symbol(55) such as EUR/USD is without a SecurityType(167)."""
    exchange_cash: str = "IDEALPRO"
    """Where currencies are traded."""
    exchange_crypto: str = "PAXOS"
    """Where crypto currencies are traded."""
    security_types: Mapping[str, str] = Field(default_factory=dict)
    """SecurityType(167) to Interactive Brokers' secType, beside CS, OPT, FUT, FOR, CFD and CRYPTO;
    such as { WAR = "WAR" }."""
    outside_hours: Switch = False
    """Whether all orders may trade outside regular hours; else those of TradingSessionID(336)=8."""

    @model_validator(mode="after")
    def _has_its_library(self) -> IbkrBroker:
        if find_spec("ib_async") is None:
            raise ValueError("type = \"ibkr\" needs ib_async: pip install 'fixgate[ibkr]'")
        return self

    @property
    def address(self) -> str:
        """Part of ApiBroker."""
        return f"{self.host}:{self.socket_port}"

    @property
    def socket_port(self) -> int:
        """Its port."""
        return self.port or PORTS[self.environment]
