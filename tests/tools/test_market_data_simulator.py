"""The market data simulator: what it sends is valid FIX, and the same for the same seed."""

from __future__ import annotations

import pytest

from gateway.translate.market_data import market_data_request
from sessions.dictionary import Dictionary, builtin_of
from sessions.message import Message, parse
from sessions.validation import ValidationRules, validate
from tests.fix import fix
from tools.fix_peer import BEGIN_STRINGS, read_one
from tools.fix_peer.settings import FIXT
from tools.market_data_simulator import MarketDataSettings, MarketDataSimulator

SECOND = 1_000_000_000
NOON = 1_795_262_400_000_000_000


def day(begin_string: str = "FIX.4.4", *, seed: int = 1, incremental: bool = True) -> list[bytes]:
    """What it sends to one request of ours, and in the five seconds after it."""
    feed = MarketDataSimulator(
        MarketDataSettings(begin_string=begin_string, seed=seed), clock=lambda: NOON
    )
    body = market_data_request("M", ["IBM", "AAPL"], ["bid", "ask", "last", "close"], incremental)
    head = f"8={begin_string}|35=V|34=2|49=FIXGATE|52=20261121-12:00:00|56=PRICES|"
    feed.messages([read_one(fix(head + body.replace("\x01", "|")))], NOON)
    for second in range(1, 6):
        feed.tick(NOON + second * SECOND)
    return [raw for _, raw in sorted(feed.session.memory.sent.items())]


def valid(raw: bytes, dictionary: Dictionary) -> str:
    """Its MsgType(35)."""
    message = parse(raw)
    assert isinstance(message, Message), message
    assert validate(message, dictionary, ValidationRules()) is None, message
    return message.msg_type


@pytest.mark.parametrize("begin_string", BEGIN_STRINGS)
def test_a_request_of_ours_is_answered_by_snapshots_and_changes_that_are_valid(
    begin_string: str,
) -> None:
    dictionary = builtin_of(begin_string, "FIX.5.0SP2" if begin_string == FIXT else "")
    asked = market_data_request("M", ["IBM", "AAPL"], ["bid", "last"], incremental=True)
    head = f"8={begin_string}|35=V|34=2|49=FIXGATE|52=20261121-12:00:00|56=PRICES|"
    assert valid(fix(head + asked.replace("\x01", "|")), dictionary) == "V"
    kinds = [valid(raw, dictionary) for raw in day(begin_string)]
    assert kinds == ["W"] * 2 + ["X"] * 10


def test_the_same_seed_is_the_same_day() -> None:
    assert day() == day()
    assert day() != day(seed=2)


def test_who_asks_for_whole_refreshes_gets_no_changes() -> None:
    assert all(b"\x0135=W\x01" in raw for raw in day(incremental=False))


def test_a_symbol_that_it_refuses_is_a_reject() -> None:
    feed = MarketDataSimulator(MarketDataSettings(refused=frozenset({"GME"})), clock=lambda: NOON)
    head = "8=FIX.4.4|35=V|34=2|49=FIXGATE|52=20261121-12:00:00|56=PRICES|262=M|263=1|264=1|"
    feed.messages([read_one(fix(head + "267=1|269=0|146=1|55=GME|"))], NOON)
    [raw] = feed.session.memory.sent.values()
    assert b"\x0135=Y\x01" in raw
    assert not feed.subscriptions
