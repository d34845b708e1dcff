"""The pure parts of all simulators: clock, agenda, exchange, desk, accounts, MessagePack."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.broker_apis import Settings, World
from tools.broker_apis.clock import Clock, from_rfc3339, rfc3339
from tools.broker_apis.exchange import WrongStateError
from tools.broker_apis.msgpack import Stamp, pack, unpack
from tools.broker_apis.orders import BUY, SELL, Order, Terms
from tools.broker_apis.treatments import RACES

TEN = Decimal(10)
SECOND = 10**9


def world(seed: int = 1) -> World:
    made = World(Settings(seed=seed), Clock(lambda: 1_700_000_000 * SECOND))
    made.clock.freeze()
    return made


def order(world: World, name: str = "a", accept: bool = True, **fields: Any) -> Order:
    terms: dict[str, Any] = {"symbol": "AAPL", "side": BUY, "quantity": TEN, "limit": Decimal(200)}
    one = world.exchange.receive(Terms(client_id=name, **{**terms, **fields}), name)
    if accept:
        world.desk.accept(one)
    return one


def kinds(world: World, name: str = "a") -> list[str]:
    return [fact.kind for fact in world.exchange.facts if fact.order_id == name]


# --- time -----------------------------------------------------------------------------------------


def test_what_is_due_on_the_way_of_a_step_happens_at_its_time() -> None:
    one, begin, seen = world(), 1_700_000_000 * SECOND, []
    one.agenda.every(10, lambda: seen.append(one.clock.now_ns() - begin))
    one.agenda.step(35)
    assert seen == [10 * SECOND, 20 * SECOND, 30 * SECOND]
    assert one.clock.now_ns() - begin == 35 * SECOND


def test_skew_is_shown_and_makes_nothing_due() -> None:
    one = world()
    one.agenda.after(3, lambda: pytest.fail("not due"))
    one.clock.skew_ns = 5 * SECOND
    one.agenda.run()
    assert one.clock.shown_ns() - one.clock.now_ns() == 5 * SECOND


def test_a_thawed_clock_goes_on_from_where_it_stood() -> None:
    real = [100]
    clock = Clock(lambda: real[0])
    clock.freeze()
    real[0] = 500
    clock.thaw()
    real[0] = 501
    assert clock.now_ns() == 101


@given(st.integers(0, 4_000_000_000 * SECOND))
def test_times_survive_as_text(time_ns: int) -> None:
    assert from_rfc3339(rfc3339(time_ns)) == time_ns


def test_times_have_many_forms() -> None:
    whole = from_rfc3339("2026-01-15T14:30:00Z")
    assert from_rfc3339("2026-01-15T09:30:00-05:00") == whole
    assert from_rfc3339("2026-01-15T14:30:00.5+00:00") == whole + SECOND // 2
    assert from_rfc3339("2026-01-15") == whole - (14 * 60 + 30) * 60 * SECOND
    with pytest.raises(ValueError, match="soon"):
        from_rfc3339("soon")


# --- orders ---------------------------------------------------------------------------------------


def test_a_marketable_order_fills_and_makes_a_position() -> None:
    one = world()
    filled = order(one)
    assert kinds(one) == ["received", "accepted", "filled"]
    assert (filled.filled, filled.average, filled.ended) == (TEN, Decimal("187.51"), "filled")
    assert one.truth.as_dict()["positions"] == {"": {"AAPL": "10"}}


@pytest.mark.parametrize("verb", ["accept", "reject", "fill", "cancel", "expire", "amend", "swap"])
def test_an_order_that_has_ended_takes_no_fact(verb: str) -> None:
    one = world()
    ended, other = order(one), order(one, "b", accept=False)
    facts = len(one.exchange.facts)
    arguments: dict[str, list[Any]] = {
        "reject": ["why"],
        "fill": [Decimal(1), Decimal(1)],
        "amend": [ended.terms],
        "swap": [other],
    }
    with pytest.raises(WrongStateError):
        getattr(one.exchange, verb)(ended, *arguments.get(verb, []))
    assert len(one.exchange.facts) == facts


def test_no_fill_is_too_much_or_worse_than_the_limit() -> None:
    one = world()
    buy = order(one, limit=Decimal(100))
    sell = order(one, "b", side=SELL, limit=Decimal(300))
    for wrong, quantity, price in ((buy, 11, 100), (buy, 1, 101), (sell, 1, 299), (buy, 0, 100)):
        with pytest.raises(WrongStateError):
            one.exchange.fill(wrong, Decimal(quantity), Decimal(price))
    assert not buy.executions
    assert not sell.executions


def test_a_slip_stops_at_the_limit() -> None:
    one = world()
    one.treatments.add({"slip": "5"})
    assert order(one, limit=Decimal(190)).average == Decimal(190)
    assert order(one, "b", limit=None, kind="market").average == Decimal("192.51")


def test_parts_are_filled_in_their_time_and_the_rest_stays() -> None:
    one = world()
    one.treatments.add({"fill": "parts", "parts": 4, "filled_parts": 3, "fill_delay_s": 10})
    slow = order(one)
    one.agenda.step(10)
    assert slow.filled == 2
    one.agenda.step(60)
    assert (slow.filled, slow.rest, slow.ended) == (6, 4, "")


def test_the_size_of_the_book_bounds_a_fill_and_an_ioc_leaves_nothing() -> None:
    one = world()
    one.treatments.add({"sized": True})
    one.market.say({"symbol": "AAPL", "ask_size": 4})
    ioc, fok = order(one, time_in_force="ioc"), order(one, "b", time_in_force="fok")
    assert (ioc.filled, ioc.ended) == (4, "canceled")
    assert (fok.filled, fok.ended) == (0, "canceled")


def test_a_stop_waits_for_its_price() -> None:
    one = world()
    stop = order(one, kind="stop", limit=None, stop=Decimal(190))
    assert not stop.ended
    one.market.say({"symbol": "AAPL", "bid": 191, "ask": "191.02"})
    assert stop.average == Decimal("191.02")


def test_a_stop_that_was_triggered_stays_so() -> None:
    one = world()
    stop = order(one, kind="stop_limit", limit=Decimal("190.5"), stop=Decimal(190))
    one.market.say({"symbol": "AAPL", "bid": 191, "ask": 192})
    assert not stop.ended
    one.market.say({"symbol": "AAPL", "bid": 188, "ask": 189})
    assert stop.average == Decimal(189)


def test_an_ioc_order_that_is_never_filled_ends_all_the_same() -> None:
    one = world()
    one.treatments.add({"fill": "none"})
    assert order(one, time_in_force="ioc").ended == "canceled"
    assert order(one, "b").ended == ""


def test_an_order_is_found_under_every_client_id_it_had() -> None:
    one = world()
    amended = order(one, limit=Decimal(100))
    one.exchange.amend(amended, replace(amended.terms, client_id="b", quantity=Decimal(5)))
    assert one.exchange.by_client_id("a") == one.exchange.by_client_id("b") == [amended]
    assert one.exchange.open_orders() == [amended]


def test_the_broker_cancels_and_rejects_unasked() -> None:
    one = world()
    one.treatments.add({"client_id": "a", "fill": "none", "cancel_after_s": 5})
    one.treatments.add({"client_id": "b", "reject_later": "margin"})
    canceled, rejected = order(one), order(one, "b")
    one.agenda.step(5)
    assert canceled.ended == "canceled"
    assert (rejected.ended, rejected.reason) == ("rejected", "margin")


@pytest.mark.parametrize(
    ("how", "outcome", "filled"),
    [
        ("done", "done", 0),
        ("refused", "refused", 0),
        ("fill", "too late: the order is filled", 10),
        ("part", "done", 5),
        ("silent", "", 0),
    ],
)
def test_every_race_has_its_winner(how: str, outcome: str, filled: int) -> None:
    one, seen = world(), [""]
    asked = order(one, limit=Decimal(100))
    one.desk.race(asked, how, lambda: seen.append("done"), seen.append)
    assert (seen[-1], asked.filled) == (outcome, filled)


def test_every_word_of_a_race_is_tried_above() -> None:
    assert set(RACES) == {"done", "refused", "fill", "part", "silent"}


@pytest.mark.parametrize(
    "row", [{"fill": "half"}, {"colour": 1}, {"parts": 2, "filled_parts": 3}, {"on_cancel": "?"}]
)
def test_a_treatment_that_makes_no_sense_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"treatment|parts|must be"):
        world().treatments.add(row)


def test_a_replacement_counts_in_what_was_filled_before() -> None:
    one = world()
    old, new = order(one, limit=Decimal(100)), order(one, "b", accept=False, limit=Decimal(101))
    one.exchange.fill(old, Decimal(4), Decimal(100))
    new.carried = old.filled
    one.exchange.swap(old, new)
    assert (old.ended, old.replaced_by, new.filled, new.rest) == ("replaced", "b", 4, 6)


def test_a_bust_takes_a_fill_and_its_position_back() -> None:
    one = world()
    filled = order(one)
    one.exchange.bust(filled, filled.executions[0].execution_id)
    assert filled.filled == 0
    assert one.truth.as_dict()["positions"] == {"": {}}


def test_a_position_turns_with_its_average() -> None:
    position = world().accounts.position("x", "AAPL")
    for quantity, price in ((10, 100), (10, 110), (-5, 200), (-20, 120)):
        position.trade(Decimal(quantity), Decimal(price))
    assert (position.quantity, position.average) == (-5, 120)


def test_the_same_seed_gives_the_same_day() -> None:
    def day(seed: int) -> list[Any]:
        one = World(Settings(seed=seed, quotes_per_s=1), Clock(lambda: 0))
        one.clock.freeze()
        one.agenda.step(100)
        return [one.uuid(), *one.market.quotes.values()]

    assert day(7) == day(7)
    assert day(7) != day(8)


# --- MessagePack ----------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.builds(Stamp, st.integers(0, (2**34 - 1) * SECOND)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_messagepack_gives_back_what_it_took(value: Any) -> None:
    assert unpack(pack(value)) == value


@given(VALUES, st.data())
def test_messagepack_that_breaks_off_is_an_error(value: Any, data: Any) -> None:
    packed = pack(value)
    with pytest.raises(ValueError, match=r"MessagePack|codec"):
        unpack(packed[: data.draw(st.integers(0, len(packed) - 1))])


@pytest.mark.parametrize(
    ("packed", "value"),
    [
        ("82a7636f6d70616374c3a6736368656d6100", {"compact": True, "schema": 0}),
        ("93ccffcd0100d0df", [255, 256, -33]),
        ("ca3fc00000", 1.5),
        ("d90161", "a"),
        ("dc0001c0", [None]),
        ("c403010203", b"\x01\x02\x03"),
    ],
)
def test_messagepack_reads_the_short_forms_of_others(packed: str, value: Any) -> None:
    assert unpack(bytes.fromhex(packed)) == value
