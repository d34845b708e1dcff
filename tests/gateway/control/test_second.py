"""What needs two people: proposed by one, done when another approves, with what the first said."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from gateway.control.api import ROUTERS, build_app
from gateway.control.peer import introduced
from gateway.control.requests import Halt
from gateway.control.second import endpoints
from gateway.control.verbs import ALWAYS, LOOKS, MAY_NEED_TWO, NEVER, VERBS, Verb
from gateway.events import ActionProposed, ProposalDecided
from tests.gateway.control.memory_desk import MemoryDesk

ROOT, DAEMON = 0, 1  # user ids that every system has
RESUME = {"reason": "calm again", "scope": "client:ACME"}


@pytest.fixture
def desk() -> MemoryDesk:
    desk = MemoryDesk(second_person=["resume", "orders settle"])
    asyncio.run(desk.halt(Halt(scope="client:ACME", reason="runaway"), who="root"))
    desk.actions.clear()
    return desk


def ask(desk: MemoryDesk, uid: int, method: str, path: str, body: object = None) -> httpx.Response:
    """A request of an operating-system user."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(introduced(build_app(desk), uid))
        async with httpx.AsyncClient(transport=transport, base_url="http://fixgate") as http:
            return await http.request(method, path, json=body)

    return asyncio.run(asked())


def said(response: httpx.Response, status: int) -> Any:
    assert response.status_code == status, response.text
    return response.json()


def test_it_is_done_when_somebody_else_approves_with_both_names(desk: MemoryDesk) -> None:
    asked = said(ask(desk, ROOT, "POST", "/resume", RESUME), 202)
    assert (asked["key"], asked["verb"], asked["who"], asked["state"]) == (
        *("P-1", "resume", "root", "waiting"),
    )
    assert asked["arguments"] == {"path": {}, "body": {**RESUME, "level": "active"}}
    assert desk.actions == []
    assert [view["key"] for view in said(ask(desk, DAEMON, "GET", "/approvals"), 200)] == ["P-1"]
    done = said(ask(desk, DAEMON, "POST", "/approvals/P-1/approve", {"reason": "agreed"}), 200)
    assert desk.actions == [("resume", "client:ACME", "root, approved by daemon", "calm again")]
    assert (done["answer"], done["proposal"]["state"]) == ([], "approved")
    assert [(r["who"], r["what"]) for r in desk.memory.records] == [
        ("root", "resume"),
        ("daemon", "approvals approved"),
    ]
    assert said(ask(desk, DAEMON, "GET", "/approvals"), 200) == []
    everything = said(ask(desk, DAEMON, "GET", "/approvals?everything=true"), 200)
    assert [(view["key"], view["decided_by"]) for view in everything] == [("P-1", "daemon")]


def test_names_in_the_path_are_kept(desk: MemoryDesk) -> None:
    key = "A-20261120-000004"
    body = {"outcome": "canceled", "reason": "by phone"}
    said(ask(desk, ROOT, "POST", f"/orders/{key}/settle", body), 202)
    done = said(ask(desk, DAEMON, "POST", "/approvals/P-1/approve", {}), 200)
    assert (done["answer"]["order_id"], done["answer"]["status"]) == (key, "canceled")


@pytest.mark.parametrize(
    ("uid", "path", "body", "status", "code"),
    [
        (ROOT, "/approvals/P-1/approve", {}, 403, "OWN_PROPOSAL"),
        (ROOT, "/approvals/P-1/refuse", {"reason": "no"}, 403, "OWN_PROPOSAL"),
        (DAEMON, "/approvals/P-1/withdraw", {}, 403, "NOT_YOUR_PROPOSAL"),
        (DAEMON, "/approvals/P-2/approve", {}, 404, "UNKNOWN_PROPOSAL"),
        (DAEMON, "/approvals/L-1/approve", {}, 404, "UNKNOWN_PROPOSAL"),
        (DAEMON, "/approvals/P-1/refuse", {}, 422, "BAD_REQUEST"),
    ],
)
def test_what_is_no_approval_changes_nothing(
    desk: MemoryDesk, uid: int, path: str, body: object, status: int, code: str
) -> None:
    said(ask(desk, ROOT, "POST", "/resume", RESUME), 202)
    assert said(ask(desk, uid, "POST", path, body), status)["code"] == code
    assert said(ask(desk, DAEMON, "GET", "/approvals/P-1"), 200)["state"] == "waiting"
    assert desk.actions == []


