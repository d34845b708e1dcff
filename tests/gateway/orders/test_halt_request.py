"""Halts that a client's session asks for by OrderMassCancelRequest(q)."""

from __future__ import annotations

import pytest

from gateway.orders.halt_request import LATCHES_MAX
from gateway.risk.levels import CANCEL_ONLY, HALTED
from tests.gateway.bench import ACME, BETA, SIM, Bench, limits_off, message
from tests.gateway.test_versions import checked

ASK = "35=q|11={}|530={}|60=20261121-12:00:00|58={}"
HALT = "HALT scope={} level=cancel-only reason=fat finger"


def bench(*scopes: str, version: str = "FIX.4.4") -> Bench:
    made = Bench(client_version=version)
    made.core.setup.clients[ACME].halt_scopes = frozenset(scopes)
    made.order("A")
    made.order("B", link=BETA, tag1="OTHER")
    return made


def to(link: int, sent: list[dict[str, str]]) -> list[dict[str, str]]:
    return [m for m in sent if m["link"] == str(link)]


@pytest.mark.parametrize(
    ("allowed", "scope", "orders"),
    [("firm", "firm", 2), ("client:BETA", "client:BETA", 1), ("firm", "account:OTHER", 1)],
)
def test_an_entitled_session_halts_a_scope_and_has_its_orders_canceled(
    allowed: str, scope: str, orders: int
) -> None:
    made = bench(allowed)
    sent = made.client(ASK.format("K1", 7, HALT.format(scope)))
    [told] = to(ACME, sent)
    assert (told["35"], told["531"], told["533"]) == ("r", "7", str(orders))
    assert (told["11"], told["58"], "534" in told) == ("K1", f"{scope} is cancel-only", False)
    assert [m["35"] for m in to(SIM, sent)] == ["F"] * orders
    latch = made.refolded().levels.by_scope[scope]
    assert (latch.level, latch.who, latch.why) == (CANCEL_ONLY, "session ACME", "fat finger")
    assert made.order("C", link=BETA, tag1="OTHER")[0]["58"].startswith("CANCEL_ONLY")


@pytest.mark.parametrize("version", ["FIX.4.3", "FIX.4.4", "FIX.5.0", "FIX.5.0SP2"])
def test_the_answer_is_good_in_every_version_that_has_it(version: str) -> None:
    made = bench("firm", version=version)
    asked = ASK.format("K1", 7, HALT.format("firm")).removeprefix("35=q|")
    decision = made.core.message(ACME, message("q", asked), "", made.now)
    [body] = [send.body for send in decision.sends if send.msg_type == "r"]
    checked(version, "r", body[:-1])


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (7, HALT.format("firm"), "HALT_NOT_ALLOWED"),
        (7, HALT.format("client:ACME"), "HALT_NOT_ALLOWED"),
        (7, "HALT scope=client:BETA level=active reason=x", "HALT_INVALID"),
        (7, "HALT scope=client:BETA level=cancel-only", "HALT_INVALID"),
        (7, "HALT", ""),
        (7, "HALT everything", "HALT_INVALID"),
        (7, HALT.format("client:NOBODY"), "HALT_INVALID"),
        (7, HALT.format("broker:NOBODY"), "HALT_INVALID"),
        (7, HALT.format("desk:BETA"), "HALT_INVALID"),
        (1, HALT.format("client:BETA"), "SCOPE_UNSUPPORTED"),
        ("7|54=1", HALT.format("client:BETA"), "SCOPE_UNSUPPORTED"),
    ],
)
def test_what_it_may_not_have_is_refused_and_changes_nothing(
    kind: int | str, text: str, code: str
) -> None:
    made = bench("client:BETA")
    [told, *sent] = made.client(ASK.format("K1", kind, text))
    assert not made.core.state.levels.by_scope
    if not code:  # a text like any other
        assert (told["531"], len(sent)) == ("7", 1)
        return
    assert (told["35"], told["531"], sent) == ("r", "0", [])
    assert told["58"].startswith(code)


def test_it_is_not_asked_for_twice_under_one_id() -> None:
    made = bench("firm")
    made.client(ASK.format("K1", 7, HALT.format("firm")))
    [told] = made.client(ASK.format("K1", 7, HALT.format("firm").replace("cancel-only", "halted")))
    assert told["58"].startswith("DUPLICATE_CL_ORD_ID")
    assert made.core.state.levels.by_scope["firm"].level == CANCEL_ONLY


def test_what_is_latched_already_is_asked_for_at_the_rate_of_requests() -> None:
    made = Bench(limits_off(cancel_rate_per_s=1, cancel_burst=1))
    made.core.setup.clients[ACME].halt_scopes = frozenset({"firm"})
    codes = []
    for number in range(3):
        [told] = made.client(ASK.format(f"K{number}", 7, HALT.format("firm")))
        codes.append(told["58"].partition(":")[0])
    assert codes == ["firm is cancel-only", "firm is cancel-only", "REQUEST_RATE"]


def test_what_is_refused_is_asked_for_at_the_rate_of_requests_and_not_kept_beyond() -> None:
    made = Bench(limits_off(cancel_rate_per_s=1, cancel_burst=1))
    codes = []
    for number in range(3):
        [told] = made.client(ASK.format(f"K{number}", 7, HALT.format("firm")))
        codes.append(told["58"].partition(":")[0])
    assert codes == ["HALT_NOT_ALLOWED", "REQUEST_RATE", "REQUEST_RATE"]
    book = made.core.state.book
    assert [book.is_used(ACME, f"K{number}") for number in range(3)] == [True, False, False]


def test_the_answer_tells_the_level_in_force_where_a_stricter_one_is_latched() -> None:
    made = bench("firm")
    made.took(made.core.halt("firm", False, "ann", "why", made.now, HALTED))
    [told] = to(ACME, made.client(ASK.format("K1", 7, HALT.format("firm"))))
    assert (told["531"], told["58"]) == ("7", "firm is halted")


def test_sessions_latch_no_more_scopes_than_the_most() -> None:
    made = bench("firm")
    for number in range(LATCHES_MAX):
        made.client(ASK.format(f"K{number}", 7, HALT.format(f"symbol:S{number}")))
    [told] = to(ACME, made.client(ASK.format("L", 7, HALT.format("symbol:ONE-MORE"))))
    assert told["58"] == f"HALT_INVALID: halts={LATCHES_MAX} max={LATCHES_MAX}"
    assert len(made.core.state.levels.by_scope) == LATCHES_MAX
    made.client(ASK.format("M", 7, "HALT scope=symbol:S0 level=halted reason=more"))
    assert made.core.state.levels.by_scope["symbol:S0"].level == HALTED
