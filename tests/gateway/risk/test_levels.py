"""Levels of trading: what each lets through in every scope, and that the strictest counts."""

from __future__ import annotations

import pytest

from gateway.events import Halted, decode
from gateway.risk.levels import CANCEL_ONLY, HALTED, LEVELS, REDUCE_ONLY
from gateway.snapshot import snapshot
from gateway.state import State
from tests.gateway.bench import BETA, NOON, SIM, Bench, instrument, limits_off
from tests.gateway.risk.test_checks import code, fill, hold
from tests.gateway.risk.test_scopes import SUBJECTS

SCOPES = ["firm", *(f"{kind}:{name}" for kind, name in SUBJECTS.items() if name)]
CODES = {REDUCE_ONLY: "REDUCE_ONLY", CANCEL_ONLY: "CANCEL_ONLY", HALTED: "HALTED"}


def bench() -> Bench:
    made = Bench(limits_off(), instruments=[instrument(sector="TECH"), instrument("OIL")])
    for client in made.setup.clients.values():
        client.strategy_tag = "5001"
    return made


def latch(made: Bench, level: str, scope: str = "firm") -> None:
    made.took(made.core.halt(scope, False, "ann", "why", made.now, level))


def replace(made: Bench, cl_ord_id: str, **changes: str) -> dict[str, str]:
    fields = {
        "11": cl_ord_id,
        "41": "X",
        "55": "IBM",
        "54": "1",
        "38": "90",
        "40": "2",
        "44": "100",
    }
    fields |= {tag.removeprefix("tag"): value for tag, value in changes.items()}
    body = "|".join(f"{tag}={value}" for tag, value in fields.items())
    [sent] = made.client(f"35=G|{body}|60=20261121-12:00:00")
    return sent


@pytest.mark.parametrize("level", LEVELS[1:])
@pytest.mark.parametrize("scope", SCOPES)
def test_every_level_refuses_what_would_open_a_position_in_every_scope(
    scope: str, level: str
) -> None:
    made = bench()
    latch(made, level, scope)
    [refused] = made.order("A", tag5001="MOMO")
    assert refused["58"] == f"{CODES[level]}: scope={scope} level={level}"
    made.took(made.core.resume(scope, "ann", "over", made.now))
    assert code(made.order("B", tag5001="MOMO")) == ""


@pytest.mark.parametrize("scope", [s for s in SCOPES if s not in ("firm", "broker:SIM")])
def test_what_is_in_none_of_the_scopes_is_not_concerned(scope: str) -> None:
    made = bench()
    latch(made, HALTED, scope)
    assert code(made.order("A", link=BETA, tag1="OTHER", tag55="OIL")) == ""


def test_the_strictest_of_its_scopes_counts() -> None:
    made = bench()
    for level, scope in (
        (REDUCE_ONLY, "firm"),
        (HALTED, "symbol:IBM"),
        (CANCEL_ONLY, "account:ACC"),
    ):
        latch(made, level, scope)
    assert code(made.order("A")) == "HALTED"
    made.took(made.core.resume("symbol:IBM", "ann", "over", made.now))
    assert code(made.order("B")) == "CANCEL_ONLY"


def test_a_halt_never_loosens_and_a_resume_may_go_down_a_level() -> None:
    made = bench()
    latch(made, HALTED)
    latch(made, REDUCE_ONLY)
    assert made.core.state.levels.by_scope["firm"].level == HALTED
    made.took(made.core.resume("firm", "ann", "why", made.now, REDUCE_ONLY))
    assert code(made.order("A")) == "REDUCE_ONLY"


@pytest.mark.parametrize(
    ("net", "side", "quantity", "passes"),
    [
        (0, "1", 1, False),
        (0, "2", 1, False),
        (100, "2", 100, True),
        (100, "2", 101, False),  # one order may not turn the position round
        (100, "5", 100, True),
        (100, "1", 1, False),
        (-100, "1", 100, True),
        (-100, "1", 150, False),
        (-100, "2", 1, False),
    ],
)
def test_reduce_only_lets_through_what_makes_the_position_smaller(
    net: int, side: str, quantity: int, passes: bool
) -> None:
    made = bench()
    if net:
        hold(made, net, 100 * abs(net))
    latch(made, REDUCE_ONLY)
    told = code(made.order("A", tag54=side, tag38=str(quantity), tag114="N"))
    assert told == ("" if passes else "REDUCE_ONLY")