@pytest.mark.parametrize(
    ("uid", "how", "outcome"),
    [
        (ROOT, "withdraw", "withdrawn"),
        (DAEMON, "refuse", "refused"),
        (DAEMON, "approve", "approved"),
    ],
)
def test_what_is_decided_is_decided(desk: MemoryDesk, uid: int, how: str, outcome: str) -> None:
    said(ask(desk, ROOT, "POST", "/resume", RESUME), 202)
    said(ask(desk, uid, "POST", f"/approvals/P-1/{how}", {"reason": "as it is"}), 200)
    done = list(desk.actions)
    again = said(ask(desk, DAEMON, "POST", "/approvals/P-1/approve", {}), 409)
    assert again["code"] == "PROPOSAL_DECIDED"
    assert f"P-1 is {outcome} already, by " in again["text"]
    assert desk.actions == done


def test_nobody_approves_what_has_expired(desk: MemoryDesk) -> None:
    engine = desk.memory
    engine.event(
        ActionProposed(1, "resume", json.dumps({"path": {}, "body": RESUME}), 5, "x", ""), 1
    )
    again = said(ask(desk, DAEMON, "POST", "/approvals/P-1/approve", {}), 409)
    assert again["text"] == "P-1 is expired already"
    assert isinstance(engine.events[-1], ProposalDecided)
    assert desk.actions == []


def test_it_is_an_alarm_until_it_is_decided(desk: MemoryDesk) -> None:
    said(ask(desk, ROOT, "POST", "/resume", RESUME), 202)
    ((_, alarm),) = desk.memory.alarm_list.items()
    assert (alarm.code, alarm.text) == (
        *("APPROVAL_WANTED", "P-1: root asks for `resume`: calm again"),
    )
    said(ask(desk, DAEMON, "POST", "/approvals/P-1/approve", {}), 200)
    assert desk.memory.alarm_list.items() == []


def test_what_cannot_be_done_any_more_has_failed(desk: MemoryDesk) -> None:
    said(ask(desk, ROOT, "POST", "/resume", RESUME), 202)
    desk.latched.clear()
    refused = said(ask(desk, DAEMON, "POST", "/approvals/P-1/approve", {}), 409)
    assert refused["code"] == "NOT_HALTED"
    assert "P-1 has failed, and must be asked for anew" in refused["remedy"]
    view = said(ask(desk, DAEMON, "GET", "/approvals/P-1"), 200)
    assert (view["state"], view["decided_by"]) == ("failed", "daemon")
    assert "is not halted" in view["decided_why"]


def test_a_bad_request_is_no_proposal(desk: MemoryDesk) -> None:
    for body in ({}, {"reason": ""}, {"reason": "x", "who": "me"}, []):
        refused = said(ask(desk, ROOT, "POST", "/resume", body), 422)
        assert refused["code"] == "BAD_REQUEST"
    assert desk.memory.events == []


def test_what_could_not_be_done_is_refused_to_who_asks_and_nothing_is_kept(
    desk: MemoryDesk,
) -> None:
    refused = said(ask(desk, ROOT, "POST", "/resume", RESUME | {"scope": "account:NOPE"}), 409)
    assert (refused["code"], refused["text"]) == ("NOT_HALTED", '"account:NOPE" is not halted')
    body = {"outcome": "canceled", "reason": "by phone"}
    refused = said(ask(desk, ROOT, "POST", "/orders/NONE/settle", body), 404)
    assert refused["code"] == "UNKNOWN_ORDER"
    assert desk.memory.events == desk.memory.records == []


