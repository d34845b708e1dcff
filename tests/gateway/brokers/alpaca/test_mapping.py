"""Payloads of Alpaca's documentation, and what they become in FIX."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.brokers.alpaca.mapping import AlpacaMapping
from gateway.brokers.api.calls import AGAIN, KNOWN, UNKNOWN, Answer, Call
from gateway.brokers.api.fields import read

ORDER = {
    "id": "5b0c1d9e-0f3a-4c52-9d0e-1f4f2c7a9b11",
    "client_order_id": "A2611020000080",
    "status": "accepted",
    "symbol": "AAPL",
    "asset_class": "us_equity",
    "qty": "10",
    "notional": None,
    "filled_qty": "0",
    "filled_avg_price": None,
    "side": "buy",
    "type": "limit",
    "limit_price": "187.25",
    "time_in_force": "day",
    "replaced_by": None,
    "replaces": None,
    "submitted_at": "2026-01-15T14:30:00.12Z",
    "updated_at": "2026-01-15T14:30:00.123456789Z",
    "new_field_nobody_knows": {"deep": [1]},
}
NEW = {"11": "A2611020000080", "55": "AAPL", "54": "1", "38": "10", "40": "2", "44": "187.25"}
CANCEL = {"11": "C1", "41": "A2611020000080", "55": "AAPL", "54": "1"}
REPLACE = NEW | {"11": "R1", "41": "A2611020000080", "38": "20"}


def answer(status: int, body: Any = b"", **headers: str) -> Answer:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, text)


def call_of(mapping: AlpacaMapping, kind: str, fields: dict[str, str]) -> Call:
    call = mapping.request(kind, fields)
    assert isinstance(call, Call)
    return call


def placed(mapping: AlpacaMapping) -> None:
    mapping.answer(call_of(mapping, "D", NEW), answer(200, ORDER))


def event(mapping: AlpacaMapping, name: str, **more: Any) -> list[dict[str, str]]:
    order = ORDER | more.pop("order", {})
    outcome = mapping.event({"event": name, "order": order, **more})
    return [read(body) | {"35": kind} for kind, body in outcome.reports]


@pytest.mark.parametrize(
    ("name", "told"),
    [("fill", []), ("new", []), ("canceled", []), ("pending_new", ["0"]), ("accepted", ["0"])],
)
def test_an_answer_behind_what_its_order_became_tells_nothing(name: str, told: list[str]) -> None:
    mapping = AlpacaMapping()
    placing = call_of(mapping, "D", NEW)
    event(mapping, name, qty="10", price="187.20")
    reports = mapping.answer(placing, answer(200, ORDER)).reports
    assert [read(body)["150"] for _, body in reports] == told


def test_nor_behind_an_execution_that_was_read_up() -> None:
    mapping = AlpacaMapping()
    placing = call_of(mapping, "D", NEW)
    assert mapping.activity({"order_id": ORDER["id"], "cum_qty": "10", "qty": "10", "price": "1"})
    assert not mapping.answer(placing, answer(200, ORDER)).reports


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, {"type": "limit", "time_in_force": "day", "limit_price": "187.25", "side": "buy"}),
        ({"40": "1", "44": "", "59": "1", "54": "5"}, {"type": "market", "time_in_force": "gtc"}),
        ({"40": "4", "99": "190"}, {"type": "stop_limit", "stop_price": "190"}),
        ({"40": "B"}, {"type": "limit", "time_in_force": "cls"}),
        ({"38": "", "152": "500"}, {"notional": "500"}),
        ({"336": "8"}, {"extended_hours": True}),
    ],
)
def test_an_order_is_a_post(fields: dict[str, str], said: dict[str, Any]) -> None:
    call = call_of(AlpacaMapping(), "D", NEW | fields)
    body = json.loads(call.body)
    assert (call.method, call.path, call.lane) == ("POST", "/v2/orders", "A2611020000080")
    assert said.items() <= body.items()
    assert body["client_order_id"] == "A2611020000080"
    assert all(body.values())  # what is not set is not sent


def test_what_was_taken_is_new_with_its_id() -> None:
    mapping = AlpacaMapping()
    outcome = mapping.answer(call_of(mapping, "D", NEW), answer(200, ORDER))
    [(kind, body)] = outcome.reports
    said = read(body)
    assert (kind, said["150"], said["39"], said["14"]) == ("8", "0", "0", "0")
    assert (said["37"], said["11"]) == (ORDER["id"], "A2611020000080")
    assert mapping.id_of("A2611020000080") == ORDER["id"]


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        (500, b"", UNKNOWN),
        (504, b"<html>gateway time-out</html>", UNKNOWN),
        (200, b"<html>hello</html>", UNKNOWN),
        (200, b'{"id": "5b0c', UNKNOWN),
        (200, b"[]", UNKNOWN),
        (302, b"", UNKNOWN),
        (429, b'{"code":42910000}', AGAIN),
        (403, b'{"code":40310000,"message":"insufficient buying power"}', KNOWN),
        (401, b'{"message":"unauthorized"}', KNOWN),
        (400, b"<html>", KNOWN),
    ],
)
def test_an_answer_to_an_order_is_definite_or_nobody_knows(
    status: int, body: bytes, state: str
) -> None:
    mapping = AlpacaMapping()
    outcome = mapping.answer(call_of(mapping, "D", NEW), answer(status, body))
    assert outcome.state == state
    if state == KNOWN:
        [(kind, text)] = outcome.reports
        assert (kind, read(text)["39"], read(text)["11"]) == ("8", "8", "A2611020000080")
    else:
        assert not outcome.reports


@pytest.mark.parametrize(("found", "exec_type"), [(200, "I"), (404, "8")])
def test_an_odd_refusal_is_looked_into_before_it_is_told(found: int, exec_type: str) -> None:
    mapping = AlpacaMapping()
    odd = answer(422, {"code": 42210000, "message": "sub-penny increment"})
    outcome = mapping.answer(call_of(mapping, "D", NEW), odd)
    assert not outcome.reports
    [check] = outcome.calls
    assert (check.method, "A2611020000080" in check.path) == ("GET", True)
    [(_, body)] = mapping.answer(check, answer(found, ORDER if found == 200 else {})).reports
    said = read(body)
    assert said["150"] == exec_type
    assert ("sub-penny increment (42210000)" in said.get("58", "")) is (found == 404)


def test_an_execution_has_the_same_id_from_the_stream_and_from_the_activities() -> None:
    mapping = AlpacaMapping()
    placed(mapping)
    order = {"filled_qty": "4", "filled_avg_price": "187.2", "status": "partially_filled"}
    [said] = event(mapping, "partial_fill", qty="4", price="187.20", order=order)
    activity = {
        "activity_type": "FILL",
        "order_id": ORDER["id"],
        "qty": "4",
        "cum_qty": "4",
        "leaves_qty": "6",
        "price": "187.2",
        "side": "buy",
        "symbol": "AAPL",
    }
    report = mapping.activity(activity)
    assert report is not None
    again = read(report[1])
    for tag in ("11", "17", "32", "31", "37", "39", "54", "55", "150"):
        assert said[tag] == again[tag], tag
    assert (said["39"], said["32"], said["31"], said["14"]) == ("1", "4", "187.2", "4")


def test_a_cancel_that_was_taken_is_pending_and_its_event_names_it() -> None:
    mapping = AlpacaMapping()
    placed(mapping)
    call = call_of(mapping, "F", CANCEL)
    assert (call.method, call.waits_for, call.lane) == ("DELETE", NEW["11"], NEW["11"])
    [(_, body)] = mapping.answer(call, answer(204)).reports
    assert (read(body)["150"], read(body)["11"], read(body)["41"]) == ("6", "C1", NEW["11"])
    [said] = event(mapping, "canceled", order={"status": "canceled"})
    assert (said["150"], said["39"], said["11"], said["41"]) == ("4", "4", "C1", NEW["11"])


def test_a_cancel_nobody_asked_for_names_the_order_alone() -> None:
    mapping = AlpacaMapping()
    placed(mapping)
    [said] = event(mapping, "canceled", order={"status": "canceled"})
    assert (said["11"], said.get("41")) == (NEW["11"], None)


@pytest.mark.parametrize(("status", "reason"), [(422, "0"), (404, "1")])
def test_a_cancel_that_comes_too_late_is_refused(status: int, reason: str) -> None:
    mapping = AlpacaMapping()
    placed(mapping)
    refused = answer(status, {"code": 42210000, "message": "order is not cancelable"})
    [(kind, body)] = mapping.answer(call_of(mapping, "F", CANCEL), refused).reports
    said = read(body)
    assert (kind, said["434"], said["102"], said["11"]) == ("9", "1", reason, "C1")


def test_a_replace_is_done_when_its_event_says_so_and_the_new_order_tells_how() -> None:
    mapping = AlpacaMapping()
    placed(mapping)
    new = ORDER | {"id": "new-id", "client_order_id": "R1", "qty": "20", "replaces": ORDER["id"]}
    call = call_of(mapping, "G", REPLACE)
    assert json.loads(call.body)["client_order_id"] == "R1"
    assert mapping.answer(call, answer(200, new)).reports == ()
    old = ORDER | {"status": "replaced", "replaced_by": "new-id"}
    [look] = mapping.event({"event": "replaced", "order": old}).calls
    assert look.path == "/v2/orders/new-id"
    [(_, body)] = mapping.answer(look, answer(200, new)).reports
    said = read(body)
    assert (said["150"], said["11"], said["41"], said["37"]) == ("5", "R1", NEW["11"], "new-id")
    assert said["38"] == "20"
    assert "14" not in said  # the new order says nothing of what the old one filled
    assert not mapping.event({"event": "new", "order": new}).reports  # it was told as replaced


def test_an_execution_of_the_new_order_does_not_come_before_the_replace() -> None:
    mapping = AlpacaMapping()
    placed(mapping)
    new = ORDER | {"id": "new-id", "client_order_id": "R1", "qty": "20", "replaces": ORDER["id"]}
    mapping.answer(call_of(mapping, "G", REPLACE), answer(200, new))
    old = ORDER | {"status": "replaced", "replaced_by": "new-id"}
    [look] = mapping.event({"event": "replaced", "order": old}).calls
    filled = new | {"filled_qty": "5", "status": "partially_filled"}
    told = mapping.event({"event": "partial_fill", "qty": "5", "price": "1", "order": filled})
    assert [read(body)["150"] for _, body in told.reports] == ["5", "F"]
    assert read(told.reports[0][1])["38"] == "20"
    assert mapping.answer(look, answer(200, filled)).reports == ()


def test_an_order_that_is_replaced_before_it_was_looked_at_is_told_of() -> None:
    mapping = AlpacaMapping()
    placed(mapping)
    old = ORDER | {"status": "replaced", "replaced_by": "id-1"}
    [look] = mapping.event({"event": "replaced", "order": old}).calls
    first = ORDER | {"id": "id-1", "client_order_id": "R1", "qty": "20", "replaces": ORDER["id"]}
    first |= {"status": "replaced", "replaced_by": "id-2"}
    told = mapping.event({"event": "replaced", "order": first})
    assert [read(body)["150"] for _, body in told.reports] == ["5"]
    assert read(told.reports[0][1])["11"] == "R1"
    assert [one.path for one in told.calls] == ["/v2/orders/id-2"]
    assert mapping.answer(look, answer(200, first)).reports == ()
    second = first | {"id": "id-2", "client_order_id": "R2", "status": "new", "replaced_by": None}
    [(_, body)] = mapping.answer(told.calls[0], answer(200, second)).reports
    assert (read(body)["150"], read(body)["11"], read(body)["41"]) == ("5", "R2", "R1")


def test_a_replace_may_ask_for_what_is_left() -> None:
    mapping = AlpacaMapping(replaces_leaves=True)
    placed(mapping)
    event(mapping, "partial_fill", qty="4", price="187", order={"filled_qty": "4"})
    assert json.loads(call_of(mapping, "G", REPLACE).body)["qty"] == "16"


def test_an_order_that_is_not_found_and_one_that_is() -> None:
    mapping = AlpacaMapping()
    call = call_of(mapping, "H", NEW)
    [(_, body)] = mapping.answer(call, answer(404, {"code": 40410000})).reports
    assert (read(body)["39"], read(body)["103"]) == ("8", "5")
    filled = ORDER | {"status": "filled", "filled_qty": "10"}
    [(_, body)] = mapping.answer(call, answer(200, filled)).reports
    assert (read(body)["150"], read(body)["39"], read(body)["14"]) == ("I", "2", "10")
    assert mapping.answer(call, answer(502)).state == AGAIN


def test_open_orders_and_positions_answer_the_questions_for_them() -> None:
    mapping = AlpacaMapping()
    call = call_of(mapping, "AF", {"584": "R-1", "585": "7"})
    [(_, one), (_, two)] = mapping.answer(call, answer(200, [ORDER, ORDER])).reports
    assert (read(one)["584"], read(one)["911"], read(one)["912"]) == ("R-1", "2", "N")
    assert read(two)["912"] == "Y"
    [(_, none)] = mapping.answer(call, answer(200, [])).reports
    assert (read(none)["39"], read(none)["911"], read(none)["912"]) == ("8", "0", "Y")
    call = call_of(mapping, "AN", {"710": "P-1", "1": "ACC"})
    held = [{"symbol": "AAPL", "qty": "-5", "side": "short"}, {"symbol": "IBM", "qty": "7"}]
    [(kind, short), (_, long)] = mapping.answer(call, answer(200, held)).reports
    assert (kind, read(short)["705"], read(short)["727"]) == ("AP", "5", "2")
    assert (read(long)["704"], read(long)["1"]) == ("7", "ACC")


@pytest.mark.parametrize("data", [{}, {"event": "fill"}, {"event": "fill", "order": []}])
def test_an_event_without_an_order_means_nothing(data: dict[str, Any]) -> None:
    assert AlpacaMapping().event(data).reports == ()


def test_an_event_of_an_unknown_name_tells_the_status() -> None:
    [said] = event(AlpacaMapping(), "reviewed", order={"status": "new"})
    assert (said["150"], said["39"]) == ("I", "0")
