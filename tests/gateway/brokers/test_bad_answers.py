"""Answers and events of which a part is anything else than it should be: whatever comes, nothing is
raised, and what is told is sound FIX.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Any

import pytest

from gateway.api_links import frame_of
from gateway.brokers.alpaca.account import account_of as at_alpaca
from gateway.brokers.alpaca.mapping import AlpacaMapping
from gateway.brokers.api.calls import Answer, Call, Outcome
from gateway.brokers.api.contract import Report
from gateway.brokers.api.said import read
from gateway.brokers.binance.account import account_of as at_binance
from gateway.brokers.binance.mapping import BinanceMapping
from gateway.brokers.binance.rules import Rules
from gateway.brokers.oanda.account import account_of as at_oanda
from gateway.brokers.oanda.mapping import OandaMapping
from sessions.message import Message, parse
from tests.gateway.brokers.alpaca import test_mapping as alpaca
from tests.gateway.brokers.binance import payloads as binance
from tests.gateway.brokers.oanda import test_mapping as oanda

JUNK: list[Any] = [
    *(None, True, -1, float("nan"), "", "1e999999999", "\x01\n8=FIX", "\ud83d", "9" * 60),
    *([], {}, [None], [{"id": []}]),
]
LEFT_OUT: Any = object()
STATUSES = [200, 400]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to each part of it."""
    yield path
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(part, (*path, key))


def _broken(whole: Any) -> Iterator[Any]:
    """It, whole and with each part of it taken out or exchanged for each kind of junk."""
    yield copy.deepcopy(whole)
    for path in places(whole):
        if not path:
            yield from JUNK
            continue
        *way, last = path
        for junk in (LEFT_OUT, *JUNK):
            value = at = copy.deepcopy(whole)
            for key in way:
                at = at[key]
            if junk is not LEFT_OUT:
                at[last] = copy.deepcopy(junk)
            elif isinstance(at, dict):
                del at[last]
            yield value


def broken(whole: Any) -> Iterator[Any]:
    """The same, as it is read."""
    return (read(json.dumps(value)) for value in _broken(whole))


def is_sound(reports: Sequence[Report]) -> None:
    for kind, body in reports:
        assert isinstance(parse(frame_of(kind, body, b"{}")), Message), (kind, body)


def answered(mapping: Any, call: Call, said: Any, status: int) -> None:
    """The answer, and the same to all calls that follow from it, as far as those go."""
    calls, left = [call], 6
    while calls and left:
        left -= 1
        outcome: Outcome = mapping.answer(
            calls.pop(0), Answer(status, {}, json.dumps(said, default=str).encode())
        )
        is_sound(outcome.reports)
        calls += outcome.calls


def asked(mapping: Any, kind: str, fields: dict[str, str]) -> Call:
    call = mapping.request(kind, fields)
    assert isinstance(call, Call)
    return call


ALPACA_ORDER = alpaca.ORDER | {"replaces": alpaca.ORDER["id"], "replaced_by": "N2"}
ACTIVITY = {
    "id": "20260115::1",
    "activity_type": "FILL",
    "order_id": alpaca.ORDER["id"],
    "cum_qty": "4",
    "leaves_qty": "6",
    "qty": "4",
    "price": "187.20",
    "side": "buy",
    "symbol": "AAPL",
    "transaction_time": "2026-01-15T14:30:01Z",
}
ALPACA_BODIES: dict[str, Any] = {
    "D": ALPACA_ORDER,
    "G": ALPACA_ORDER | {"client_order_id": "R1"},
    "F": {},
    "H": ALPACA_ORDER | {"status": "replaced"},
    "AF": [ALPACA_ORDER],
    "AN": [{"symbol": "AAPL", "qty": "5", "side": "short"}],
}
ALPACA_FIELDS = {"D": alpaca.NEW, "G": alpaca.REPLACE, "F": alpaca.CANCEL}
ALPACA_EVENTS = ["new", "fill", "partial_fill", "canceled", "replaced", "rejected", "expired"]
ALPACA_EVENTS += ["order_cancel_rejected", "order_replace_rejected", "restated", "pending_cancel"]


@pytest.mark.parametrize("kind", ALPACA_BODIES)
def test_answers_of_alpaca(kind: str) -> None:
    for said, status in product(broken(ALPACA_BODIES[kind]), STATUSES):
        mapping = AlpacaMapping(replaces_leaves=True)
        alpaca.placed(mapping)
        call = asked(mapping, kind, ALPACA_FIELDS.get(kind, {"11": "A2611020000080"}))
        answered(mapping, call, said, status)


@pytest.mark.parametrize("name", ALPACA_EVENTS)
def test_events_of_alpaca(name: str) -> None:
    whole = {"event": name, "order": ALPACA_ORDER, "price": "187", "qty": "4", "timestamp": "x"}
    for said in broken(whole):
        mapping = AlpacaMapping(replaces_leaves=True)
        alpaca.placed(mapping)
        asked(mapping, "G", alpaca.REPLACE)
        asked(mapping, "F", alpaca.CANCEL)
        if isinstance(said, dict):
            outcome = mapping.event(said)
            is_sound(outcome.reports)
            for call in outcome.calls:
                answered(mapping, call, said.get("order"), 200)


def test_activities_of_alpaca() -> None:
    for one in broken(ACTIVITY):
        if isinstance(one, dict):
            told = AlpacaMapping().activity(one)
            is_sound([told] if told is not None else [])


