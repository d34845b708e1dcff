"""Mass cancels and mass status requests: whose orders, which of them, and what is said."""

from __future__ import annotations

import pytest

from gateway.orders.order import Order
from gateway.translate import mass
from gateway.translate.dialects import DIALECTS
from tests.gateway.bench import ACME, BETA, SIM, Bench, message
from tests.gateway.bench import instrument as instrument_of
from tests.gateway.test_versions import checked

CANCEL = "35=q|11={}|530={}|60=20261121-12:00:00"
STATUS = "35=AF|584=S1|585={}"


@pytest.fixture
def bench() -> Bench:
    """Three open orders of ACME, one of them in another symbol, and one of BETA."""
    bench = Bench()
    bench.core.setup.reference.instruments["MSFT"] = instrument_of("MSFT")
    bench.order("A1")
    bench.order("A2", tag54="2", tag1="OTHER")
    bench.order("A3", tag55="MSFT")
    bench.order("B1", BETA)
    return bench


def to(link: int, sent: list[dict[str, str]], msg_type: str) -> list[dict[str, str]]:
    return [m for m in sent if m["link"] == str(link) and m["35"] == msg_type]


def order_of(bench: Bench, cl_ord_id: str, link: int = ACME) -> Order:
    order = bench.core.state.book.find_of_client(link, cl_ord_id)
    assert order is not None
    return order


@pytest.mark.parametrize(
    ("scope", "canceled"),
    [
        ("7", ["A1", "A2", "A3"]),
        ("1|55=IBM", ["A1", "A2"]),
        ("1|55=MSFT", ["A3"]),
        ("7|54=2", ["A2"]),
        ("1|55=NOSUCH", []),
    ],
)
def test_a_mass_cancel_cancels_the_open_orders_of_its_scope(
    bench: Bench, scope: str, canceled: list[str]
) -> None:
    sent = bench.client(CANCEL.format("M1", scope))
    [told] = to(ACME, sent, "r")
    assert (told["11"], told["530"], told["531"]) == ("M1", scope[0], scope[0])
    assert told["533"] == str(len(canceled))
    requests = to(SIM, sent, "F")
    wanted = [order_of(bench, cl_ord_id).broker_cl_ord_id for cl_ord_id in canceled]
    assert [m["41"] for m in requests] == wanted
    assert not to(BETA, sent, "8")
    for request, cl_ord_id in zip(requests, canceled, strict=True):
        answer = f"35=8|11={request['11']}|41={request['41']}|37=X|17=E|150=4|39=4|14=0|151=0"
        [report] = to(ACME, bench.broker(answer), "8")
        assert (report["11"], report["150"], report["39"]) == (cl_ord_id, "4", "4")
        assert report["58"] == "canceled by mass cancel M1"


def test_a_mass_cancel_of_one_contract_leaves_the_others(bench: Bench) -> None:
    bench.order("C1", tag167="FUT", tag200="202612")
    bench.order("C2", tag167="FUT", tag200="202703")
    [told] = to(ACME, bench.client(CANCEL.format("M1", "1|55=IBM|200=202612")), "r")
    assert told["533"] == "1"
    assert [order_of(bench, name).pending_cancel is None for name in ("C1", "C2")] == [False, True]


def test_what_is_being_canceled_is_not_canceled_again_and_queued_orders_end_at_once(
    bench: Bench,
) -> None:
    bench.client("35=F|11=C1|41=A1|55=IBM|54=1|60=20261121-12:00:00")
    sent = bench.client(CANCEL.format("M1", "7"))
    assert to(ACME, sent, "r")[0]["533"] == "2"
    assert len(to(SIM, sent, "F")) == 2
    [again] = to(ACME, bench.client(CANCEL.format("M2", "7")), "r")
    assert (again["531"], again["533"]) == ("7", "0")


def test_a_refused_cancel_of_a_mass_cancel_is_told_under_its_id(bench: Bench) -> None:
    [request] = to(SIM, bench.client(CANCEL.format("M1", "1|55=MSFT")), "F")
    refusal = f"35=9|11={request['11']}|41={request['41']}|37=X|39=2|434=1|102=0|58=too late"
    [told] = to(ACME, bench.broker(refusal), "9")
    assert (told["11"], told["41"], told["58"]) == ("M1", "A3", "too late")


