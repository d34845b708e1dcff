"""Settings of a broker at Binance."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field, field_validator

from gateway.brokers.binance.signing import signer
from gateway.config.api_broker import HttpBroker, Token, Url
from gateway.config.kinds import Seconds, Whole
from gateway.config.section import STRICT

URLS: Final = {  # REST, WebSocket API, market data
    "live": (
        "https://api.binance.com",
        "wss://ws-api.binance.com:443",
        "wss://stream.binance.com:9443",
    ),
    "testnet": (
        "https://testnet.binance.vision",
        "wss://ws-api.testnet.binance.vision",
        "wss://stream.testnet.binance.vision",
    ),
    "demo": (
        "https://demo-api.binance.com",
        "wss://demo-ws-api.binance.com",
        "wss://demo-stream.binance.com",
    ),
}


class BinanceBroker(HttpBroker):
    """A broker at Binance Spot, over its REST and WebSocket APIs."""

    model_config = STRICT

    type: Literal["binance"]
    """Always "binance"."""
    environment: Literal["live", "testnet", "demo"] = "testnet"
    """Whose keys they are: of "live" trading, of the "testnet" with books of its own, or of "demo"
    trading at live prices."""
    key_id: Token = Field(min_length=1)
    """The API key, X-MBX-APIKEY."""
    secret: str = Field(min_length=1, repr=False)
    """Where its secret is: "env:NAME", "file:PATH" or "keyring:SERVICE/USER". A private key in PEM
    signs by Ed25519; any other secret by HMAC-SHA256."""
    base_url: Url = ""
    """Another address of REST than the environment's, such as a simulator's; "": the
    environment's."""
    stream_url: Url = ""
    """Another address of the WebSocket API; "": the environment's."""
    data_url: Url = ""
    """Another address of its market data; "": the environment's."""
    recv_window_ms: Whole = Field(default=2000, ge=1, le=60_000)
    """A request that reaches its matching engine later than this is refused: the smaller, the
    sooner it is certain that one without an answer did not arrive."""
    not_found_after_s: Seconds = Field(default=15.0, ge=1, le=600)
    """An order that may not have arrived, and that it does not find so long after it was asked for
    it first, is taken for never received: recv_window_ms and 10 s at least."""
    positions_in: str = Field(default="USDT", pattern="^[A-Z0-9]{1,20}$")
    """The asset that is money: a balance of BTC is told as a position in BTC/USDT, and balances of
    the asset itself as none."""

    @field_validator("secret")
    @classmethod
    def _is_a_key(cls, secret: str) -> str:
        signer(secret)
        return secret

    @property
    def address(self) -> str:
        """Part of ApiBroker."""
        return self.base_url or URLS[self.environment][0]

    @property
    def events_url(self) -> str:
        """Where its WebSocket API is."""
        return self.stream_url or URLS[self.environment][1]

    @property
    def quotes_url(self) -> str:
        """Where its market data is."""
        return self.data_url or URLS[self.environment][2]