TRANSACTIONS = [oanda.CREATED, oanda.FILL, oanda.CANCELED]
REJECTED = oanda.CREATED | {"type": "LIMIT_ORDER_REJECT", "rejectReason": "INSUFFICIENT_MARGIN"}
OANDA_BODIES: dict[str, Any] = {
    "D": {
        "orderCreateTransaction": oanda.CREATED,
        "orderFillTransaction": oanda.FILL,
        "lastTransactionID": "4712",
    },
    "G": {
        "orderCreateTransaction": oanda.CREATED | {"id": "4714", "replacesOrderID": "4711"},
        "orderCancelTransaction": oanda.CANCELED | {"replacedByOrderID": "4714"},
        "errorCode": "NO_SUCH_ORDER",
    },
    "F": {"orderCancelTransaction": oanda.CANCELED, "errorMessage": "x", "errorCode": "y"},
    "H": {
        "order": oanda.ORDER | {"state": "FILLED", "fillingTransactionID": "4712"},
        "transactions": TRANSACTIONS,
        "transaction": oanda.FILL,
        "lastTransactionID": "4714",
    },
    "AF": {"orders": [oanda.ORDER]},
    "AN": {
        "positions": [{"instrument": "EUR_USD", "long": {"units": "5"}, "short": {"units": "-7"}}]
    },
}
OANDA_FIELDS = {"D": oanda.NEW, "G": oanda.REPLACE | {"37": "4711"}, "F": oanda.CANCEL}


@pytest.mark.parametrize("kind", OANDA_BODIES)
def test_answers_of_oanda(kind: str) -> None:
    for said, status in product(broken(OANDA_BODIES[kind]), STATUSES):
        mapping = oanda.mapping_at()
        if kind != "D":
            oanda.placed(mapping)
        call = asked(mapping, kind, OANDA_FIELDS.get(kind, {"11": "A1"}))
        answered(mapping, call, said, status)


def test_transactions_of_oanda() -> None:
    for rows in broken([*TRANSACTIONS, REJECTED]):
        mapping = OandaMapping(oanda.ACCOUNT)
        is_sound(mapping.transactions.tell(rows if isinstance(rows, list) else [rows]))
        is_sound(mapping.caught_up({"transactions": rows, "lastTransactionID": rows})[0])


BINANCE_ORDER = binance.FILLED_IN_PART | {"fills": [binance.FILL], "canTrade": False}
REPLACED = {
    "cancelResult": "SUCCESS",
    "newOrderResult": "SUCCESS",
    "cancelResponse": binance.ORDER | {"status": "CANCELED"},
    "newOrderResponse": binance.ORDER | {"orderId": 900123457, "clientOrderId": "R1_r"},
}
BINANCE_BODIES: dict[str, Any] = {
    "D": BINANCE_ORDER,
    "G": REPLACED | {"code": -2021, "msg": "no", "data": REPLACED},
    "F": binance.ORDER | {"status": "CANCELED", "origClientOrderId": "A1", "code": -2011},
    "H": BINANCE_ORDER,
    "AF": [BINANCE_ORDER],
    "AN": {"balances": [{"asset": "BTC", "free": "1", "locked": "2"}]},
}
BINANCE_FIELDS = {"D": binance.NEW, "G": binance.REPLACE, "F": binance.CANCEL}


@pytest.mark.parametrize("filled", [False, True])
@pytest.mark.parametrize("kind", BINANCE_BODIES)
def test_answers_of_binance(kind: str, filled: bool) -> None:
    for said, status in product(broken(BINANCE_BODIES[kind]), STATUSES):
        mapping = binance.mapping()
        binance.placed(mapping, BINANCE_ORDER if filled else None)
        call = asked(mapping, kind, BINANCE_FIELDS.get(kind, {"11": "A1", "55": "BTC/USDT"}))
        answered(mapping, call, said, status)


@pytest.mark.parametrize("what", ["NEW", "TRADE", "CANCELED", "REPLACED", "REJECTED", "EXPIRED"])
def test_events_of_binance(what: str) -> None:
    for said in broken(binance.TRADED | {"x": what}):
        mapping = binance.mapping()
        binance.placed(mapping)
        asked(mapping, "G", binance.REPLACE)
        if isinstance(said, dict):
            outcome = mapping.event(said)
            is_sound(outcome.reports)
            for call in outcome.calls:
                answered(mapping, call, [binance.TRADE], 200)


def test_executions_of_binance() -> None:
    for said in broken([binance.TRADE]):
        is_sound(binance.mapping().executions(said))


def test_rules_of_binance() -> None:
    for said in broken(binance.INFO):
        mapping = BinanceMapping()
        mapping.teller.rules = Rules(said)
        mapping.request("D", binance.NEW)
        mapping.request("G", binance.REPLACE)


ACCOUNTS: list[Callable[[Any], dict[str, str]]] = [
    at_alpaca,
    at_oanda,
    partial(at_binance, money="USDT"),
]


def test_accounts() -> None:
    whole = {"equity": "1", "account": {"NAV": "1"}, "balances": [{"asset": "USDT", "free": "1"}]}
    for one, facts_of in product(broken(whole), ACCOUNTS):
        assert all(isinstance(fact, str) for fact in facts_of(one).values())