@pytest.mark.parametrize(
    ("request_id", "scope", "reason", "text"),
    [
        ("A1", "7", "99", "DUPLICATE_CL_ORD_ID: cl_ord_id=A1"),
        ("M1", "3", "0", "SCOPE_UNSUPPORTED: tag=530 value=3"),
        ("M1", "1", "1", "FIELD_MISSING: tag=55"),
        ("", "7", "99", "FIELD_MISSING: tag=11"),
        ("M1", "7|453=1|448=X", "0", "SCOPE_UNSUPPORTED: tag=453"),
        ("M" * 65, "7", "99", "ID_TOO_LONG: field=ClOrdID(11) length=65 limit=64"),
    ],
)
def test_a_bad_mass_cancel_is_refused_and_cancels_nothing(
    bench: Bench, request_id: str, scope: str, reason: str, text: str
) -> None:
    sent = bench.client(CANCEL.format(request_id, scope))
    [told] = sent
    assert (told["35"], told["531"], told["532"], told["58"]) == ("r", "0", reason, text)
    assert not any(order.open_requests for order in bench.core.state.book.open.values())


def test_the_id_of_a_mass_cancel_is_used(bench: Bench) -> None:
    bench.client(CANCEL.format("M1", "7"))
    [told] = bench.client(CANCEL.format("M1", "7"))
    assert told["58"] == "DUPLICATE_CL_ORD_ID: cl_ord_id=M1"
    assert bench.order("M1")[-1]["58"] == "DUPLICATE_CL_ORD_ID: cl_ord_id=M1"


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ("7", ["A1", "A2", "A3"]),
        ("1|55=IBM", ["A1", "A2"]),
        ("7|54=2", ["A2"]),
        ("7|1=OTHER", ["A2"]),
    ],
)
def test_a_mass_status_request_is_answered_order_by_order(
    bench: Bench, scope: str, told: list[str]
) -> None:
    sent = bench.client(STATUS.format(scope))
    assert [m["11"] for m in sent] == told
    assert {(m["35"], m["150"], m["584"], m["911"]) for m in sent} == {
        ("8", "I", "S1", str(len(told)))
    }
    assert [m["912"] for m in sent] == ["N"] * (len(told) - 1) + ["Y"]


def test_no_order_that_matches_is_told_as_well(bench: Bench) -> None:
    [told] = bench.client(STATUS.format("1|55=NOSUCH"))
    assert (told["39"], told["150"], told["584"], told["912"]) == ("8", "I", "S1", "Y")
    assert told["58"] == "UNKNOWN_ORDER: no open order matches"
    [refused] = bench.client(STATUS.format("5"))
    assert (refused["35"], refused["58"]) == ("j", "SCOPE_UNSUPPORTED: tag=585 value=5")


def test_a_mass_status_request_without_its_id_is_refused_where_nobody_checks_it(
    bench: Bench,
) -> None:
    [refused] = bench.client("35=AF|585=1|55=NOSUCH")
    assert (refused["35"], refused["58"]) == ("j", "FIELD_MISSING: tag=584")


def test_an_older_version_has_neither(bench: Bench) -> None:
    for request in (CANCEL.format("M1", "7"), STATUS.format("7")):
        [told] = bench.client(request, BETA)
        assert (told["35"], told["380"]) == ("j", "3")


@pytest.mark.parametrize("version", ["FIX.4.3", "FIX.4.4", "FIX.5.0", "FIX.5.0SP1", "FIX.5.0SP2"])
def test_what_is_said_is_valid_in_every_version(bench: Bench, version: str) -> None:
    dialect = DIALECTS[version]
    orders = [order_of(bench, "A1"), order_of(bench, "A2")]
    asked = message("q", "11=M1|530=1|55=IBM|54=1")
    about = message("AF", "584=S1|585=7")
    for body in (
        mass.cancel_report(dialect, asked, "M-1", orders, bench.now),
        mass.cancel_refused(dialect, asked, "M-1", 99, "NO: because", bench.now),
    ):
        checked(version, "r", body[:-1])
    checked(version, "8", mass.no_status(dialect, about, bench.now)[:-1])
