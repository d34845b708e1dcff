"""Payloads of OANDA's documentation, and what they become in FIX."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.brokers.api.calls import AGAIN, KNOWN, UNKNOWN, Answer, Call, Nothing, Outcome
from gateway.brokers.api.fields import read
from gateway.brokers.oanda.mapping import OandaMapping

ACCOUNT = "101-001-1234567-001"
HEAD = {"accountID": ACCOUNT, "userID": 1234567, "time": "2026-01-15T10:20:30.123456789Z"}
CREATED = HEAD | {
    "id": "4711",
    "batchID": "4711",
    "type": "LIMIT_ORDER",
    "instrument": "EUR_USD",
    "units": "-2500",
    "price": "1.08455",
    "timeInForce": "GTC",
    "positionFill": "DEFAULT",
    "reason": "CLIENT_ORDER",
    "clientExtensions": {"id": "A1"},
    "new_field_nobody_knows": {"deep": [1]},
}
FILL = HEAD | {
    "id": "4712",
    "batchID": "4711",
    "type": "ORDER_FILL",
    "orderID": "4711",
    "clientOrderID": "A1",
    "instrument": "EUR_USD",
    "units": "-1000",
    "price": "9.99999",
    "fullVWAP": "1.08456",
    "reason": "LIMIT_ORDER",
    "commission": "0.0000",
    "tradeOpened": {"tradeID": "4712", "units": "-1000", "price": "1.08457"},
}
CANCELED = HEAD | {
    "id": "4713",
    "batchID": "4713",
    "type": "ORDER_CANCEL",
    "orderID": "4711",
    "clientOrderID": "A1",
    "reason": "CLIENT_REQUEST",
}
NEW = {"11": "A1", "55": "EUR/USD", "54": "2", "38": "2500", "40": "2", "44": "1.08455", "59": "1"}
CANCEL = {"11": "C1", "41": "A1", "55": "EUR/USD", "54": "2"}
REPLACE = NEW | {"11": "R1", "41": "A1", "38": "3000"}


def mapping_at(last: int = 4710) -> OandaMapping:
    mapping = OandaMapping(ACCOUNT)
    mapping.log.begin(last)
    return mapping


def answer(status: int, body: Any = b"", **headers: str) -> Answer:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, text)


def call_of(mapping: OandaMapping, kind: str, fields: dict[str, str]) -> Call:
    call = mapping.request(kind, fields)
    assert isinstance(call, Call)
    return call


def placed(mapping: OandaMapping, **siblings: Any) -> Outcome:
    said = {"orderCreateTransaction": CREATED, **siblings, "lastTransactionID": "4711"}
    return mapping.answer(call_of(mapping, "D", NEW), answer(201, said))


def told(reports: Any) -> list[dict[str, str]]:
    return [read(body) | {"35": kind} for kind, body in reports]


def kinds(reports: Any) -> list[tuple[str, str]]:
    return [(one["35"], one.get("150", "")) for one in told(reports)]


# --- requests -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, {"type": "LIMIT", "units": "-2500", "price": "1.08455", "timeInForce": "GTC"}),
        ({"54": "1", "59": "0"}, {"units": "2500", "timeInForce": "GFD"}),
        ({"40": "1", "59": "0"}, {"type": "MARKET", "timeInForce": "FOK"}),
        ({"40": "1", "59": "3"}, {"type": "MARKET", "timeInForce": "IOC"}),
        ({"40": "3", "99": "1.07"}, {"type": "STOP", "price": "1.07"}),
        ({"40": "J", "99": "1.09"}, {"type": "MARKET_IF_TOUCHED", "price": "1.09"}),
        ({"77": "C"}, {"positionFill": "REDUCE_ONLY"}),
        ({"38": "2500.0", "55": "SPX500/USD"}, {"units": "-2500", "instrument": "SPX500_USD"}),
        ({"59": "6", "126": "20260120-12:00:00"}, {"gtdTime": "2026-01-20T12:00:00Z"}),
        ({"59": "6", "432": "20260120"}, {"gtdTime": "2026-01-20T23:59:59Z"}),
    ],
)
def test_an_order_has_signed_units_and_our_client_id(
    fields: dict[str, str], said: dict[str, str]
) -> None:
    call = call_of(mapping_at(), "D", NEW | fields)
    assert (call.method, call.path) == ("POST", f"/v3/accounts/{ACCOUNT}/orders")
    order = json.loads(call.body)["order"]
    assert order["clientExtensions"] == {"id": "A1"}
    assert said.items() <= order.items()
    assert ("price" in order) is (order["type"] != "MARKET")


@pytest.mark.parametrize(
    "fields",
    [{"38": ""}, {"38": "0"}, {"38": "-5"}, {"54": "8"}, {"40": "P"}, {"59": "2"}, {"59": "6"}],
)
def test_what_oanda_has_no_order_for_is_refused_and_never_sent(fields: dict[str, str]) -> None:
    refused = mapping_at().request("D", NEW | fields)
    assert isinstance(refused, Nothing)
    assert kinds(refused.reports) == [("8", "8")]


def test_a_replace_asks_for_what_is_left_under_oandas_own_id() -> None:
    mapping = mapping_at()
    placed(mapping)
    call = call_of(mapping, "G", REPLACE | {"14": "1000"})
    assert (call.method, call.path) == ("PUT", f"/v3/accounts/{ACCOUNT}/orders/4711")
    assert json.loads(call.body)["order"]["units"] == "-2000"


def test_a_replace_that_leaves_nothing_is_refused() -> None:
    refused = mapping_at().request("G", REPLACE | {"38": "1000", "14": "1000"})
    assert isinstance(refused, Nothing)
    assert kinds(refused.reports) == [("9", "")]


def test_a_replace_of_an_order_filled_in_part_meanwhile_does_not_go() -> None:
    mapping = mapping_at()
    early = call_of(mapping, "G", REPLACE)
    assert mapping.id_of(early.waits_for) == ""
    reissue = CREATED | {"id": "4713", "units": "-1500", "reason": "REPLACEMENT"}
    placed(mapping, orderFillTransaction=FILL, orderReissueTransaction=reissue)
    assert mapping.ids.of("A1") == "4713"
    assert mapping.id_of(early.waits_for) == ""


def test_a_replace_that_came_early_goes_once_the_order_is_known() -> None:
    mapping = mapping_at()
    early = call_of(mapping, "G", REPLACE)
    placed(mapping)
    assert mapping.id_of(early.waits_for) == "4711"


def test_a_cancel_names_the_order_by_our_id() -> None:
    call = call_of(mapping_at(), "F", CANCEL)
    assert (call.method, call.path) == ("PUT", f"/v3/accounts/{ACCOUNT}/orders/@A1/cancel")


# --- answers --------------------------------------------------------------------------------------


def test_a_201_says_new() -> None:
    mapping = mapping_at()
    outcome = placed(mapping)
    (new,) = told(outcome.reports)
    assert (new["150"], new["39"], new["11"], new["37"]) == ("0", "0", "A1", "4711")
    assert (new["55"], new["54"], new["38"], new["44"]) == ("EUR/USD", "2", "2500", "1.08455")
    assert outcome.cursor == f"{ACCOUNT}:4711"


def test_a_fill_in_the_answer_and_in_the_stream_is_told_once() -> None:
    mapping = mapping_at()
    new, fill = told(placed(mapping, orderFillTransaction=FILL).reports)
    assert (new["150"], fill["150"], fill["17"]) == ("0", "F", "4712")
    assert (fill["32"], fill["31"], fill["54"], fill["11"]) == ("1000", "1.08457", "2", "A1")
    assert mapping.transactions.tell([CREATED, FILL]) == []
    assert mapping.log.last == 4712


def test_the_stream_may_come_before_the_answer() -> None:
    mapping = mapping_at()
    assert kinds(mapping.transactions.tell([CREATED])) == [("8", "0")]
    assert kinds(mapping.transactions.tell([FILL])) == [("8", "F")]
    assert placed(mapping, orderFillTransaction=FILL).reports == []


def test_an_instant_cancel_in_a_201_is_a_rejection() -> None:
    mapping = mapping_at()
    ended = CANCELED | {"id": "4712", "batchID": "4711", "reason": "INSUFFICIENT_MARGIN"}
    (rejected,) = told(placed(mapping, orderCancelTransaction=ended).reports)
    assert (rejected["150"], rejected["39"], rejected["103"]) == ("8", "8", "3")
    assert rejected["58"] == "INSUFFICIENT_MARGIN"


def test_the_rest_of_an_instant_partial_fill_is_canceled_not_rejected() -> None:
    mapping = mapping_at()
    ended = CANCELED | {"id": "4713", "batchID": "4711", "reason": "INSUFFICIENT_LIQUIDITY"}
    outcome = placed(mapping, orderFillTransaction=FILL, orderCancelTransaction=ended)
    assert kinds(outcome.reports) == [("8", "0"), ("8", "F"), ("8", "4")]


def test_what_expires_is_expired() -> None:
    mapping = mapping_at()
    ended = CANCELED | {"id": "4712", "batchID": "4711", "reason": "TIME_IN_FORCE_EXPIRED"}
    outcome = placed(mapping, orderCancelTransaction=ended)
    assert kinds(outcome.reports) == [("8", "0"), ("8", "C")]


def test_a_refused_order_is_rejected_once() -> None:
    mapping = mapping_at()
    row = CREATED | {"type": "LIMIT_ORDER_REJECT", "rejectReason": "PRICE_PRECISION_EXCEEDED"}
    said = {"orderRejectTransaction": row, "errorMessage": "The price has too many digits"}
    (rejected,) = told(mapping.answer(call_of(mapping, "D", NEW), answer(400, said)).reports)
    assert (rejected["150"], rejected["11"]) == ("8", "A1")
    assert rejected["58"].startswith("PRICE_PRECISION_EXCEEDED")
    assert mapping.transactions.tell([row]) == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_not_taken_is_a_definite_no(status: int) -> None:
    mapping = mapping_at()
    outcome = mapping.answer(call_of(mapping, "D", NEW), answer(status, b"<html>"))
    assert (outcome.state, kinds(outcome.reports)) == (KNOWN, [("8", "8")])


@pytest.mark.parametrize(
    "said",
    [
        answer(500, {"errorMessage": "oops"}),
        answer(502, b"<html>bad gateway</html>"),
        answer(302, b"", location="/elsewhere"),
        answer(201, b"<html>we will be back</html>"),
        answer(201, b'{"orderCreateTransaction":{"id":"47'),
        answer(201, []),
        answer(201, {"orderCreateTransaction": 7}),
        answer(404, b"<html>no such page</html>"),
        answer(400, {"errorCode": "INTERNAL_SERVER_ERROR", "errorMessage": "?"}),
        answer(400, {"errorCode": "CLIENT_ORDER_ID_ALREADY_EXISTS", "errorMessage": "?"}),
    ],
)
@pytest.mark.parametrize("kind", ["D", "F", "G"])
def test_what_proves_nothing_leaves_it_unknown(said: Answer, kind: str) -> None:
    mapping = mapping_at()
    placed(mapping)
    fields = {"D": NEW, "F": CANCEL, "G": REPLACE}[kind]
    assert mapping.answer(call_of(mapping, kind, fields), said).state == UNKNOWN


@pytest.mark.parametrize("kind", ["H", "AF", "AN"])
@pytest.mark.parametrize("said", [answer(503), answer(200, b"<html>"), answer(302)])
def test_a_question_that_is_not_answered_is_asked_again(kind: str, said: Answer) -> None:
    mapping = mapping_at()
    assert mapping.answer(call_of(mapping, kind, {"11": "A1", "584": "M"}), said).state == AGAIN


def test_too_many_requests_waits_as_long_as_it_is_told() -> None:
    mapping = mapping_at()
    outcome = mapping.answer(call_of(mapping, "D", NEW), answer(429, b"", retry_after="3"))
    assert (outcome.state, outcome.wait_s) == (AGAIN, 3.0)


# --- cancels and replaces -------------------------------------------------------------------------


def test_a_cancel_is_told_by_its_own_id_once() -> None:
    mapping = mapping_at()
    placed(mapping)
    call = call_of(mapping, "F", CANCEL)
    row = CANCELED | {"id": "4712"}
    (canceled,) = told(mapping.answer(call, answer(200, {"orderCancelTransaction": row})).reports)
    assert (canceled["150"], canceled["11"], canceled["41"]) == ("4", "C1", "A1")
    assert mapping.transactions.tell([row]) == []


def test_a_cancel_that_nobody_here_asked_for_names_the_order() -> None:
    mapping = mapping_at()
    placed(mapping)
    (canceled,) = told(mapping.transactions.tell([CANCELED | {"id": "4712"}]))
    assert (canceled["150"], canceled["11"], canceled.get("41")) == ("4", "A1", None)


def test_the_label_says_which_cancel_it_was_after_a_restart() -> None:
    mapping = mapping_at(4711)
    row = CANCELED | {"id": "4712", "clientRequestID": "C1"}
    (canceled,) = told(mapping.transactions.tell([row]))
    assert (canceled["11"], canceled["41"], canceled["37"]) == ("C1", "A1", "4711")


def test_a_cancel_that_is_too_late_is_an_order_cancel_reject() -> None:
    mapping = mapping_at()
    placed(mapping)
    row = CANCELED | {
        "id": "4712",
        "type": "ORDER_CANCEL_REJECT",
        "rejectReason": "ORDER_DOESNT_EXIST",
        "clientRequestID": "C1",
    }
    said = {"orderCancelRejectTransaction": row, "errorMessage": "no such order"}
    outcome = mapping.answer(call_of(mapping, "F", CANCEL), answer(404, said))
    (refused,) = told(outcome.reports)
    assert (refused["35"], refused["11"], refused["41"]) == ("9", "C1", "A1")
    assert (refused["434"], refused["102"]) == ("1", "0")
    assert mapping.transactions.tell([row]) == []


def test_a_replace_is_a_new_id_that_names_the_old_order() -> None:
    mapping = mapping_at()
    placed(mapping)
    call = call_of(mapping, "G", REPLACE)
    gone = CANCELED | {
        "id": "4712",
        "batchID": "4712",
        "reason": "CLIENT_REQUEST_REPLACED",
        "replacedByOrderID": "4713",
    }
    made = CREATED | {
        "id": "4713",
        "batchID": "4712",
        "units": "-3000",
        "reason": "REPLACEMENT",
        "replacesOrderID": "4711",
        "clientExtensions": {"id": "R1"},
    }
    said = {"orderCancelTransaction": gone, "orderCreateTransaction": made}
    (replaced,) = told(mapping.answer(call, answer(201, said)).reports)
    assert (replaced["150"], replaced["11"], replaced["41"]) == ("5", "R1", "A1")
    assert (replaced["37"], replaced["38"]) == ("4713", "3000")
    after_restart = mapping_at(4711)
    (again,) = told(after_restart.transactions.tell([gone, made]))
    assert (again["150"], again["11"], again["41"]) == ("5", "R1", "A1")


def test_what_is_left_after_a_partial_fill_goes_on_under_another_id() -> None:
    mapping = mapping_at()
    placed(mapping)
    reissue = CREATED | {"id": "4713", "batchID": "4712", "units": "-1500"}
    assert kinds(mapping.transactions.tell([FILL, reissue])) == [("8", "F")]
    rest = FILL | {"id": "4714", "orderID": "4713", "units": "-1500"}
    (fill,) = told(mapping.transactions.tell([rest]))
    assert (fill["11"], fill["37"], fill["32"]) == ("A1", "4713", "1500")


def test_a_fill_of_several_trades_has_their_average_price() -> None:
    mapping = mapping_at(4711)
    row = FILL | {
        "tradeOpened": {"tradeID": "4712", "units": "-250", "price": "1.1"},
        "tradesClosed": [{"tradeID": "1", "units": "-750", "price": "1.2"}],
        "commission": "0.25",
    }
    (fill,) = told(mapping.transactions.tell([row]))
    assert (fill["31"], fill["12"], fill["13"]) == ("1.175", "0.25", "3")


# --- the log --------------------------------------------------------------------------------------


def test_transactions_are_told_in_their_order_whatever_order_they_come_in() -> None:
    mapping = mapping_at()
    assert kinds(mapping.transactions.tell([FILL, CREATED])) == [("8", "0"), ("8", "F")]


def test_a_log_that_comes_in_pages_is_read_to_its_end() -> None:
    mapping = mapping_at()
    page = {"transactions": [CREATED], "lastTransactionID": "4712"}
    reports, is_all = mapping.caught_up(page)
    assert (kinds(reports), is_all) == ([("8", "0")], False)
    assert mapping.since().path.endswith("/transactions/sinceid?id=4711")
    assert mapping.caught_up({"transactions": [FILL], "lastTransactionID": "4712"})[1]


@pytest.mark.parametrize(
    "row",
    [
        HEAD | {"id": "4711", "type": "DAILY_FINANCING"},
        HEAD | {"id": "4711", "type": "A_TYPE_OF_NEXT_YEAR", "orderID": {"deep": 1}},
        HEAD | {"id": "4711", "type": "TAKE_PROFIT_ORDER", "tradeID": "3", "price": "1.2"},
        CREATED | {"clientExtensions": None},
        CREATED | {"clientExtensions": "A1"},
        FILL | {"id": "4711", "units": "0"},
        FILL | {"id": "4711", "units": None},
    ],
)
def test_what_is_not_about_our_orders_is_passed_over(row: dict[str, Any]) -> None:
    mapping = mapping_at()
    assert mapping.transactions.tell([row]) == []
    assert mapping.log.last == 4711


@pytest.mark.parametrize("row", [None, 7, "x", [], {}, {"id": "x"}, {"id": None}, {"id": "-4711"}])
def test_what_is_no_transaction_tells_nothing(row: Any) -> None:
    assert mapping_at().transactions.tell([row]) == []


def test_a_fill_of_anothers_order_is_told_all_the_same() -> None:
    row = {k: v for k, v in FILL.items() if k != "clientOrderID"} | {"orderID": "99"}
    (fill,) = told(mapping_at(4711).transactions.tell([row]))
    assert (fill["150"], fill["11"], fill["37"]) == ("F", "NONE", "99")


# --- questions ------------------------------------------------------------------------------------

ORDER = {
    "id": "4711",
    "state": "PENDING",
    "type": "LIMIT",
    "instrument": "EUR_USD",
    "units": "-2500",
    "price": "1.08455",
    "clientExtensions": {"id": "A1"},
}


def asked(mapping: OandaMapping, order: dict[str, Any]) -> Outcome:
    call = call_of(mapping, "H", {"11": "A1"})
    assert call.path.endswith("/orders/@A1")
    return mapping.answer(call, answer(200, {"order": order, "lastTransactionID": "4713"}))


def test_an_order_that_works_is_found() -> None:
    (status,) = told(asked(mapping_at(), ORDER).reports)
    assert (status["150"], status["39"], status["37"], status["11"]) == ("I", "0", "4711", "A1")
    assert "14" not in status


def test_an_order_that_is_over_is_told_by_its_transactions() -> None:
    mapping = mapping_at()
    over = ORDER | {"state": "FILLED", "fillingTransactionID": "4712"}
    (log,) = asked(mapping, over).calls
    rows = {"transactions": [CREATED, FILL], "lastTransactionID": "4712"}
    outcome = mapping.answer(log, answer(200, rows))
    assert kinds(outcome.reports) == [("8", "0"), ("8", "F")]
    (last,) = outcome.calls
    assert last.path.endswith("/transactions/4712")
    fill, status = told(mapping.answer(last, answer(200, {"transaction": FILL})).reports)
    assert (fill["17"], status["150"], status["39"]) == ("4712", "I", "2")


def test_an_order_that_was_replaced_leads_to_the_one_in_its_place() -> None:
    mapping = mapping_at(4713)
    over = ORDER | {"state": "CANCELLED", "cancellingTransactionID": "4712"}
    (log,) = asked(mapping, over).calls
    none: dict[str, Any] = {"transactions": [], "lastTransactionID": "4713"}
    (last,) = mapping.answer(log, answer(200, none)).calls
    gone = CANCELED | {"reason": "CLIENT_REQUEST_REPLACED", "replacedByOrderID": "4713"}
    (next_one,) = mapping.answer(last, answer(200, {"transaction": gone})).calls
    assert next_one.path.endswith("/orders/4713")
    new = ORDER | {"id": "4713", "clientExtensions": {"id": "R1"}}
    (status,) = told(mapping.answer(next_one, answer(200, {"order": new})).reports)
    assert (status["11"], status["39"]) == ("R1", "0")


@pytest.mark.parametrize("is_in_log", [True, False])
def test_an_order_that_is_not_found_is_looked_for_in_the_log(is_in_log: bool) -> None:
    mapping = mapping_at()
    call = call_of(mapping, "H", {"11": "A1"})
    missing = {"errorCode": "NO_SUCH_ORDER", "errorMessage": "The order does not exist"}
    (log,) = mapping.answer(call, answer(404, missing)).calls
    rows = [CREATED, FILL] if is_in_log else []
    said = {"transactions": rows, "lastTransactionID": "4712" if is_in_log else "4710"}
    outcome = mapping.answer(log, answer(200, said))
    if is_in_log:
        assert kinds(outcome.reports) == [("8", "0"), ("8", "F")]
    else:
        (status,) = told(outcome.reports)
        assert (status["150"], status["39"], status["103"]) == ("I", "8", "5")


def test_open_orders_are_told_but_for_those_of_trades() -> None:
    mapping = mapping_at()
    profit = {"id": "9", "type": "TAKE_PROFIT", "tradeID": "3", "price": "1.2", "state": "PENDING"}
    call = call_of(mapping, "AF", {"584": "M1", "585": "7"})
    outcome = mapping.answer(call, answer(200, {"orders": [ORDER, profit, None, 7]}))
    (status,) = told(outcome.reports)
    assert (status["584"], status["911"], status["912"], status["37"]) == ("M1", "1", "Y", "4711")
    assert mapping.ids.of("A1") == "4711"


def test_positions_are_net() -> None:
    mapping = mapping_at()
    rows = [
        {"instrument": "EUR_USD", "long": {"units": "100"}, "short": {"units": "-250"}},
        {"instrument": "USD_JPY", "long": {"units": "5"}, "short": {"units": "-5"}},
        None,
    ]
    call = call_of(mapping, "AN", {"710": "P1", "1": "ACME-1"})
    (position,) = told(mapping.answer(call, answer(200, {"positions": rows})).reports)
    assert (position["35"], position["55"], position["705"]) == ("AP", "EUR/USD", "150")