def test_no_more_wait_than_the_limit() -> None:
    desk = MemoryDesk(second_person=["resume"], proposals_max=3)
    asyncio.run(desk.halt(Halt(scope="client:ACME", reason="runaway"), who="root"))
    for number in (1, 2, 3):
        desk.memory.event(ActionProposed(number, "resume", "{}", 2**62, "x", ""), 1)
    refused = said(ask(desk, ROOT, "POST", "/resume", RESUME), 409)
    assert refused["code"] == "TOO_MANY_PROPOSALS"
    assert desk.memory.hits == ["proposals_max"]


def test_what_is_not_named_in_the_configuration_is_done_at_once() -> None:
    desk = MemoryDesk()
    said(ask(desk, ROOT, "POST", "/halt", RESUME), 200)
    said(ask(desk, ROOT, "POST", "/resume", RESUME), 200)
    assert [action[0] for action in desk.actions] == ["halt", "resume"]


def test_a_stored_request_that_this_version_does_not_take_is_not_done(desk: MemoryDesk) -> None:
    arguments = json.dumps({"path": {}, "body": {"reason": "x", "gone": 1}})
    desk.memory.event(ActionProposed(1, "resume", arguments, 2**62, "x", ""), 1)
    desk.memory.event(ActionProposed(2, "no such", arguments, 2**62, "x", ""), 1)
    for key in ("P-1", "P-2"):
        refused = said(ask(desk, DAEMON, "POST", f"/approvals/{key}/approve", {}), 409)
        assert refused["code"] == "OUTDATED_PROPOSAL"
    assert desk.actions == []


@pytest.mark.parametrize("name", MAY_NEED_TWO)
def test_every_verb_that_may_need_two_takes_nothing_that_a_proposal_cannot_keep(name: str) -> None:
    assert name in {verb.name for verb in VERBS if verb in endpoints(ROUTERS)}


def test_a_verb_can_be_declared_to_need_two_always() -> None:
    desk = MemoryDesk()
    verb = Verb("limits override", "POST", "/limits/override", frozenset(), ALWAYS, (), False)
    assert desk.needs_second_person(verb)


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/sessions/NONE/reset", {"reason": "x"}, "UNKNOWN_SESSION"),
        ("/sessions/NONE/enable", {"reason": "x"}, "UNKNOWN_SESSION"),
        ("/sessions/ACME/numbers", {"reason": "x"}, "BAD_REQUEST"),
        ("/orphans/L-99/adopt", {"reason": "x", "order": "A-1"}, "UNKNOWN_ORPHAN"),
        ("/orphans/L-99/book", {"reason": "x"}, "UNKNOWN_ORPHAN"),
        ("/prices/NONE", {"reason": "x", "price": "5"}, "UNKNOWN_SYMBOL"),
        ("/breakers/NONE/reset", {"reason": "x"}, "UNKNOWN_BREAKER"),
        ("/news", {"headline": "x", "clients": ["NONE"]}, "UNKNOWN_SESSION"),
        ("/day/roll", {"reason": "x"}, "DAY_ROLLED"),
    ],
)
def test_nobody_is_asked_to_approve_what_could_not_be_done(
    path: str, body: object, code: str
) -> None:
    desk = MemoryDesk(second_person=list(MAY_NEED_TWO))
    desk.rolled = ("root", "before its time")
    assert ask(desk, ROOT, "POST", path, body).json()["code"] == code
    assert desk.memory.events == []


def test_every_verb_that_may_need_two_is_looked_at() -> None:
    need_two = {verb.name for verb in VERBS if verb.second_person != NEVER}
    assert need_two == LOOKS.keys()
