"""The rate of cancels: it bounds requests that change nothing, and never a cancel that does."""

from __future__ import annotations

import pytest

from gateway.risk.limits import CANCEL_RATE_PER_S, LimitTable
from gateway.risk.scope_limits import ScopeLimits
from tests.gateway.bench import ACME, BETA, SECOND, SIM, Bench, limits_off

CANCEL = "35=F|11={}|41={}|55=IBM|54=1|60=20261121-12:00:00"
REPLACE = "35=G|11={}|41={}|55=IBM|54=1|38=200|40=2|44=101|60=20261121-12:00:00"
STATUS = "35=H|11={}|55=IBM|54=1"


def bench_of(rate: int, burst: int) -> Bench:
    return Bench(limits_off(cancel_rate_per_s=rate, cancel_burst=burst))


def code(sent: list[dict[str, str]]) -> str:
    """The code of the one refusal that was sent, "" for anything else."""
    [message] = sent
    return message["58"].partition(":")[0] if message["35"] in ("9", "j") else ""


def empty(bench: Bench, link: int = ACME) -> None:
    """Use the bucket up."""
    number = 0
    while code(bench.client(CANCEL.format(f"W{number}", "NONE"), link)) != "REQUEST_RATE":
        number += 1
    bench.limits_hit.clear()


def test_the_first_cancel_of_an_open_order_always_passes() -> None:
    bench = bench_of(1, 1)
    names = [f"X{number}" for number in range(20)]
    for name in names:
        bench.order(name)
    empty(bench)
    for name in names:
        [sent] = bench.client(CANCEL.format(f"C{name}", name))
        assert (sent["link"], sent["35"]) == (str(SIM), "F")
    assert bench.limits_hit == []


@pytest.mark.parametrize(
    ("request_", "within"),
    [
        (CANCEL.format("C", "X"), "PENDING"),
        (CANCEL.format("C", "DONE"), "TOO_LATE"),
        (CANCEL.format("C", "NONE"), "UNKNOWN_ORDER"),
        (REPLACE.format("C", "X"), "PENDING"),
        (REPLACE.format("C", "NONE"), "UNKNOWN_ORDER"),
    ],
)
def test_what_changes_nothing_is_refused_and_beyond_the_rate_leaves_nothing(
    request_: str, within: str
) -> None:
    bench = bench_of(2, 3)
    bench.order("X")
    bench.client(CANCEL.format("FIRST", "X"))
    bench.order("DONE", tag38="0")
    before = len(bench.events)
    assert code(bench.client(request_)) == within
    assert len(bench.events) == before + 1
    bench = bench_of(2, 3)
    bench.order("X")
    bench.client(CANCEL.format("FIRST", "X"))
    bench.order("DONE", tag38="0")
    empty(bench)
    before = len(bench.events)
    [sent] = bench.client(request_)
    assert (sent["35"], sent["102"]) == ("9", "99")
    assert sent["58"] == "REQUEST_RATE: client=ACME limit_per_s=2 burst=3"
    assert len(bench.events) == before
    assert not bench.core.state.book.is_used(ACME, "C")
    assert bench.limits_hit == ["cancel_rate_per_s"]


def test_status_requests_beyond_the_rate_are_rejected() -> None:
    bench = bench_of(1, 2)
    bench.order("X")
    assert [code(bench.client(STATUS.format("X"))) for _ in range(2)] == ["", ""]
    [sent] = bench.client(STATUS.format("X"))
    assert (sent["35"], sent["372"], sent["379"], sent["380"]) == ("j", "H", "X", "0")
    assert sent["58"].startswith("REQUEST_RATE: ")
    bench.now += SECOND
    assert code(bench.client(STATUS.format("X"))) == ""
    assert code(bench.client(STATUS.format("X"))) == "REQUEST_RATE"


def test_every_session_has_its_own_rate() -> None:
    bench = bench_of(1, 2)
    empty(bench)
    assert code(bench.client(STATUS.format("NONE"), BETA)) == ""


def test_cancels_that_pass_are_counted_too() -> None:
    bench = bench_of(1, 2)
    bench.order("X")
    bench.order("Y")
    bench.client(CANCEL.format("C1", "X"))
    bench.client(CANCEL.format("C2", "Y"))
    assert code(bench.client(STATUS.format("X"))) == "REQUEST_RATE"


def test_a_rate_that_is_off_refuses_nothing() -> None:
    bench = Bench(limits_off())
    assert {code(bench.client(STATUS.format("NONE"))) for _ in range(2000)} == {""}


def test_a_rate_that_nobody_sets_has_a_value() -> None:
    limits = LimitTable([ScopeLimits("firm", None, {})]).of("ACME", "", "")
    assert limits.requests_per_s == limits.requests_burst == CANCEL_RATE_PER_S
