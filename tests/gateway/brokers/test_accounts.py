"""What accounts have, as each API tells it."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.brokers.alpaca.account import account_of as at_alpaca
from gateway.brokers.binance.account import account_of as at_binance
from gateway.brokers.oanda.account import account_of as at_oanda

ALPACA = {
    "status": "ACTIVE",
    "currency": "USD",
    "cash": "-23140.2",
    "equity": "103820.56",
    "buying_power": "262113.632",
    "trading_blocked": False,
    "account_blocked": False,
}
OANDA = {"account": {"NAV": "43650.78835", "balance": "43650.78835", "currency": "CHF"}}
OANDA["account"]["marginAvailable"] = "43201.88190"
BINANCE = {
    "canTrade": True,
    "balances": [
        {"asset": "BTC", "free": "0.5", "locked": "0.0"},
        {"asset": "USDT", "free": "900.5", "locked": "99.50000000"},
    ],
}


def test_alpaca() -> None:
    assert at_alpaca(ALPACA) == {
        "equity": "103820.56",
        "cash": "-23140.2",
        "buying power": "262113.632",
        "currency": "USD",
        "status": "ACTIVE",
    }
    blocked = at_alpaca(ALPACA | {"trading_blocked": True, "account_blocked": True})
    assert blocked["blocked"] == "trading_blocked, account_blocked"


def test_oanda() -> None:
    assert at_oanda(OANDA) == {
        "equity": "43650.78835",
        "cash": "43650.78835",
        "buying power": "43201.8819",
        "currency": "CHF",
    }


def test_binance() -> None:
    assert at_binance(BINANCE, "USDT") == {
        "cash": "1000",
        "buying power": "900.5",
        "currency": "USDT",
    }
    assert at_binance(BINANCE | {"canTrade": False}, "USDT")["blocked"] == "canTrade is false"
    assert at_binance(BINANCE, "EUR")["buying power"] == "0"


@pytest.mark.parametrize("said", [None, [], {}, {"account": []}, {"balances": {}}, {"cash": "?"}])
def test_what_is_no_account_tells_nothing(said: Any) -> None:
    assert at_alpaca(said) == at_oanda(said) == at_binance(said, "USDT") == {}
