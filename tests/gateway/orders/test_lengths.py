"""What a client makes up has a length, and what it had refused a number: memory has an end."""

from __future__ import annotations

import pytest

from tests.gateway.bench import ACME, BETA, ID_MAX, OTHER_FIELDS_MAX, SIM, Bench

LONG = "x" * (ID_MAX + 1)
FIT = "x" * ID_MAX
CANCEL = "35=F|11={}|41={}|55=IBM|54=1|60=20261121-12:00:00"
REPLACE = "35=G|11={}|41={}|55=IBM|54=1|38=200|40=2|44=101|60=20261121-12:00:00"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"tag11": LONG}, "ID_TOO_LONG: field=ClOrdID(11) length=65 limit=64"),
        ({"tag1": LONG}, "ID_TOO_LONG: field=Account(1) length=65 limit=64"),
        ({"tag55": LONG}, "ID_TOO_LONG: field=Symbol(55) length=65 limit=64"),
        (
            {"tag58": "t" * 100, "tag5001": "u" * 100},
            f"FIELDS_TOO_LONG: length=210 limit={OTHER_FIELDS_MAX}",
        ),
    ],
)
def test_an_order_with_too_long_a_text_is_refused_and_nothing_of_it_is_kept(
    changes: dict[str, str], text: str
) -> None:
    bench = Bench()
    before = len(bench.events)
    [sent] = bench.order(**changes)
    assert (sent["35"], sent["150"], sent["39"], sent["37"]) == ("8", "8", "8", "NONE")
    assert (sent["11"], sent["58"]) == (changes.get("tag11", "X"), text)
    assert sent["103"] == "99"
    assert len(bench.events) == before
    assert not bench.core.state.book.is_used(ACME, sent["11"])
    assert bench.limits_hit == ["other_fields_max_length" if "FIELDS" in text else "id_max_length"]


def test_texts_of_just_that_length_pass() -> None:
    bench = Bench()
    [sent] = bench.order(FIT, tag1=FIT, tag55=FIT, tag58="t" * (OTHER_FIELDS_MAX - 4))
    assert sent["link"] == str(SIM)


def test_42_clients_are_told_in_their_own_reasons() -> None:
    [sent] = Bench().order(LONG, BETA)
    assert (sent["20"], sent["103"]) == ("0", "0")


@pytest.mark.parametrize(
    ("request_", "response_to"), [(CANCEL, "1"), (REPLACE, "2")], ids=["cancel", "replace"]
)
@pytest.mark.parametrize("orig", ["X", "NONE"])
def test_a_request_with_too_long_an_id_is_refused_and_its_order_works_on(
    request_: str, response_to: str, orig: str
) -> None:
    bench = Bench()
    bench.order("X")
    before = len(bench.events)
    [sent] = bench.client(request_.format(LONG, orig))
    assert (sent["35"], sent["434"], sent["102"]) == ("9", response_to, "99")
    assert (sent["11"], sent["41"]) == (LONG, orig)
    assert sent["39"] == ("A" if orig == "X" else "8")
    assert sent["58"] == "ID_TOO_LONG: field=ClOrdID(11) length=65 limit=64"
    assert len(bench.events) == before
    [sent] = bench.client(request_.format("OK", "X"))
    assert sent["link"] == str(SIM)


def test_a_request_may_not_name_too_long_an_id_either() -> None:
    [sent] = Bench().client(CANCEL.format("C", LONG))
    assert sent["58"] == "ID_TOO_LONG: field=OrigClOrdID(41) length=65 limit=64"


def test_a_replace_with_too_much_text_is_refused() -> None:
    bench = Bench()
    bench.order("X")
    [sent] = bench.client(REPLACE.format("R", "X") + "|58=" + "t" * OTHER_FIELDS_MAX)
    assert sent["58"].startswith("FIELDS_TOO_LONG: length=")


def test_the_oldest_ids_of_refused_requests_are_forgotten_each_client_for_itself() -> None:
    bench = Bench(refused_max=2)
    bench.client(CANCEL.format("OTHER", "NONE"), BETA)
    for name in ("A", "B", "A", "C"):
        bench.client(CANCEL.format(name, "NONE"))
    for book in (bench.core.state.book, bench.refolded().book):
        used = [name for name in ("A", "B", "C") if book.is_used(ACME, name)]
        assert used == ["A", "C"], "B was used before A was used again"
        assert book.is_used(BETA, "OTHER")


def test_the_oldest_refused_orders_are_forgotten_and_no_other() -> None:
    bench = Bench(refused_max=2)
    bench.order("WORKS")
    for name in ("A", "B", "C"):
        bench.order(name, tag38="0")
    for state in (bench.core.state, bench.refolded()):
        known = [name for name in ("WORKS", "A", "B", "C") if state.book.is_used(ACME, name)]
        assert known == ["WORKS", "B", "C"]
        assert len(state.book) == 3
        assert state.order_no == 4, "the number of a forgotten order is not given again"
    assert bench.core.state.book.forget_closed_before(bench.now + 1, 9) == 2
    bench.order("D", tag38="0")
    bench.order("E", tag38="0")
    assert bench.core.state.book.is_used(ACME, "D")


def test_nothing_refused_need_be_kept() -> None:
    bench = Bench(refused_max=0)
    bench.order("A", tag38="0")
    bench.client(CANCEL.format("B", "NONE"))
    assert not bench.core.state.book.is_used(ACME, "A")
    assert not bench.core.state.book.is_used(ACME, "B")
