"""What requests become at Binance, and what its answers and events become in FIX."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.brokers.api.calls import AGAIN, KNOWN, UNKNOWN, Nothing
from tests.gateway.brokers.binance.payloads import (
    CANCEL,
    EVENT,
    FILLED_IN_PART,
    NEW,
    ORDER,
    TRADE,
    TRADED,
    answer,
    call_of,
    kinds,
    mapping,
    placed,
    refusal,
    told,
)


def test_an_order_goes_with_our_id_as_its_client_id() -> None:
    call = call_of(mapping(), "D", NEW)
    assert (call.method, call.path) == (
        "POST",
        "/api/v3/order?symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.015"
        "&price=61250.10&newClientOrderId=A1&newOrderRespType=FULL",
    )


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"40": "1", "44": ""}, "type=MARKET&quantity=0.015&newClientOrderId"),
        ({"18": "6"}, "type=LIMIT_MAKER&quantity=0.015&price=61250.10&newClient"),
        ({"40": "4", "99": "61300"}, "type=STOP_LOSS_LIMIT&timeInForce=GTC&"),
        ({"40": "1", "44": "", "38": "", "152": "50"}, "type=MARKET&quoteOrderQty=50&"),
    ],
)
def test_kinds_of_order_have_the_parameters_that_they_may_have(
    fields: dict[str, str], wanted: str
) -> None:
    assert wanted in call_of(mapping(), "D", NEW | fields).path


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"44": "61250.105"}, "PRICE_FILTER: 61250.105 is no multiple of 0.01"),
        ({"38": "0.000015"}, "LOT_SIZE: 0.000015 is no multiple of 0.00001"),
        ({"38": "0.00001"}, "NOTIONAL: 0.612501 is below 5"),
        ({"40": "1", "44": "", "38": "86"}, "MARKET_LOT_SIZE: 86 is above 85"),
        ({"55": "LUNA/USDT"}, "LUNAUSDT is BREAK"),
        ({"55": "AAPL"}, "no symbol AAPL"),
        ({"40": "J", "44": "", "99": "60000"}, "BTCUSDT takes no TAKE_PROFIT"),
        ({"59": "0"}, "TimeInForce(59)"),
    ],
)
def test_what_its_filters_would_refuse_is_not_sent(fields: dict[str, str], why: str) -> None:
    refused = mapping().request("D", NEW | fields)
    assert isinstance(refused, Nothing)
    [report] = told(refused)
    assert (report["11"], report["150"]) == ("A1", "8")
    assert why in report["58"]


def test_an_answer_tells_the_order_and_its_executions_once() -> None:
    one = mapping()
    new, fill = told(placed(one, FILLED_IN_PART))
    assert (new["150"], new["37"], new["11"]) == ("0", "BTCUSDT:900123456", "A1")
    assert (fill["150"], fill["17"], fill["32"], fill["31"]) == (
        "F",
        "BTCUSDT:4455",
        "0.005",
        "61250.1",
    )
    assert (fill["12"], fill["13"], fill["479"]) == ("0.000005", "3", "BTC")
    assert fill["55"] == "BTC/USDT"
    assert kinds(one.event(EVENT)) == []
    assert kinds(one.event(TRADED)) == []
    assert one.executions([TRADE]) == []


def test_events_before_the_answer_tell_it_once_as_well() -> None:
    one = mapping()
    call = call_of(one, "D", NEW)
    assert kinds(one.event(EVENT)) == ["0"]
    [fill] = told(one.event(TRADED))
    assert (fill["17"], fill["11"]) == ("BTCUSDT:4455", "A1")
    assert kinds(one.answer(call, answer(200, FILLED_IN_PART))) == []


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        (500, b"", UNKNOWN),
        (502, b"<html>Bad gateway</html>", UNKNOWN),
        (503, refusal(-1008, "Server is currently overloaded"), UNKNOWN),
        (400, refusal(-1007, "Timeout waiting for response"), UNKNOWN),
        (504, refusal(-1007, "Timeout waiting for response"), UNKNOWN),
        (200, b'{"symbol":"BTCUSDT","orderId":9001', UNKNOWN),
        (200, b"<html>We will be back soon</html>", UNKNOWN),
        (200, [], UNKNOWN),
        (200, {"symbol": "BTCUSDT", "orderId": None}, UNKNOWN),
        (302, b"", UNKNOWN),
        (400, b"<html>Bad request</html>", UNKNOWN),
        (400, {"code": "-1121"}, UNKNOWN),
        (429, refusal(-1003, "Too much request weight used"), AGAIN),
        (400, refusal(-1121, "Invalid symbol."), KNOWN),
        (400, refusal(-1013, "Filter failure: PERCENT_PRICE"), KNOWN),
        (400, refusal(-2010, "Account has insufficient balance"), KNOWN),
        (400, refusal(-1021, "Timestamp is outside of the recvWindow."), KNOWN),
        (401, refusal(-2015, "Invalid API-key, IP, or permissions for action."), KNOWN),
        (403, b"<html>Forbidden</html>", KNOWN),
    ],
)
def test_answers_to_an_order_are_told_apart(status: int, body: Any, state: str) -> None:
    one = mapping()
    outcome = one.answer(call_of(one, "D", NEW), answer(status, body))
    assert outcome.state == state
    assert kinds(outcome) == (["8"] if state == KNOWN else [])


def test_a_limit_is_waited_for_as_long_as_it_says() -> None:
    one = mapping()
    call = call_of(one, "D", NEW)
    ban = refusal(-1003, "Way too much request weight used; IP banned")
    assert one.answer(call, answer(429, ban, retry_after="7")).wait_s == 7
    banned = one.answer(call, answer(418, ban, retry_after="3600"))
    assert (banned.state, banned.wait_s) == (AGAIN, 300)
    assert "again in 300 s" in banned.why


def test_what_it_has_already_is_looked_for_before_it_is_told_as_refused() -> None:
    one = mapping()
    double = answer(400, refusal(-2010, "Duplicate order sent."))
    [look] = one.answer(call_of(one, "D", NEW), double).calls
    assert look.path == "/api/v3/order?symbol=BTCUSDT&origClientOrderId=A1"
    late = answer(400, refusal(-2013, "Order does not exist."))
    assert one.answer(look, late).state == AGAIN
    assert kinds(one.answer(look, answer(200, ORDER))) == ["0"]


def test_a_cancel_is_told_by_the_answer_and_the_event_alike() -> None:
    one = mapping()
    placed(one)
    call = call_of(one, "F", CANCEL)
    assert call.path == ("/api/v3/order?symbol=BTCUSDT&orderId=900123456&newClientOrderId=C1")
    gone = ORDER | {"status": "CANCELED", "clientOrderId": "C1", "origClientOrderId": "A1"}
    [by_answer] = told(one.answer(call, answer(200, gone)))
    [by_event] = told(one.event(EVENT | {"x": "CANCELED", "X": "CANCELED", "c": "C1", "C": "A1"}))
    assert by_answer == by_event
    assert (by_event["150"], by_event["11"], by_event["41"]) == ("4", "C1", "A1")


def test_an_end_is_told_behind_executions_that_were_missed() -> None:
    one = mapping()
    placed(one)
    gone = EVENT | {"x": "CANCELED", "X": "CANCELED", "c": "web", "C": "A1", "z": "0.005"}
    outcome = one.event(gone)
    assert kinds(outcome) == []
    [question] = outcome.calls
    assert question.path == "/api/v3/myTrades?symbol=BTCUSDT&orderId=900123456&limit=1000"
    assert one.answer(question, answer(200, [])).state == AGAIN  # it is late
    assert kinds(one.answer(question, answer(200, [TRADE]))) == ["F", "4"]


@pytest.mark.parametrize(
    ("what", "state"), [("EXPIRED", "EXPIRED"), ("TRADE_PREVENTION", "EXPIRED_IN_MATCH")]
)
def test_leftovers_expire(what: str, state: str) -> None:
    one = mapping()
    placed(one)
    [report] = told(one.event(EVENT | {"x": what, "X": state, "eR": "NO_LIQUIDITY"}))
    assert (report["150"], report["39"], report["58"]) == ("C", "C", "NO_LIQUIDITY")


def test_a_cancel_that_came_too_late_is_refused_and_the_order_looked_at() -> None:
    one = mapping()
    placed(one)
    late = answer(400, refusal(-2011, "Unknown order sent."))
    outcome = one.answer(call_of(one, "F", CANCEL), late)
    [report] = told(outcome)
    assert (report["35"], report["102"], report["434"]) == ("9", "0", "1")
    [look] = outcome.calls
    filled = ORDER | {"status": "FILLED", "executedQty": "0.00500000"}
    [question] = one.answer(look, answer(200, filled)).calls
    assert kinds(one.answer(question, answer(200, [TRADE]))) == ["F"]


def test_a_status_is_told_behind_the_executions_it_counts() -> None:
    one = mapping()  # as after a restart: nothing is remembered
    asked = {"11": "A1", "37": "BTCUSDT:900123456", "55": "BTC/USDT"}
    [question] = one.answer(call_of(one, "H", asked), answer(200, FILLED_IN_PART)).calls
    fill, status = told(one.answer(question, answer(200, [TRADE])))
    assert (fill["11"], fill["37"]) == ("A1", "BTCUSDT:900123456")
    assert (status["150"], status["39"], status["14"]) == ("I", "1", "0.005")


def test_an_order_that_is_not_there_is_told_so() -> None:
    one = mapping()
    asked = {"11": "A1", "55": "BTC/USDT"}
    call = call_of(one, "H", asked)
    assert call.path == "/api/v3/order?symbol=BTCUSDT&origClientOrderId=A1"
    [report] = told(one.answer(call, answer(400, refusal(-2013, "Order does not exist."))))
    assert (report["150"], report["39"], report["103"]) == ("I", "8", "5")


def test_open_orders_and_what_was_missed_of_them() -> None:
    one = mapping()
    call = call_of(one, "AF", {"584": "R-1", "585": "7"})
    outcome = one.answer(call, answer(200, [FILLED_IN_PART, {"nonsense": 1}]))
    [report] = told(outcome)
    assert (report["11"], report["584"], report["911"], report["912"]) == ("A1", "R-1", "1", "Y")
    assert "14" not in report
    assert [one.kind for one in outcome.calls] == ["trades"]
    assert one.answer(call, answer(200, {"not": "a list"})).state == AGAIN


def test_balances_are_positions_in_money() -> None:
    one = mapping()
    balances = [
        {"asset": "BTC", "free": "1.5", "locked": "0.5"},
        {"asset": "USDT", "free": "9", "locked": "0"},
        {"asset": "OLD", "free": "3", "locked": "0"},
        {"asset": "ETH", "free": "0", "locked": "0"},
    ]
    call = call_of(one, "AN", {"710": "P-1", "1": "ACME"})
    held = told(one.answer(call, answer(200, {"balances": balances})))
    assert [(row["55"], row["704"]) for row in held] == [("BTC/USDT", "2.0"), ("OLD", "3")]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"e": "executionReport"},
        EVENT | {"i": "x"},
        EVENT | {"x": None, "X": None, "z": None},
        TRADED | {"l": "NaN"},
        TRADED | {"t": None},
        TRADED | {"L": {"deep": 1}},
    ],
)
def test_events_that_make_no_sense_raise_nothing(said: dict[str, Any]) -> None:
    one = mapping()
    assert "F" not in kinds(one.event(said))


def test_what_has_to_be_known_after_a_restart_is_told() -> None:
    one = mapping()
    assert placed(one, FILLED_IN_PART).cursor == '{"trades":{"BTCUSDT":4454},"begun":{}}'
    again = mapping()
    again.teller.cursor.read('{"trades":{"BTCUSDT":4454},"begun":{"BTCUSDT:7":"0.5"}}')
    assert again.teller.cursor.trades == {"BTCUSDT": 4454}
    assert str(again.teller.cursor.of("BTCUSDT:7")) == "0.5"
