"""Signatures against the vectors that Binance publishes, and the time they are stamped with."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote

import pytest

from gateway.brokers.binance.signing import Clock, Signer, query, signer
from sessions.ed25519 import BadKeyError

SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
PEM = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u
-----END PRIVATE KEY-----"""
NOW_S = 1499827319.559
ORDER = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1"


def clock(ahead_ms: int = 0) -> Clock:
    made = Clock(lambda: NOW_S)
    made.ahead_ms = ahead_ms
    return made


def test_a_secret_signs_as_the_documented_example() -> None:
    path = Signer("key", SECRET, 5000, clock()).path(f"/api/v3/order?{ORDER}")
    assert path == (
        f"/api/v3/order?{ORDER}&recvWindow=5000&timestamp=1499827319559&signature="
        "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    )


def test_a_private_key_signs_as_the_documented_logon() -> None:
    text = "\x01".join(("A", "EXAMPLE", "SPOT", "1", "20240627-11:17:25.223"))
    assert signer(PEM)(text) == (
        "4MHXelVVcpkdwuLbl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA=="
    )


def test_base64_is_made_fit_for_a_query_and_what_is_signed_is_what_goes() -> None:
    path = Signer("key", PEM, 5000, clock()).path(query("/x", symbol="币安人生USDT"))
    signed, _, signature = path.partition("?")[2].partition("&signature=")
    assert signed.isascii()
    assert not set("+/=") & set(signature)
    assert unquote(signature) == signer(PEM)(signed)


def test_parameters_of_the_websocket_api_are_signed_in_the_order_of_their_names() -> None:
    signed = Signer("K", SECRET, 2000, clock()).parameters({"symbol": "BTCUSDT"})
    text = "apiKey=K&recvWindow=2000&symbol=BTCUSDT&timestamp=1499827319559"
    assert signed["signature"] == signer(SECRET)(text)


def test_requests_are_stamped_by_the_brokers_clock() -> None:
    there = clock()
    there.measured(1000, 4050, 1100)
    assert there.ahead_ms == 3000
    path = Signer("K", SECRET, 2000, there).path("/x")
    assert parse_qs(path.partition("?")[2])["timestamp"] == ["1499827322559"]


@pytest.mark.parametrize(
    "secret", ["-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----"]
)
def test_a_key_that_is_none_is_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(BadKeyError) as refused:
        signer(secret)
    assert "nonsense" not in str(refused.value)
