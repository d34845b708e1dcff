"""Settings of a broker at Alpaca."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from gateway.config.api_broker import HttpBroker, Token, Url
from gateway.config.section import STRICT

URLS: Final = {
    "paper": "https://paper-api.alpaca.markets",
    "live": "https://api.alpaca.markets",
}
DATA_URL: Final = "https://stream.data.alpaca.markets"


class AlpacaBroker(HttpBroker):
    """A broker at Alpaca, over its Trading API v2."""

    model_config = STRICT

    type: Literal["alpaca"]
    """Always "alpaca"."""
    environment: Literal["paper", "live"] = "paper"
    """Whose keys they are: the "paper" account's or the "live" one's."""
    key_id: Token = Field(min_length=1)
    """The API key's id, APCA-API-KEY-ID."""
    secret: Token = Field(min_length=1, repr=False)
    """Where its secret is: "env:NAME", "file:PATH" or "keyring:SERVICE/USER"."""
    base_url: Url = ""
    """Another address than the environment's, such as a simulator's; "": the environment's."""
    data_url: Url = ""
    """Another address of its market data; "": Alpaca's."""
    feed: Literal["iex", "sip"] = "iex"
    """Where its quotes come from: "sip" is the whole market and has to be paid for."""
    requests_per_min: int = Field(default=200, ge=1, le=100_000)
    """How many requests its plan allows a minute, until its answers tell."""
    replace_qty: Literal["total", "leaves"] = "total"
    """What "qty" of a replace means to it: all that is ordered, or what is left of it."""

    @property
    def address(self) -> str:
        """Part of ApiBroker."""
        return self.base_url or URLS[self.environment]

    @property
    def quotes_url(self) -> str:
        """Where its market data is."""
        return self.data_url or DATA_URL
