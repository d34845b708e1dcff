"""What goes over the bridge for a request, and what its lines mean."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.brokers.api.fields import read
from gateway.brokers.osengine.lines import LineError, number, seal
from gateway.brokers.osengine.lines import read as read_line
from gateway.brokers.osengine.lines import write as write_line
from gateway.brokers.osengine.mapping import Line, OsEngineMapping

ORDER = {"11": "A", "1": "ACME-1", "55": "SBER", "54": "1", "38": "100", "40": "2", "44": "271.350"}
TOLD = {
    "id": "A",
    "order_id": "30211",
    "security": "SBER",
    "class": "TQBR",
    "side": "buy",
    "of": "100",
    "done": "40",
    "limit": "271.35",
    "seq": "7",
}


def mapping() -> OsEngineMapping:
    return OsEngineMapping("L01", "TQBR")


def asked(kind: str, fields: dict[str, str]) -> Line:
    line = mapping().request(kind, fields)
    assert isinstance(line, Line)
    return line


def one(said: dict[str, str]) -> tuple[str, dict[str, str]]:
    [(kind, body)] = mapping().fact(said)
    return kind, read(body)


def test_an_order_names_portfolio_security_and_class() -> None:
    assert asked("D", ORDER).said == {
        "t": "new",
        "id": "A",
        "portfolio": "L01",
        "security": "SBER",
        "class": "TQBR",
        "side": "buy",
        "type": "limit",
        "price": "271.35",
        "qty": "100",
        "tif": "day",
    }


@pytest.mark.parametrize(
    ("symbol", "security", "of_class"),
    [("SBER@SMAL", "SBER", "SMAL"), ("A@B@C", "A@B", "C"), ("SBER", "SBER", "TQBR")],
)
def test_a_symbol_may_name_a_class(symbol: str, security: str, of_class: str) -> None:
    said = asked("D", ORDER | {"55": symbol}).said
    assert (said["security"], said["class"]) == (security, of_class)
    body = mapping().status(TOLD | {"security": security, "class": of_class, "state": "working"})
    assert read(body)["55"] == symbol


def test_a_portfolio_that_is_not_set_is_the_orders_account() -> None:
    line = OsEngineMapping().request("D", ORDER)
    assert isinstance(line, Line)
    assert line.said["portfolio"] == "ACME-1"


def test_requests_about_an_order_share_its_lane_and_name_it() -> None:
    made = mapping()
    lines: list[Any] = [
        made.request("D", ORDER),
        made.request("G", {"11": "B", "41": "A", "38": "200", "44": "270"}),
        made.request("F", {"11": "C", "41": "B"}),
    ]
    assert [line.lane for line in lines] == ["A", "A", "A"]
    assert lines[1].said == {"t": "replace", "price": "270", "qty": "200", "id": "B", "order": "A"}
    assert lines[2].said == {"t": "cancel", "id": "C", "order": "B"}


def test_a_question_and_a_request_of_one_id_are_answered_apart() -> None:
    assert asked("H", {"11": "A"}).key != asked("D", ORDER).key


def test_an_order_works() -> None:
    kind, body = one({"t": "working"} | TOLD | {"done": "0", "replaces": ""})
    assert (kind, body["150"], body["39"], body["37"], body["11"]) == ("8", "0", "0", "30211", "A")
    assert "41" not in body


def test_an_order_that_took_anothers_place_is_a_replace_of_both_quantities() -> None:
    _, body = one({"t": "working"} | TOLD | {"id": "B", "replaces": "A"})
    assert (body["150"], body["39"], body["11"], body["41"]) == ("5", "1", "B", "A")
    assert (body["38"], body["14"], body["44"]) == ("100", "40", "271.35")


@pytest.mark.parametrize(("done", "status"), [("40", "1"), ("100", "2")])
def test_a_trade_is_known_by_the_exchanges_numbers(done: str, status: str) -> None:
    said = TOLD | {"t": "trade", "trade": "7712201", "qty": "40", "price": "271.3", "done": done}
    _, body = one(said)
    assert (body["150"], body["39"], body["17"]) == ("F", status, "30211:7712201")
    assert (body["32"], body["31"], body["14"]) == ("40", "271.3", done)


def test_an_end_names_the_cancel_that_led_to_it() -> None:
    _, body = one(TOLD | {"t": "ended", "how": "canceled", "by": "C", "why": ""})
    assert (body["150"], body["11"], body["41"]) == ("4", "C", "A")
    _, body = one(TOLD | {"t": "ended", "how": "canceled", "by": "", "why": "end of day"})
    assert (body["150"], body["11"], body["58"]) == ("4", "A", "end of day")
    _, body = one(TOLD | {"t": "ended", "how": "rejected", "by": "", "why": "money"})
    assert (body["150"], body["58"]) == ("8", "money")


def test_an_end_by_executions_and_what_is_not_known_tell_nothing() -> None:
    assert not mapping().fact(TOLD | {"t": "ended", "how": "done"})
    assert not mapping().fact({"t": "taken", "seq": "1", "id": "A"})
    assert not mapping().fact({"t": "of a later version", "seq": "1"})


def test_an_order_that_the_terminal_lost_sight_of_is_not_seen_there() -> None:
    _, body = one(TOLD | {"t": "lost", "why": "LostAfterActive"})
    assert (body["11"], body["150"], body["103"]) == ("A", "I", "5")


@pytest.mark.parametrize(
    ("what", "reason", "response", "code"),
    [
        ("cancel", "too_late", "1", "0"),
        ("cancel", "no_order", "1", "1"),
        ("replace", "other", "2", "99"),
    ],
)
def test_a_refused_change_says_why(what: str, reason: str, response: str, code: str) -> None:
    said = {"t": "refused", "what": what, "id": "C", "order": "A", "reason": reason, "why": "so"}
    kind, body = one(said)
    assert (kind, body["434"], body["102"], body["58"]) == ("9", response, code, "so")


@pytest.mark.parametrize(
    ("state", "done", "status"),
    [
        ("taken", "0", "A"),
        ("working", "0", "0"),
        ("working", "40", "1"),
        ("done", "100", "2"),
        ("canceled", "0", "4"),
        ("rejected", "0", "8"),
        ("lost", "0", "A"),
        ("of a later version", "0", "A"),
    ],
)
def test_a_status_settles_only_what_is_known(state: str, done: str, status: str) -> None:
    line = asked("H", {"11": "A"})
    [(_, body)] = mapping().answers(line, [TOLD | {"state": state, "done": done, "why": ""}])
    assert (read(body)["150"], read(body)["39"], read(body)["14"]) == ("I", status, done)


def test_an_order_that_is_not_there_is_said_to_be_not_there() -> None:
    [(_, body)] = mapping().answers(asked("H", {"11": "A"}), [])
    assert (read(body)["39"], read(body)["103"]) == ("8", "5")


def test_what_another_record_has_not_is_no_evidence_of_an_order_of_before() -> None:
    made = mapping()
    made.request("D", ORDER)
    made.begin_record()
    made.request("D", ORDER | {"11": "B"})
    statuses = []
    for about in ("A", "B", "A", "B"):
        line = made.request("H", {"11": about})
        assert isinstance(line, Line)
        [(_, body)] = made.answers(line, [])
        statuses.append((read(body)["39"], read(body).get("103")))
    assert statuses == [("8", "5"), ("8", "5"), ("A", None), ("8", "5")]


def test_positions_are_signed_and_flat_ones_left_out() -> None:
    line = asked("AN", {"710": "P", "1": "ACME-1"})
    rows = [
        {"security": "SBER", "class": "TQBR", "qty": "-30"},
        {"security": "GAZP", "class": "SMAL", "qty": "10"},
        {"security": "LKOH", "class": "TQBR", "qty": "0"},
    ]
    told = [read(body) for _, body in mapping().answers(line, rows)]
    assert [(one["55"], one.get("704"), one.get("705")) for one in told] == [
        ("SBER", None, "30"),
        ("GAZP@SMAL", "10", None),
    ]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b'"text"',
        b'{"a":1}',
        b'{"a":null}',
        b"<html>",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":"\\ud800"}',
    ],
)
def test_what_is_no_object_of_texts_is_no_line(line: bytes) -> None:
    with pytest.raises(LineError):
        read_line(line)


def test_a_line_is_read_as_it_was_written() -> None:
    said = {"t": "x", "why": 'quote " and \\ and \n and ü€'}
    line = write_line(said)
    assert line.count(b"\n") == 1
    assert read_line(line) == said


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "²", "9" * 19])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(LineError):
        number({"seq": text}, "seq")


def test_a_seal_depends_on_all_that_goes_into_it() -> None:
    made = {
        seal("secret", "robot", "a", "b"),
        seal("secret", "gateway", "a", "b"),
        seal("secret", "robot", "b", "a"),
        seal("other", "robot", "a", "b"),
    }
    assert len(made) == 4