def test_reduce_only_refuses_an_order_in_money_of_which_nobody_knows_how_much_it_will_be() -> None:
    made = bench()
    hold(made, -100, 10_000)
    latch(made, REDUCE_ONLY)
    assert code(made.order("A", tag54="1", tag38="", tag152="1000")) == "REDUCE_ONLY"


@pytest.mark.parametrize("is_latched_first", [False, True])
def test_reduce_only_counts_all_open_orders_whenever_they_came(is_latched_first: bool) -> None:
    made = bench()
    hold(made, 100, 10_000)
    if is_latched_first:
        latch(made, REDUCE_ONLY)
    sent = made.order("A", tag54="2", tag38="60")
    if not is_latched_first:
        latch(made, REDUCE_ONLY)
    assert code(made.order("B", tag54="2", tag38="41")) == "REDUCE_ONLY"
    assert code(made.order("C", tag54="2", tag38="40")) == ""
    fill(made, sent, "E1", 60, "100")
    assert code(made.order("D", tag54="2", tag38="1")) == "REDUCE_ONLY"


def test_reduce_only_needs_no_price() -> None:
    made = Bench(limits_off(), closes={})
    hold(made, 100)
    latch(made, REDUCE_ONLY)
    market = {"tag54": "2", "tag40": "1", "tag44": ""}
    assert code(made.order("A", tag38="60", **market)) == ""
    assert code(made.order("B", tag38="41", **market)) == "REDUCE_ONLY"


@pytest.mark.parametrize("level", LEVELS[1:])
def test_a_replace_that_only_lowers_the_quantity_passes_until_halted(level: str) -> None:
    made = bench()
    made.order("X")
    made.broker(f"35=8|11={made.found().broker_cl_ord_id}|37=B|17=N|150=0|39=0")
    latch(made, level)
    for changes in ({"tag38": "110"}, {"tag44": "99"}, {"tag38": "100"}, {"tag58": "x"}):
        refused = replace(made, f"R{changes}", **changes)
        assert refused["58"].startswith(f"{CODES[level]}: "), changes
    sent = replace(made, "Y")
    assert sent["35"] == ("9" if level == HALTED else "G")


@pytest.mark.parametrize("level", LEVELS[1:])
def test_cancels_pass_at_every_level(level: str) -> None:
    made = bench()
    made.order("X")
    latch(made, level)
    [sent] = made.client("35=F|11=C|41=X|55=IBM|54=1|60=20261121-12:00:00")
    assert (sent["35"], sent["link"]) == ("F", str(SIM))


def test_levels_survive_a_restart_and_a_snapshot() -> None:
    made = bench()
    hold(made, 100, 10_000)
    made.order("A", tag54="2", tag38="60")
    latch(made, REDUCE_ONLY, "client:ACME")
    made.took(made.core.halt("symbol:IBM", True, "bob", "why", NOON + 5, CANCEL_ONLY))
    again = State(made.limits, 100)
    for now, payload in snapshot(made.core.state, NOON + 9):
        again.fold(payload, now)
    for state in (again, made.refolded()):
        assert list(state.levels.snapshot()) == list(made.core.state.levels.snapshot())
        assert state.exposures.stakes.of("ACC", "IBM").sells == 60
    assert again.levels.by_scope["symbol:IBM"].cancel_to == 1


def test_a_halt_of_an_earlier_version_is_a_full_one() -> None:
    made = bench()
    event = decode(b"Halted\x01account:ACC\x01ann\x01fire")
    assert isinstance(event, Halted)
    made.core.decision(made.now).emit(0, event)
    assert code(made.order("A")) == "HALTED"
    told = [payload for _, payload in snapshot(made.core.state, NOON)]
    assert b"TradingLevelSet\x01account:ACC\x01halted\x010\x01ann\x01fire" in told


def test_stakes_are_kept_no_longer_than_they_are_asked_for() -> None:
    made = bench()
    hold(made, 100, 10_000)
    made.order("A", tag54="2", tag38="60")
    assert not made.core.state.exposures.stakes.of("ACC", "IBM").sells
    latch(made, REDUCE_ONLY)
    assert made.core.state.exposures.stakes.of("ACC", "IBM").sells == 60
    made.took(made.core.resume("firm", "ann", "over", made.now))
    assert len(made.core.state.exposures.stakes) == 0
