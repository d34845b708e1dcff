"""Requests whose answers are lost, on an order that is over: each is answered once, and truly."""

from __future__ import annotations

import pytest

from tests.gateway.bench import Bench
from tests.gateway.orders.test_doubt import CANCEL, REPLACE, lose, told, working

CANCEL_REPLACED = CANCEL.replace("41=X", "41=R1")
REFUSED = ("9", "R1", "TOO_LATE")


def answers(sent: list[dict[str, str]]) -> list[tuple[str, ...]]:
    """Of what clients are told: 35 or 150, 11, 58 or 41."""
    found = []
    for one in sent:
        if one["35"] == "9":
            found.append(("9", one["11"], one["58"]))
        elif one["35"] == "8":
            found.append((one["150"], one["11"], one.get("41", "")))
    return found


def replacing(bench: Bench) -> tuple[str, str]:
    """A working order and its replace: their ClOrdIDs(11) at the broker."""
    first = working(bench)
    [asked] = bench.client(REPLACE)
    return first, asked["11"]


def canceled(cl_ord_id: str, orig: str, terms: str) -> str:
    ids = f"11={cl_ord_id}|41={orig}|37=B|17=E9|55=IBM|54=1"
    return f"35=8|{ids}|150=4|39=4|14=0|151=0{terms}"


def replaced(first: str, second: str) -> str:
    ids = f"11={second}|41={first}|37=B|17=E10|55=IBM|54=1"
    return f"35=8|{ids}|150=5|39=0|38=200|44=101|14=0|151=200"


@pytest.mark.parametrize("terms", ["", "|38=200|44=101"])
def test_a_replace_that_a_cancel_names_as_the_order_before_was_done(terms: str) -> None:
    bench = Bench()
    first, second = replacing(bench)
    lose(bench)
    [asked] = bench.client(CANCEL_REPLACED)
    sent = bench.broker(canceled(asked["11"], second, terms))
    assert answers(sent) == [("5", "R1", "X"), ("4", "C1", "R1")]
    assert bench.found("R1").terms.order_qty == 200
    assert bench.broker(replaced(first, second)) == []


@pytest.mark.parametrize("terms", ["|38=100|44=100", "|38=100", "|38=200|44=100"])
def test_one_whose_terms_the_cancel_contradicts_was_not(terms: str) -> None:
    bench = Bench()
    first, second = replacing(bench)
    lose(bench)
    [asked] = bench.client(CANCEL_REPLACED)
    sent = bench.broker(canceled(asked["11"], second, terms))
    assert answers(sent) == [("4", "C1", "X"), REFUSED]
    assert bench.found().open_requests == ()
    assert bench.broker(replaced(first, second)) == []


def test_what_the_end_of_an_order_leaves_in_doubt_is_refused_once() -> None:
    bench = Bench()
    first, second = replacing(bench)
    lose(bench)
    sent = bench.broker(canceled(first, "", ""))
    assert answers(sent) == [("4", "X", ""), REFUSED]
    assert bench.broker(f"35=9|11={second}|41={first}|37=B|39=4|434=2|102=0") == []
    assert bench.found().closed


@pytest.mark.parametrize("answer", ["4", "8|103=5"])
def test_what_is_open_when_the_broker_tells_an_order_as_over_is_refused_once(answer: str) -> None:
    bench = Bench()
    first, second = replacing(bench)
    sent = bench.broker(canceled(first, "", ""))
    assert answers(sent) == [("4", "X", "")]  # the broker may answer still
    assert answers(bench.broker(told(first, answer))) == [REFUSED]
    assert bench.broker(f"35=9|11={second}|41={first}|37=B|39=4|434=2|102=0") == []
    assert bench.broker(told(first, answer)) == []
