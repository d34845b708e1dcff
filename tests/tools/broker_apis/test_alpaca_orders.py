"""Orders at the simulated Alpaca: what is taken, what is refused and how, over a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.tools.broker_apis.at_alpaca import KEYS, Desk, alpaca, refusal
from tools.broker_apis.clock import Clock, from_rfc3339

HOUR_S = 3600


@pytest.fixture
def desk() -> Iterator[Desk]:
    with alpaca() as desk:
        yield desk


def test_an_order_is_pending_in_the_reply_and_new_after_it(desk: Desk) -> None:
    placed = desk.place()
    assert placed.status_code == 200
    assert placed.json()["status"] == "pending_new"
    assert placed.json()["qty"] == "10"
    found = desk.order(placed.json()["id"])
    assert (found["status"], found["filled_qty"], found["filled_avg_price"]) == ("new", "0", None)
    by_client_id = desk.client.get("/v2/orders:by_client_order_id?client_order_id=a")
    assert by_client_id.json()["id"] == found["id"]


def test_a_marketable_order_fills_at_the_touch(desk: Desk) -> None:
    found = desk.order(desk.place(limit_price="200").json()["id"])
    assert (found["status"], found["filled_avg_price"]) == ("filled", "187.51")
    (position,) = desk.client.get("/v2/positions").json()
    assert (position["symbol"], position["qty"], position["side"]) == ("AAPL", "10", "long")
    assert desk.client.get("/v2/account").json()["cash"] == "998124.9"


def test_a_resting_order_fills_when_the_market_comes_to_it(desk: Desk) -> None:
    order_id = desk.place().json()["id"]
    desk.sim("POST", "quotes", {"symbol": "AAPL", "bid": "149", "ask": "149.5"})
    assert desk.order(order_id)["filled_avg_price"] == "149.5"


def test_a_client_id_is_unique_for_ever(desk: Desk) -> None:
    order_id = desk.place().json()["id"]
    assert desk.client.delete(f"/v2/orders/{order_id}").status_code == 204
    assert desk.order(order_id)["status"] == "canceled"
    assert refusal(desk.place()) == (422, 40010001, "client_order_id must be unique")
    assert len(desk.sim("GET", "truth")["orders"]) == 1


def test_a_lagging_query_misses_an_order_that_is_there(desk: Desk) -> None:
    desk.sim("POST", "clock", {"frozen": True})
    desk.sim("POST", "switches", {"read_lag_s": 2})
    order_id = desk.place().json()["id"]
    by_client_id = "/v2/orders:by_client_order_id?client_order_id=a"
    assert desk.client.get(by_client_id).status_code == 404
    assert desk.client.get("/v2/orders").json() == []
    assert refusal(desk.place())[0] == 422
    desk.sim("POST", "clock", {"step_s": 2})
    assert desk.client.get(by_client_id).json()["id"] == order_id


def test_patch_makes_a_new_order_and_ends_the_old_one(desk: Desk) -> None:
    old = desk.place().json()["id"]
    replaced = desk.client.patch(
        f"/v2/orders/{old}", json={"qty": "20", "client_order_id": "b"}
    ).json()
    assert replaced["id"] != old
    assert (replaced["replaces"], replaced["qty"]) == (old, "20")
    before, after = desk.order(old), desk.order(replaced["id"])
    assert (before["status"], before["replaced_by"]) == ("replaced", replaced["id"])
    assert (after["status"], after["client_order_id"]) == ("new", "b")


@pytest.mark.parametrize(("meaning", "left"), [("total", "6"), ("remaining", "10")])
def test_what_qty_means_after_a_partial_fill_is_a_switch(meaning: str, left: str) -> None:
    with alpaca(replace_qty=meaning) as desk:
        desk.sim("POST", "treatments", {"fill": "parts", "parts": 5, "filled_parts": 2, "times": 1})
        old = desk.place().json()["id"]
        changed = {"qty": "10", "limit_price": "160"}
        new = desk.client.patch(f"/v2/orders/{old}", json=changed).json()["id"]
        desk.sim("POST", "act", {"do": "fill", "order_id": new})
        (fill,) = [
            f
            for f in desk.sim("GET", "truth")["facts"]
            if f["execution_id"] and f["order_id"] == new
        ]
        assert fill["quantity"] == left
        assert desk.order(new)["status"] == "filled"


def test_the_old_order_may_fill_first_and_the_new_one_dies(desk: Desk) -> None:
    desk.sim("POST", "treatments", {"on_replace": "fill", "times": 1})
    old = desk.place().json()["id"]
    new = desk.client.patch(f"/v2/orders/{old}", json={"limit_price": "151"}).json()["id"]
    assert desk.order(old)["status"] == "filled"
    assert desk.order(new)["status"] == "rejected"


def test_a_replace_is_refused_while_something_is_pending(desk: Desk) -> None:
    desk.sim("POST", "treatments", {"symbol": "MSFT", "ack_delay_s": 60})
    desk.sim("POST", "treatments", {"symbol": "IBM", "on_replace": "silent"})
    waiting = desk.place("a", symbol="MSFT").json()["id"]
    asked = desk.place("b", symbol="IBM").json()["id"]
    change = {"limit_price": "151"}
    assert refusal(desk.client.patch(f"/v2/orders/{waiting}", json=change))[0] == 422
    assert desk.client.patch(f"/v2/orders/{asked}", json=change).status_code == 200
    assert refusal(desk.client.patch(f"/v2/orders/{asked}", json=change))[:2] == (422, 42210000)
    assert desk.order(asked)["status"] == "pending_replace"


def test_a_replace_that_changes_nothing_is_forbidden(desk: Desk) -> None:
    order_id = desk.place().json()["id"]
    reply = desk.client.patch(f"/v2/orders/{order_id}", json={"qty": 10})
    assert refusal(reply) == (403, 40310000, "order parameters are not changed")


def test_a_cancel_may_come_too_late(desk: Desk) -> None:
    desk.sim("POST", "treatments", {"on_cancel": "fill"})
    order_id = desk.place().json()["id"]
    assert desk.client.delete(f"/v2/orders/{order_id}").status_code == 204
    assert desk.order(order_id)["status"] == "filled"
    assert refusal(desk.client.delete(f"/v2/orders/{order_id}"))[:2] == (422, 42210000)


def test_canceling_all_tells_each(desk: Desk) -> None:
    desk.sim("POST", "treatments", {"client_id": "b", "on_cancel": "silent"})
    ids = [desk.place(name).json()["id"] for name in "ab"]
    desk.client.delete(f"/v2/orders/{ids[1]}")
    reply = desk.client.delete("/v2/orders")
    assert reply.status_code == 207
    assert [(row["id"], row["status"]) for row in reply.json()] == [(ids[0], 200), (ids[1], 500)]


@pytest.mark.parametrize(
    ("fields", "status", "code", "words"),
    [
        ({"limit_price": "187.255"}, 422, 42210000, "sub-penny"),
        ({"limit_price": "0.12345"}, 422, 42210000, "sub-penny"),
        ({"qty": "0"}, 422, 40010001, "qty must be > 0"),
        ({"qty": None}, 422, 42210000, "required"),
        ({"qty": "1", "notional": "5"}, 422, 42210000, "only one"),
        ({"qty": "1.0123456789"}, 422, 40010001, "decimal places"),
        ({"symbol": "NOPE"}, 422, 42210000, "not found"),
        ({"symbol": "GONE"}, 422, 42210000, "not active"),
        ({"symbol": "HTB", "side": "sell"}, 403, 40310000, "sold short"),
        ({"qty": "0.5", "time_in_force": "gtc"}, 422, 42210000, "DAY"),
        ({"type": "market"}, 422, 42210000, "must not have limit price"),
        ({"limit_price": None}, 422, 42210000, "require limit price"),
        ({"extended_hours": True, "time_in_force": "ioc"}, 422, 40010001, "extended hours"),
        ({"qty": "1000000"}, 403, 40310000, "buying power"),
        ({"side": "hold"}, 422, 40010001, "side"),
        ({"symbol": "BTC/USD", "time_in_force": "day"}, 422, 42210000, "crypto"),
        ({"order_class": "bracket"}, 422, 42210000, "complex"),
        ({"client_order_id": "x" * 129}, 422, 40010001, "128"),
    ],
)
def test_what_the_real_one_refuses_is_refused(
    desk: Desk, fields: dict[str, Any], status: int, code: int, words: str
) -> None:
    found = refusal(desk.place(**fields))
    assert found[:2] == (status, code)
    assert words in found[2]
    assert desk.sim("GET", "truth")["orders"] == []


def test_a_sale_beyond_the_holding_does_not_flip_it(desk: Desk) -> None:
    desk.place("a", limit_price="200")
    reply = desk.place("b", side="sell", qty="11")
    assert refusal(reply)[:2] == (403, 40310000)
    assert reply.json()["available"] == "10"
    assert desk.place("c", side="sell", limit_price="300").status_code == 200
    assert refusal(desk.place("d", side="sell", qty="1", limit_price="300"))[0] == 403


def test_a_wash_trade_is_refused(desk: Desk) -> None:
    desk.place("a", symbol="MSFT", side="sell", limit_price="500")
    found = refusal(desk.place("b", symbol="MSFT", limit_price="501"))
    assert found[:2] == (422, 42210000)
    assert "wash trade" in found[2]


def test_a_treatment_refuses_or_rejects_later(desk: Desk) -> None:
    desk.sim("POST", "treatments", {"client_id": "a", "reject": "account is restricted"})
    desk.sim("POST", "treatments", {"client_id": "b", "reject_later": "no"})
    assert refusal(desk.place("a")) == (403, 40310000, "account is restricted")
    assert desk.order(desk.place("b").json()["id"])["status"] == "rejected"


def test_nonsense_in_the_body_is_a_400(desk: Desk) -> None:
    reply = desk.client.post("/v2/orders", content=b'{"symbol":')
    assert refusal(reply)[:2] == (400, 40010001)


def test_a_wrong_key_is_401_without_a_code(desk: Desk) -> None:
    reply = desk.client.get("/v2/account", headers={**KEYS, "APCA-API-SECRET-KEY": "x"})
    assert refusal(reply) == (401, None, "unauthorized")
    token = {"Authorization": "Bearer simulator-token"}
    assert httpx.get(f"{desk.broker.url}/v2/account", headers=token, verify=False).is_success


def test_the_rate_limit_is_told_and_kept() -> None:
    with alpaca(rate_limit_per_min=3) as desk:
        desk.sim("POST", "clock", {"frozen": True})
        left = [desk.client.get("/v2/clock").headers["X-Ratelimit-Remaining"] for _ in range(3)]
        assert left == ["2", "1", "0"]
        reply = desk.client.get("/v2/clock")
        assert refusal(reply) == (429, 42910000, "too many requests.")
        now_s = desk.sim("GET", "clock")["now_ns"] // 10**9
        reset_s = int(reply.headers["X-Ratelimit-Reset"])
        assert 0 < reset_s - now_s <= 60
        desk.sim("POST", "clock", {"step_s": reset_s - now_s})
        assert desk.client.get("/v2/clock").is_success


def test_orders_are_listed_by_status_time_and_place(desk: Desk) -> None:
    ids = [desk.place(name).json()["id"] for name in "abcd"]
    desk.client.delete(f"/v2/orders/{ids[0]}")

    def listed(**query: Any) -> list[str]:
        rows = desk.client.get("/v2/orders", params=query).json()
        return [row["client_order_id"] for row in rows]

    assert listed() == ["d", "c", "b"]
    assert listed(status="closed") == ["a"]
    assert listed(status="all", direction="asc", limit=2) == ["a", "b"]
    assert listed(status="all", direction="asc", after_order_id=ids[1]) == ["c", "d"]
    since = desk.order(ids[1])["submitted_at"]
    assert listed(status="all", direction="asc", after=since) == ["c", "d"]
    assert listed(status="all", symbols="MSFT") == []
    assert refusal(desk.client.get("/v2/orders", params={"limit": 501}))[0] == 422


def test_fills_are_paged_as_activities(desk: Desk) -> None:
    for name in "abc":
        desk.place(name, limit_price="200")

    def page(**query: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = desk.client.get(
            "/v2/account/activities/FILL", params={"direction": "asc", **query}
        ).json()
        return rows

    first = page(page_size=2)
    rest = page(page_token=first[-1]["id"])
    assert [row["cum_qty"] for row in first + rest] == ["10", "10", "10"]
    assert [row["id"] for row in first + rest] == [row["id"] for row in page()]
    assert page(after=first[-1]["transaction_time"]) == rest


def stopped_at(moment: str) -> Clock:
    clock = Clock(lambda: from_rfc3339(moment))
    clock.freeze()
    return clock


def test_a_day_order_waits_for_the_open_and_ends_at_the_close() -> None:
    with alpaca(stopped_at("2026-11-29T17:00:00Z"), session="clock") as desk:
        assert not desk.client.get("/v2/clock").json()["is_open"]
        order_id = desk.place().json()["id"]
        assert desk.order(order_id)["status"] == "accepted"
        desk.sim("POST", "clock", {"step_s": 22 * HOUR_S})
        assert desk.order(order_id)["status"] == "new"
        desk.sim("POST", "clock", {"step_s": 6 * HOUR_S})
        assert desk.order(order_id)["status"] == "expired"


def test_extended_hours_begin_early_and_an_order_for_the_opening_comes_too_late() -> None:
    with alpaca(stopped_at("2026-11-30T14:29:00Z"), session="clock") as desk:
        early = desk.place("a", extended_hours=True).json()["id"]
        assert desk.order(early)["status"] == "new"
        assert desk.order(desk.place("b").json()["id"])["status"] == "accepted"
        assert refusal(desk.place("c", time_in_force="opg"))[0] == 422
        assert desk.place("d", time_in_force="cls").status_code == 200
