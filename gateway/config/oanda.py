"""Settings of a broker at OANDA."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from gateway.config.api_broker import HttpBroker, Token, Url
from gateway.config.kinds import Whole
from gateway.config.section import STRICT

URLS: Final = {
    "practice": ("https://api-fxpractice.oanda.com", "https://stream-fxpractice.oanda.com"),
    "live": ("https://api-fxtrade.oanda.com", "https://stream-fxtrade.oanda.com"),
}


class OandaBroker(HttpBroker):
    """A broker at OANDA, over its v20 API. A Symbol(55) such as EUR/USD is its EUR_USD."""

    model_config = STRICT

    type: Literal["oanda"]
    """Always "oanda"."""
    environment: Literal["practice", "live"] = "practice"
    """Whose token it is: each environment has its own."""
    account_id: str = Field(pattern=r"^[0-9]+-[0-9]+-[0-9]+-[0-9]+$")
    """OANDA's id of the account, such as "101-001-1234567-001"."""
    secret: Token = Field(min_length=1, repr=False)
    """Where its token is: "env:NAME", "file:PATH" or "keyring:SERVICE/USER"."""
    base_url: Url = ""
    """Another address than the environment's, such as a simulator's; "": the environment's."""
    stream_url: Url = ""
    """Another address of its streams; "": that of `base_url`, or the environment's."""
    requests_per_s: Whole = Field(default=100, ge=1, le=100_000)
    """Requests a second at most: OANDA refuses what is beyond 120, and advises 100."""
    connections_max: Whole = Field(default=4, ge=1, le=100)
    """Connections for requests that are open at once; OANDA takes two new ones a second."""

    @property
    def address(self) -> str:
        """Part of ApiBroker."""
        return self.base_url or URLS[self.environment][0]

    @property
    def streams(self) -> str:
        """Where its streams are."""
        return self.stream_url or self.base_url or URLS[self.environment][1]
