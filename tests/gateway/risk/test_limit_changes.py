"""Limits that change while orders come: what holds, what comes after it, what a restart knows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway import limit_commands
from gateway.events import LimitSet, LimitWithdrawn, decode
from gateway.limit_commands import Permit
from gateway.risk.limit_changes import HISTORY_MAX, NEVER, LimitChanges
from gateway.risk.scope_limits import ScopeLimits
from gateway.snapshot import snapshot
from gateway.state import State
from tests.gateway.bench import BETA, NOON, SECOND, Bench, limits_off

FIRM = ("firm", "max_quantity")
WHO = {"requester": "ann", "approver": "bob", "why": "a block trade"}


def code(sent: list[dict[str, str]]) -> str:
    return sent[0].get("58", "").partition(":")[0]


def set_(made: Bench, key: tuple[str, str], value: str, until: int = 0) -> None:
    made.took(made.core.set_limit(key, value, "desk", until, "ann", "a reason", made.now))


def permit(made: Bench, wanted: Permit, until: int) -> int:
    decision = made.core.decision(made.now)
    number = limit_commands.permit(decision, wanted, until, **WHO)
    made.took(decision)
    return number


def from_snapshot(made: Bench) -> State:
    state = State(made.limits, made.refused_max)
    for now, payload in list(snapshot(made.core.state, made.now)):
        state.fold(payload, now)
    return state


def said(state: State) -> object:
    changes = state.limit_changes
    history = [(one.time_ns, one.event) for one in changes.history]
    return changes.in_force, list(changes.permits), changes.number, changes.due_ns, history


def test_a_limit_holds_from_the_next_order_on() -> None:
    made = Bench(limits_off(max_quantity=100))
    assert code(made.order("A")) == ""
    set_(made, FIRM, "99")
    [refused] = made.order("B")
    assert refused["58"] == "MAX_QUANTITY: order_qty=100 limit=99 scope=firm"
    set_(made, FIRM, "1000")
    assert code(made.order("C", tag38="1000")) == ""
    set_(made, FIRM, "off")
    assert code(made.order("D", tag38="2000")) == ""
    made.took(made.core.withdraw_limit(FIRM, "ann", "done", made.now))
    assert code(made.order("E", tag38="101")) == "MAX_QUANTITY"


def test_a_scope_that_had_no_limits_gets_some() -> None:
    made = Bench(limits_off())
    set_(made, ("client:BETA", "max_open_orders"), "1")
    set_(made, ("client:BETA", "instrument_known"), "on")
    assert code(made.order("A", BETA)) == ""
    assert code(made.order("B", BETA)) == "MAX_OPEN_ORDERS"
    assert code(made.order("C", BETA, tag55="XYZ")) == "INSTRUMENT_UNKNOWN"
    assert code(made.order("A")) == ""


def test_what_is_open_already_counts_against_a_new_limit() -> None:
    made = Bench(limits_off())
    first = made.order("A")
    set_(made, ("symbol:IBM", "max_open_orders"), "1")
    assert code(made.order("B")) == "MAX_OPEN_ORDERS"
    made.broker(f"35=8|11={first[0]['11']}|37=B|17=E|150=4|39=4|14=0|151=0")
    assert code(made.order("C")) == ""


def test_what_holds_for_a_time_ends_by_itself_and_is_recorded() -> None:
    made = Bench(limits_off(max_quantity=100))
    set_(made, FIRM, "50")
    set_(made, FIRM, "500", made.now + 10 * SECOND)
    assert code(made.order("A", tag38="500")) == ""
    made.now += 10 * SECOND
    assert code(made.order("B", tag38="51")) == "MAX_QUANTITY"
    assert code(made.order("C", tag38="50")) == ""
    lapsed = made.core.state.limit_changes.history[-1].event
    assert (lapsed.old, lapsed.value) == ("500", "50")
    assert made.core.state.limit_changes.due_ns == NEVER
    assert said(made.core.state) == said(made.refolded()) == said(from_snapshot(made))


def test_nothing_ends_without_a_word_of_the_journal() -> None:
    made = Bench(limits_off(max_quantity=100))
    set_(made, FIRM, "500", made.now + SECOND)
    made.now += 100 * SECOND
    assert made.refolded().limit_changes.in_force == {FIRM: "500"}
    made.took(made.core.tick(made.now))
    assert made.refolded().limit_changes.in_force == {}


def test_what_is_set_for_good_ends_what_held_for_a_time() -> None:
    made = Bench(limits_off(max_quantity=100))
    set_(made, FIRM, "500", made.now + 10 * SECOND)
    set_(made, FIRM, "200")
    assert made.core.state.limit_changes.in_force == {FIRM: "200"}


def test_changes_survive_a_restart_and_another_configuration() -> None:
    made = Bench(limits_off(max_quantity=100))
    set_(made, FIRM, "70")
    set_(made, ("account:*", "max_open_notional"), "20000")
    permit(made, Permit("ACME", "500", cl_ord_id="BIG"), made.now + SECOND)
    for state in (made.refolded(), from_snapshot(made)):
        assert said(state) == said(made.core.state)
    other = Bench(limits_off(max_quantity=1000)).limits
    made.core.setup.limits = made.limits = other
    made.core.state.use_limits(other)
    assert code(made.order("A", tag38="71")) == "MAX_QUANTITY"
    assert code(made.order("B", tag38="70", tag44="300")) == "MAX_OPEN_NOTIONAL"
    assert limit_commands.in_force(made.core.decision(made.now), FIRM) == "70"
    made.took(made.core.withdraw_limit(FIRM, "ann", "done", made.now))
    assert made.core.state.limit_changes.history[-1].event.value == "1000"


def test_who_and_why_old_and_new_are_kept() -> None:
    made = Bench(limits_off(max_quantity=100), ScopeLimits("client:BETA", None, {}))
    set_(made, FIRM, "70")
    set_(made, ("client:BETA", "max_quantity"), "7")
    made.took(made.core.withdraw_limit(FIRM, "bob", "no more", made.now))
    events = [decode(payload) for _, payload in made.events]
    assert [e for e in events if isinstance(e, LimitSet | LimitWithdrawn)] == [
        LimitSet(*FIRM, "100", "70", "desk", "ann", 0, "a reason"),
        LimitSet("client:BETA", "max_quantity", "", "7", "desk", "ann", 0, "a reason"),
        LimitWithdrawn(*FIRM, "70", "100", "bob", "no more"),
    ]


def test_a_share_of_the_capital_is_told_as_it_was_written() -> None:
    made = Bench(ScopeLimits("firm", None, {"max_concentration_pct": Decimal(125_000)}))
    made.limits.capital = Decimal(1_000_000)
    assert made.limits.configured(("firm", "max_concentration_pct")) == "12.5"
    set_(made, ("firm", "max_concentration_pct"), "20")
    [limit] = made.limits.of("ACME", "ACC", "IBM").sums["max_concentration_pct"]
    assert limit.value == 200_000


def test_an_override_raises_a_limit_until_its_end() -> None:
    made = Bench(limits_off(max_quantity=100))
    decision = made.core.decision(made.now)
    number = limit_commands.override(decision, FIRM, "500", made.now + SECOND, **WHO)
    made.took(decision)
    assert number == 1
    assert code(made.order("A", tag38="500")) == ""
    made.now += SECOND
    assert code(made.order("B", tag38="101")) == "MAX_QUANTITY"
    assert permit(made, Permit("ACME", "500", cl_ord_id="C"), made.now + SECOND) == 2


def override(made: Bench, value: str, until: int) -> int:
    decision = made.core.decision(made.now)
    number = limit_commands.override(decision, FIRM, value, until, **WHO)
    made.took(decision)
    return number


@pytest.mark.parametrize("is_revoked", [False, True])
def test_what_an_override_stood_over_holds_again_after_it(is_revoked: bool) -> None:
    made = Bench(limits_off(max_quantity=1000))
    set_(made, FIRM, "100", made.now + 60 * SECOND)
    number = override(made, "300", made.now + 10 * SECOND)
    assert code(made.order("A", tag38="300")) == ""
    made.now += 9 * SECOND if is_revoked else 10 * SECOND
    if is_revoked:
        decision = made.core.decision(made.now)
        limit_commands.revoke(decision, number, "ann", "not needed")
        made.took(decision)
    assert code(made.order("B", tag38="101")) == "MAX_QUANTITY"
    assert code(made.order("C", tag38="100")) == ""
    assert said(made.core.state) == said(made.refolded()) == said(from_snapshot(made))
    made.now += 60 * SECOND
    assert code(made.order("D", tag38="1000")) == ""
    assert made.core.state.limit_changes.history[-1].event.value == "1000"


def test_an_override_outlasts_what_it_stands_over() -> None:
    made = Bench(limits_off(max_quantity=1000))
    set_(made, FIRM, "100", made.now + 10 * SECOND)
    override(made, "300", made.now + 60 * SECOND)
    made.now += 20 * SECOND
    assert code(made.order("A", tag38="301")) == "MAX_QUANTITY"
    assert code(made.order("B", tag38="300")) == ""
    lapsed = made.core.state.limit_changes.history[-1].event
    assert (lapsed.old, lapsed.value) == ("300", "300")
    assert said(made.core.state) == said(made.refolded()) == said(from_snapshot(made))
    made.now += 40 * SECOND
    assert code(made.order("C", tag38="1000")) == ""
    assert made.core.state.limit_changes.due_ns == NEVER


def test_an_override_that_is_over_stays_over_when_the_history_is_cut() -> None:
    made = Bench(limits_off(max_quantity=1000))
    override(made, "2000", made.now + SECOND)
    made.now += SECOND
    made.took(made.core.tick(made.now))
    set_(made, FIRM, "100", made.now + 60 * SECOND)
    for number in range(HISTORY_MAX + 50):
        set_(made, ("firm", "max_long"), str(number + 1))
    again = from_snapshot(made).limit_changes
    assert again.in_force == made.core.state.limit_changes.in_force
    assert (again.in_force[FIRM], again.number, again.overrides) == ("100", 1, {})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"approver": "ann"}, "ann asks for an override and approves it"),
        ({"approver": ""}, "nobody approves"),
        ({"requester": ""}, "nobody asks"),
    ],
)
def test_nobody_approves_what_they_ask_for(wrong: dict[str, str], told: str) -> None:
    made = Bench(limits_off(max_quantity=100))
    decision = made.core.decision(made.now)
    with pytest.raises(AssertionError, match=told):
        limit_commands.override(decision, FIRM, "500", made.now + SECOND, **(WHO | wrong))
    with pytest.raises(AssertionError, match="ends before it begins"):
        limit_commands.override(decision, FIRM, "500", made.now, **WHO)
    assert not decision.events


def test_soft_limits_are_told_anew_of_another_value() -> None:
    made = Bench(limits_off(max_open_notional=20_000))
    made.core.state.history.warnings.marks = (Decimal(40), Decimal(90))
    made.order("A", tag38="70")
    assert made.alarms == []
    set_(made, ("firm", "max_open_notional"), "10000")
    made.order("B", tag38="1")
    made.order("C", tag38="20")
    set_(made, ("firm", "max_open_notional"), "9500")
    made.order("D", tag38="1")
    assert [alarm.partition(" total")[0] for alarm in made.alarms] == [
        "SOFT_LIMIT: limit=max_open_notional scope=firm used_pct=71 warn_at_pct=40",
        "SOFT_LIMIT: limit=max_open_notional scope=firm used_pct=91 warn_at_pct=90",
        "SOFT_LIMIT: limit=max_open_notional scope=firm used_pct=97 warn_at_pct=90",
    ]


# --- one order ------------------------------------------------------------------------------------


def test_one_order_passes_by_its_id_once() -> None:
    made = Bench(limits_off(max_quantity=100, max_notional=10_000))
    permit(made, Permit("ACME", "500", cl_ord_id="BIG"), made.now + 60 * SECOND)
    assert code(made.order("OTHER", tag38="500")) == "MAX_QUANTITY"
    assert code(made.order("BIG", BETA, tag38="500")) == "MAX_QUANTITY"
    assert code(made.order("BIG", tag38="500")) == ""
    assert made.found("BIG").reserved is not None
    assert not made.core.state.limit_changes.permits
    end = made.core.state.limit_changes.history[-1].event
    assert (end.outcome, end.order_no) == ("used", made.found("BIG").order_no)
    assert code(made.order("BIG2", tag38="500")) == "MAX_QUANTITY"
    assert said(made.core.state) == said(made.refolded()) == said(from_snapshot(made))


def test_the_next_order_that_is_meant_passes_up_to_its_quantity() -> None:
    made = Bench(limits_off(max_quantity=100))
    wanted = Permit("ACME", "500", account="ACC", symbol="IBM", side="1")
    permit(made, wanted, made.now + 60 * SECOND)
    assert code(made.order("A", tag38="501")) == "MAX_QUANTITY"
    assert code(made.order("B", tag38="500", tag54="2")) == "MAX_QUANTITY"
    assert code(made.order("C", tag38="500", tag1="X")) == "MAX_QUANTITY"
    assert code(made.order("D", tag38="50")) == ""  # it needs no override, and uses none
    assert code(made.order("E", tag38="500")) == ""
    assert code(made.order("F", tag38="500")) == "MAX_QUANTITY"


def test_a_replace_may_pass_as_an_order_may() -> None:
    made = Bench(limits_off(max_quantity=100))
    made.order("A")
    permit(made, Permit("ACME", "500", cl_ord_id="B"), made.now + 60 * SECOND)
    replace = "35=G|11=B|41=A|55=IBM|54=1|38=400|40=2|44=100|60=20261121-12:00:00"
    assert code(made.client(replace)) == ""
    assert not made.core.state.limit_changes.permits


def test_an_override_that_nobody_used_expires() -> None:
    made = Bench(limits_off(max_quantity=100))
    permit(made, Permit("ACME", "500", cl_ord_id="BIG"), made.now + SECOND)
    made.now += SECOND
    assert code(made.order("BIG", tag38="500")) == "MAX_QUANTITY"
    assert made.core.state.limit_changes.history[-1].event.outcome == "expired"


def test_an_override_may_be_taken_back() -> None:
    made = Bench(limits_off(max_quantity=100))
    number = permit(made, Permit("ACME", "500", cl_ord_id="BIG"), made.now + SECOND)
    decision = made.core.decision(made.now)
    limit_commands.revoke(decision, number, "ann", "not needed")
    made.took(decision)
    assert code(made.order("BIG", tag38="500")) == "MAX_QUANTITY"


def test_limits_alone_are_overridden() -> None:
    made = Bench(limits_off(max_quantity=100))
    permit(made, Permit("ACME", "500", cl_ord_id="BIG"), made.now + SECOND)
    made.took(made.core.halt("account:ACC", False, "ann", "enough", made.now))
    assert code(made.order("BIG", tag38="500")) == "HALTED"
    assert made.core.state.limit_changes.permits


# --- what is kept ---------------------------------------------------------------------------------


def test_the_history_is_bounded_and_makes_the_same_again() -> None:
    changes = LimitChanges()
    made = Bench(limits_off())
    permit(made, Permit("ACME", "5", cl_ord_id="A"), NOON + SECOND)
    made.now += SECOND
    made.took(made.core.tick(made.now))
    set_(made, ("firm", "max_long"), "5")
    for number in range(HISTORY_MAX + 50):
        set_(made, FIRM, str(number + 1))
    kept = made.core.state.limit_changes
    assert len(kept.history) == HISTORY_MAX
    for time_ns, event in kept.snapshot():
        changes.take(event, time_ns)
    assert (
        changes.in_force
        == kept.in_force
        == {
            ("firm", "max_long"): "5",
            FIRM: str(HISTORY_MAX + 50),
        }
    )
    assert (changes.number, changes.permits) == (1, {})
