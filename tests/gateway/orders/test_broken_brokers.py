"""Brokers that say what makes no sense, and rejects that must not be answered with rejects."""

from __future__ import annotations

import pytest

from tests.gateway.bench import ACME, SIM, Bench

HUGE = "1E999999"


def traded(bench: Bench, **changes: str) -> list[dict[str, str]]:
    fields = {"11": bench.found().broker_cl_ord_id, "37": "B", "17": "E1", "150": "F", "39": "1"}
    fields |= {"32": "10", "31": "100"} | {t.removeprefix("tag"): v for t, v in changes.items()}
    return bench.broker("35=8|" + "|".join(f"{t}={v}" for t, v in fields.items() if v))


@pytest.mark.parametrize("tag", ["tag32", "tag31"])
@pytest.mark.parametrize("text", [HUGE, "1E5", "NaN", "Infinity", "", "ten", "1" * 31])
def test_a_trade_that_cannot_be_booked_is_parked_in_sight(tag: str, text: str) -> None:
    bench = Bench()
    bench.order()
    assert traded(bench, **{tag: text}) == []
    assert bench.found().cum_qty == 0
    assert [parked.exec_id for parked in bench.core.state.parked.executions()] == ["E1"]
    assert bench.alarms


def test_a_trade_without_an_exec_id_is_parked() -> None:
    bench = Bench()
    bench.order()
    assert traded(bench, tag17="") == []
    assert len(bench.core.state.parked) == 1


def test_an_exec_id_used_for_another_trade_is_parked_and_a_resent_trade_is_not() -> None:
    bench = Bench()
    bench.order()
    traded(bench)
    assert traded(bench) == []
    assert bench.core.state.parked.executions() == []
    assert traded(bench, tag32="11") == []
    assert [parked.last_qty for parked in bench.core.state.parked.executions()] == ["11"]
    assert bench.found().cum_qty == 10


@pytest.mark.parametrize("exec_type", ["5", "D"])
@pytest.mark.parametrize("tag", ["38", "44"])
def test_terms_that_are_no_fix_numbers_are_not_taken_over(exec_type: str, tag: str) -> None:
    bench = Bench()
    bench.order()
    order = bench.found()
    named = order.broker_cl_ord_id
    if exec_type == "5":
        sent = bench.client("35=G|11=Y|41=X|55=IBM|54=1|38=100|40=2|44=100|60=20261121-12:00:00")
        named = sent[0]["11"]
    bench.broker(f"35=8|11={named}|37=B|17=E1|150={exec_type}|39=0|{tag}={HUGE}")
    assert (order.terms.order_qty, order.terms.price) == (100, "100")


def test_a_reason_in_digits_of_another_kind_is_none() -> None:
    bench = Bench()
    bench.order()
    sent = bench.broker(f"35=8|11={bench.found().broker_cl_ord_id}|17=E|150=8|39=8|103=\xb2")
    assert sent[0]["103"] == "0"


@pytest.mark.parametrize("link", [ACME, SIM])
@pytest.mark.parametrize("kind", ["3", "j"])
def test_a_reject_is_never_answered(link: int, kind: str) -> None:
    bench = Bench()
    assert bench.client(f"35={kind}|45=2|58=what is this", link) == []
    assert "what is this" in bench.alarms[0]
