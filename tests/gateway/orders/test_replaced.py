"""Replaces that are told late, or only by what the broker answers when it is asked."""

from __future__ import annotations

import pytest

from tests.gateway.bench import Bench

CANCEL = "35=F|11=C1|41=R1|55=IBM|54=1|60=20261121-12:00:00"
REPLACE = "35=G|11=R1|41=X|55=IBM|54=1|38=200|40=2|44=101|60=20261121-12:00:00"
TERMS = "|38=200|44=101"


def working(bench: Bench) -> str:
    broker_id = bench.order()[0]["11"]
    told(bench, broker_id, "0", "0")
    return broker_id


def told(
    bench: Bench, broker_id: str, exec_type: str, status: str, more: str = ""
) -> list[dict[str, str]]:
    """What is sent because of a report of the broker."""
    return bench.broker(
        f"35=8|11={broker_id}|37=B|17=R{exec_type}|150={exec_type}|39={status}{more}"
    )


@pytest.mark.parametrize("by", ["client", "operator"])
def test_a_replace_that_is_told_after_the_cancel_that_followed_it_was_done(by: str) -> None:
    bench = Bench()
    broker_id = working(bench)
    [replace] = bench.client(REPLACE)
    if by == "client":
        [cancel] = bench.client(CANCEL)
    else:
        [cancel] = bench.took(bench.core.cancel_order(bench.found(), "anna", "", bench.now))
    told(bench, cancel["11"], "4", "4", f"|41={replace['11']}|38=200")
    [report] = told(bench, replace["11"], "5", "0", f"|41={broker_id}{TERMS}")
    assert (report["150"], report["39"], report["38"]) == ("5", "4", "200")
    assert (report["11"], report["41"], report["151"]) == ("R1", "X", "0")
    assert bench.alarms == []
    [report] = bench.broker(f"35=8|11={replace['11']}|37=B|17=E1|150=F|39=4|32=150|31=100")
    assert (report["39"], report["14"]) == ("4", "150")
    assert report["11"] == ("C1" if by == "client" else "R1")


def test_an_answer_that_names_the_order_by_a_replace_tells_that_it_was_done() -> None:
    bench = Bench()
    working(bench)
    [replace] = bench.client(REPLACE)
    [report] = told(bench, replace["11"], "I", "0", TERMS)
    assert (report["150"], report["11"], report["41"], report["38"]) == ("5", "R1", "X", "200")
    assert "no report came of ClOrdID(11)" in bench.alarms[-1]
    assert told(bench, replace["11"], "5", "0", TERMS) == []


def test_a_replace_that_enlarged_what_is_filled_is_told_so_as_well() -> None:
    bench = Bench()
    broker_id = working(bench)
    [replace] = bench.client(REPLACE)
    told(bench, broker_id, "F", "2", "|32=100|31=100")
    [report] = told(bench, replace["11"], "I", "1", f"{TERMS}|14=100")
    assert (report["150"], report["39"], report["151"]) == ("5", "1", "100")


@pytest.mark.parametrize("status", ["E", "6", "8"])
def test_what_is_pending_or_rejected_is_not_replaced(status: str) -> None:
    bench = Bench()
    working(bench)
    [replace] = bench.client(REPLACE)
    told(bench, replace["11"], "I", status, TERMS)
    assert bench.found().terms.order_qty == 100


@pytest.mark.parametrize("named", [True, False])
def test_an_order_that_is_found_canceled_was_replaced_before(named: bool) -> None:
    bench = Bench()
    broker_id = working(bench)
    [replace] = bench.client(REPLACE)
    bench.took(bench.core.messages_lost("SIM", "ResetSeqNumFlag(141)", bench.now))
    first, second = told(bench, replace["11"] if named else broker_id, "I", "4", f"{TERMS}|14=0")
    assert [first["11"], second["11"]] == (["R1", "R1"] if named else ["X", "R1"])
    assert sorted([first["150"], second["150"]]) == ["4", "5"]
    assert (second["39"], second["38"], bench.found().unknown) == ("4", "200", False)
