"""Replaces: a cancel and a new order, whatever comes of either, in whatever order it is told."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.brokers.api.calls import AGAIN, UNKNOWN, Call, Nothing
from gateway.brokers.binance.mapping import BinanceMapping
from tests.gateway.brokers.binance.payloads import (
    EVENT,
    FILLED_IN_PART,
    ORDER,
    REPLACE,
    TRADE,
    answer,
    call_of,
    kinds,
    mapping,
    placed,
    refusal,
    told,
)

CANCELED = ORDER | {
    "status": "CANCELED",
    "clientOrderId": "R1_c",
    "origClientOrderId": "A1",
}
NEXT = ORDER | {"orderId": 900123999, "clientOrderId": "R1_r", "origQty": "0.02000000"}
BOTH = {
    "cancelResult": "SUCCESS",
    "newOrderResult": "SUCCESS",
    "cancelResponse": CANCELED,
    "newOrderResponse": NEXT,
}
NEXT_EVENT = EVENT | {"i": 900123999, "c": "R1_r", "q": "0.02000000"}
CANCELED_EVENT = EVENT | {"x": "CANCELED", "X": "CANCELED", "c": "R1_c", "C": "A1"}
ASKED = {"11": "A1", "37": "BTCUSDT:900123456", "55": "BTC/USDT"}


def failed(result: str, new: str, **responses: Any) -> dict[str, Any]:
    return {"cancelResult": result, "newOrderResult": new, **responses}


def asked(said: Any = None) -> tuple[BinanceMapping, Call]:
    one = mapping()
    placed(one, said)
    return one, call_of(one, "G", REPLACE)


def test_one_that_is_not_filled_is_canceled_only_as_long_as_that_holds() -> None:
    _, call = asked()
    assert call.path == (
        "/api/v3/order/cancelReplace?cancelReplaceMode=STOP_ON_FAILURE"
        "&cancelRestrictions=ONLY_NEW&cancelNewClientOrderId=R1_c&symbol=BTCUSDT&side=BUY"
        "&type=LIMIT&timeInForce=GTC&quantity=0.02&price=61250.10&newClientOrderId=R1_r"
        "&newOrderRespType=FULL&cancelOrderId=900123456"
    )


@pytest.mark.parametrize("events_first", [True, False])
def test_it_is_told_once_as_replaced(events_first: bool) -> None:
    one, call = asked()
    heard = []
    if events_first:
        heard = [*told(one.event(CANCELED_EVENT)), *told(one.event(NEXT_EVENT))]
    heard += told(one.answer(call, answer(200, BOTH)))
    if not events_first:
        heard += [*told(one.event(CANCELED_EVENT)), *told(one.event(NEXT_EVENT))]
    [report] = heard
    assert (report["150"], report["11"], report["41"]) == ("5", "R1", "A1")
    assert (report["37"], report["38"]) == ("BTCUSDT:900123999", "0.02")


def test_of_one_that_is_filled_in_part_the_cancel_says_what_is_left() -> None:
    one, call = asked(FILLED_IN_PART)
    assert (call.method, call.path) == (
        "DELETE",
        "/api/v3/order?symbol=BTCUSDT&newClientOrderId=R1_c&orderId=900123456",
    )
    assert b"if canceled: POST /api/v3/order?" in call.raw
    more = CANCELED | {"executedQty": "0.00700000"}  # another fill came between
    outcome = one.answer(call, answer(200, more))
    placing, trades = outcome.calls
    assert "quantity=0.013&" in placing.path
    assert placing.lane == call.lane
    assert trades.kind == "trades"
    last = NEXT | {"origQty": "0.01300000", "executedQty": "0.01300000", "status": "FILLED"}
    fill = {"price": "61250.10", "qty": "0.013", "tradeId": 4460}
    outcome = one.answer(placing, answer(200, last | {"fills": [fill]}))
    replaced, filled = told(outcome)
    assert (replaced["150"], replaced["38"]) == ("5", "0.02")
    assert (filled["17"], filled["37"]) == ("BTCUSDT:4460", "BTCUSDT:900123999")


def test_what_continues_an_order_counts_what_that_filled() -> None:
    one, call = asked(FILLED_IN_PART)
    [placing] = one.answer(call, answer(200, CANCELED | {"executedQty": "0.005"})).calls
    outcome = one.answer(placing, answer(200, NEXT | {"origQty": "0.015"}))
    assert '"begun":{"BTCUSDT:900123999":"0.005"}' in outcome.cursor
    again = mapping()
    again.teller.cursor.read(outcome.cursor)
    known = {"11": "R1", "37": "BTCUSDT:900123999", "55": "BTC/USDT"}
    stands = again.answer(call_of(again, "H", known), answer(200, NEXT | {"origQty": "0.015"}))
    [status] = told(stands)
    assert (status["11"], status["14"], status["38"]) == ("R1", "0.005", "0.02")


@pytest.mark.parametrize(
    ("status", "said", "wanted"),
    [
        (
            400,
            refusal(
                -2022,
                "Order cancel-replace failed.",
                data=failed(
                    "FAILURE",
                    "NOT_ATTEMPTED",
                    cancelResponse=refusal(-2011, "Order was not canceled due to restrictions."),
                    newOrderResponse=None,
                ),
            ),
            ["9"],
        ),
        (
            409,
            refusal(
                -2021,
                "Order cancel-replace partially failed.",
                data=failed(
                    "SUCCESS",
                    "FAILURE",
                    cancelResponse=CANCELED,
                    newOrderResponse=refusal(-2010, "Account has insufficient balance."),
                ),
            ),
            ["9", "4"],
        ),
        (400, refusal(-1013, "Filter failure: NOTIONAL"), ["9"]),
    ],
)
def test_each_leg_that_is_refused_is_told(status: int, said: Any, wanted: list[str]) -> None:
    one, call = asked()
    outcome = one.answer(call, answer(status, said))
    assert kinds(outcome) == wanted
    refused = told(outcome)[0]
    assert (refused["11"], refused["41"], refused["434"]) == ("R1", "A1", "2")


def test_a_leg_of_which_nobody_knows_leaves_it_unknown() -> None:
    one, call = asked()
    leg = refusal(-1007, "Timeout waiting for response from backend server.")
    data = failed("SUCCESS", "FAILURE", cancelResponse=CANCELED, newOrderResponse=leg)
    outcome = one.answer(call, answer(409, refusal(-2021, "partially failed", data=data)))
    assert outcome.state == UNKNOWN
    assert one.event(CANCELED_EVENT).reports == []


def test_one_whose_answer_is_lost_is_found_under_its_own_id() -> None:
    one, call = asked()
    assert one.answer(call, answer(502, b"")).state == UNKNOWN
    stands = one.answer(call_of(one, "H", ASKED), answer(200, CANCELED))
    assert kinds(stands) == []
    [look] = stands.calls
    assert look.path == "/api/v3/order?symbol=BTCUSDT&origClientOrderId=R1_r"
    replaced, status = told(one.answer(look, answer(200, NEXT)))
    assert (replaced["150"], replaced["11"], replaced["38"]) == ("5", "R1", "0.02")
    assert (status["150"], status["11"], status["39"]) == ("I", "R1", "0")


def test_one_that_is_not_found_for_long_enough_left_a_canceled_order() -> None:
    one, call = asked()
    one.answer(call, answer(502, b""))
    [look] = one.answer(call_of(one, "H", ASKED), answer(200, CANCELED)).calls
    none = answer(400, refusal(-2013, "Order does not exist."))
    assert [one.answer(look, none).state for _ in range(2)] == [AGAIN, AGAIN]
    [status] = told(one.answer(look, none))
    assert (status["150"], status["39"], status["11"]) == ("I", "4", "A1")


def test_an_order_that_works_on_shows_that_it_was_not_replaced() -> None:
    one, call = asked()
    one.answer(call, answer(502, b""))
    [status] = told(one.answer(call_of(one, "H", ASKED), answer(200, ORDER)))
    assert (status["150"], status["39"]) == ("I", "0")


def test_a_second_leg_that_never_left_leaves_a_canceled_order() -> None:
    one, call = asked(FILLED_IN_PART)
    [placing] = one.answer(call, answer(200, CANCELED | {"executedQty": "0.005"})).calls
    reports = told(Nothing(one.never_left(placing, "no connection")))
    assert [report.get("150", report["35"]) for report in reports] == ["9", "4"]


def test_one_that_fills_before_it_is_canceled_is_not_replaced() -> None:
    one, call = asked(FILLED_IN_PART)
    late = answer(400, refusal(-2011, "Unknown order sent."))
    outcome = one.answer(call, late)
    assert kinds(outcome) == ["9"]
    [look] = outcome.calls
    filled = ORDER | {"status": "FILLED", "executedQty": "0.01500000"}
    [question] = one.answer(look, answer(200, filled)).calls
    rest = TRADE | {"id": 4456, "qty": "0.01"}
    assert kinds(one.answer(question, answer(200, [TRADE, rest]))) == ["F"]


def test_what_continues_an_unknown_order_is_not_replaced() -> None:
    one = mapping()  # as after a crash before its answer came
    one.event(NEXT_EVENT)
    again = REPLACE | {"11": "R2", "41": "R1", "37": "BTCUSDT:900123999"}
    refused = one.request("G", again)
    assert isinstance(refused, Nothing)
    [report] = told(refused)
    assert (report["35"], report["11"]) == ("9", "R2")


def test_a_late_look_at_a_replaced_order_does_not_end_it() -> None:
    one, call = asked()
    one.answer(call, answer(200, BOTH))
    late = answer(400, refusal(-2011, "Unknown order sent."))
    cancel = {"11": "C9", "41": "A1", "55": "BTC/USDT"}
    [look] = one.answer(call_of(one, "F", cancel), late).calls
    assert kinds(one.answer(look, answer(200, CANCELED))) == []
