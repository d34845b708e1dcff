"""FIX to TWS's messages, and what is answered from the lists of orders."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.brokers.api.calls import Nothing
from gateway.brokers.api.fields import read
from gateway.brokers.ibkr.mapping import IbkrMapping
from gateway.brokers.ibkr.orders import Question
from tests.gateway.brokers.ibkr.messages import (
    CLIENT,
    DEFAULTS,
    ORDER,
    Desk,
    completed,
    execution,
    open_order,
    status,
)
from tools.broker_apis.ibkr import wire
from tools.broker_apis.ibkr.entry import asked


def sent(**fields: str) -> dict[str, str]:
    """A placeOrder as TWS reads it."""
    return asked(Desk().request("D", _11="A-1", **fields).text.split("\0")[:-1])


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, {"orderType": "LMT", "lmtPrice": "187.50", "tif": "DAY", "action": "BUY"}),
        ({"_40": "1", "_54": "5"}, {"orderType": "MKT", "action": "SELL"}),
        ({"_40": "4", "_99": "190"}, {"orderType": "STP LMT", "auxPrice": "190"}),
        ({"_40": "1", "_59": "7"}, {"orderType": "MOC", "tif": "DAY"}),
        ({"_40": "B"}, {"orderType": "LOC"}),
        ({"_336": "8"}, {"outsideRth": "1"}),
        ({"_59": "6", "_126": "20260120-15:00:00.123"}, {"goodTillDate": "20260120-15:00:00"}),
        ({"_59": "6", "_432": "20260120"}, {"tif": "GTD", "goodTillDate": "20260120-23:59:59"}),
        ({"_55": "EUR/USD"}, {"symbol": "EUR", "secType": "CASH", "exchange": "IDEALPRO"}),
        ({"_55": "BTC/USD", "_167": "CRYPTO"}, {"secType": "CRYPTO", "exchange": "PAXOS"}),
        ({"_100": "ARCA", "_15": "EUR"}, {"exchange": "ARCA", "currency": "EUR"}),
        ({"_22": "8", "_48": "265598"}, {"conId": "265598"}),
        (
            {"_167": "OPT", "_541": "20260320", "_201": "1", "_202": "190", "_231": "100"},
            {"secType": "OPT", "right": "C", "strike": "190.0", "multiplier": "100"},
        ),
    ],
)
def test_an_order_as_it_goes_to_tws(fields: dict[str, str], wanted: dict[str, str]) -> None:
    row = sent(**fields)
    assert {name: row[name] for name in wanted} == wanted
    assert row["orderRef"] == "A-1"
    assert row["account"] == "DU1234567"


def test_the_record_has_a_request_as_it_leaves() -> None:
    message = Desk().request("D", _11="A-1")
    assert message.raw == message.text.replace("\0", "\t").encode()
    assert message.raw.startswith(b"3\t1042\t0\tAAPL\tSTK\t")


def test_numbers_grow_and_are_never_used_again() -> None:
    desk = Desk()
    numbers = [desk.request("D", _11=f"A-{n}").number for n in range(3)]
    desk.mapping.connected(1, desk.mapping._writer, "DU1234567")
    numbers.append(desk.request("D", _11="A-9").number)
    assert numbers == [1042, 1043, 1044, 1045]


def test_what_cannot_be_sent_is_refused_at_once() -> None:
    early = IbkrMapping(CLIENT, DEFAULTS).request("D", ORDER | {"11": "A-1"})
    by_money = Desk().mapping.request("D", {"11": "A-1", "152": "1000", "54": "1", "40": "1"})
    nowhere = Desk().mapping.request("F", {"11": "A-2", "41": "A-1"})
    for made, kind in ((early, "8"), (by_money, "8"), (nowhere, "9")):
        assert isinstance(made, Nothing)
        assert [one[0] for one in made.reports] == [kind]


def answer(desk: Desk, kind: str, *heard: str, **fields: str) -> list[dict[str, str]]:
    """What a question is told after a round."""
    hearing = desk.mapping.hearing
    named: dict[str, Any] = {tag.removeprefix("_"): value for tag, value in fields.items()}
    question = desk.mapping.request(kind, named)
    assert isinstance(question, Question)
    hearing.asking()
    for text in heard:
        desk.heard(text)
    hearing.looked()
    hearing.asked()
    return [read(body) for _, body in desk.mapping.answer(question)]


def test_a_status_is_that_of_the_open_order() -> None:
    desk = Desk()
    desk.works()
    filled = status("Submitted", filled=40, remaining=60)
    (said,) = answer(desk, "H", open_order(), filled, execution(), _11="A-1")
    assert (said["150"], said["39"], said["14"], said["38"]) == ("I", "1", "40", "100")


def test_a_status_is_that_of_the_completed_order() -> None:
    for word, ended in (("Cancelled", "4"), ("Filled", "2"), ("Inactive", "8")):
        desk = Desk()
        desk.request("D", _11="A-1")
        row = completed(word, filledQuantity=40)
        (said,) = answer(desk, "H", row, _11="A-1")
        assert (said["39"], said["14"]) == (ended, "40")


def test_an_order_of_before_that_has_ended_is_found_by_either_id() -> None:
    row = completed("Cancelled", filledQuantity=0)
    for ids in ({"_11": "A-1"}, {"_11": "A-7", "_37": "1837465001"}):
        (said,) = answer(Desk(), "H", row, **ids)
        assert (said["39"], said["11"]) == ("4", ids["_11"])


def test_an_order_that_is_in_no_list_is_not_there() -> None:
    desk = Desk()
    desk.request("D", _11="A-1")
    (said,) = answer(desk, "H", _11="A-1")
    assert (said["39"], said["103"], said["37"]) == ("8", "5", "NONE")


def test_all_open_orders_are_told() -> None:
    desk = Desk()
    desk.works()
    assert [one["911"] for one in answer(desk, "AF", open_order(), _584="M-1")] == ["1"]
    assert [one["911"] for one in answer(desk, "AF", completed("Cancelled"), _584="M-2")] == ["0"]


def test_positions_are_those_of_the_account() -> None:
    desk = Desk()
    stock = [265598, "AAPL", "STK", "", 0, "", "", "", "USD", "AAPL", "NMS"]
    pair = [12087792, "EUR", "CASH", "", 0, "", "", "", "USD", "EUR.USD", "EUR.USD"]
    held = [
        wire.said(61, 3, "DU1234567", *stock, 100, "187.5"),
        wire.said(61, 3, "DU1234567", *pair, -5000, "1.1"),
        wire.said(61, 3, "DU7654321", *stock, 7, "187.5"),
    ]
    told = answer(desk, "AN", *held, _710="P-1", _1="ACME-1")
    assert [(one["55"], one.get("704", one.get("705"))) for one in told] == [
        ("AAPL", "100"),
        ("EUR/USD", "5000"),
    ]
