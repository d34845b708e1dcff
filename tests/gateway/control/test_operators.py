"""Named operators at the control API, over a real socket: tokens, roles, and who is turned away."""

from __future__ import annotations

import asyncio
import getpass
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.control.client import ControlClient
from gateway.control.errors import DeskError, WaitsForApproval
from gateway.control.operator_models import Issue, Rotate
from gateway.control.verbs import VERBS
from gateway.events import OperatorRotated
from gateway.operators.tokens import Verifier, new_token, parts
from tests.gateway.control.memory_desk import MemoryDesk
from tests.gateway.control.running import served, short_folder

ME = getpass.getuser()
ROLES = {
    "ada": ["administrator"],
    "rob": ["risk"],
    "ria": ["risk"],
    "tim": ["trader"],
    "vic": ["viewer"],
}


@pytest.fixture(scope="module")
def tokens() -> dict[str, tuple[str, str]]:
    """A token and its hash for each; hashing is slow on purpose."""
    return {name: asyncio.run(new_token(name)) for name in ROLES}


class World:
    """A desk that takes named operators only, and a client for each."""

    def __init__(self, path: Path, desk: MemoryDesk, tokens: dict[str, tuple[str, str]]) -> None:
        self.path = path
        self.desk = desk
        self.tokens = {name: token for name, (token, _) in tokens.items()}

    def client(self, name: str) -> ControlClient:
        return ControlClient(self.path, token=self.tokens[name])

    def get(self, path: str, authorization: str = "", method: str = "GET") -> httpx.Response:
        headers = {"Authorization": authorization} if authorization else {}
        transport = httpx.HTTPTransport(uds=str(self.path))
        with httpx.Client(transport=transport, base_url="http://fixgate", timeout=None) as http:
            return http.request(method, path, headers=headers)


@pytest.fixture
def world(tokens: dict[str, tuple[str, str]]) -> Iterator[World]:
    desk = MemoryDesk(operators="required", second_person=["resume"])
    for name, (_, token_hash) in tokens.items():
        desk.memory.issue(name, ",".join(ROLES[name]), token_hash)
    with short_folder() as folder, served(desk, folder / "control.sock"):
        yield World(folder / "control.sock", desk, tokens)


def test_who_is_the_operator_and_the_record_has_the_system_user_beside(world: World) -> None:
    with world.client("tim") as tim:
        tim.halt("client:ACME", cancel_open=False, reason="runaway")
        view = tim.order_action("C1", "cancel", reason="asked")
    assert view.status == "pending_cancel"
    assert [action[2] for action in world.desk.actions] == ["tim", "tim"]
    with world.client("ada") as ada:
        ada.revoke_operator("vic", reason="left")
    assert world.desk.memory.records[-1] == {
        "who": "ada",
        "os_user": ME,
        "why": "left",
        "what": "operator revoke",
        "name": "vic",
    }


def test_probes_need_no_token_and_all_else_does(world: World) -> None:
    assert world.get("/health").status_code == 200
    assert world.get("/ready").status_code == 200
    for verb in VERBS:
        if not verb.open:
            path = verb.path.replace(":path}", "}").format(
                key="x", name="x", number="1", symbol="x"
            )
            refused = world.get(path, method=verb.method)
            assert (refused.status_code, refused.json()["code"]) == (401, "NO_TOKEN"), verb
    assert world.desk.actions == []


@pytest.mark.parametrize("name", ["ada", "rob", "tim", "vic"])
def test_each_role_may_do_what_the_table_says_and_nothing_else(world: World, name: str) -> None:
    for verb in VERBS:
        path = verb.path.replace(":path}", "}").format(key="x", name="x", number="1", symbol="x")
        answer = world.get(path, f"Bearer {world.tokens[name]}", verb.method)
        may = verb.open or ROLES[name][0] in verb.roles
        assert answer.status_code != 401, verb
        assert (answer.status_code != 403) == may, verb
    assert world.desk.actions == []  # for no request said why


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("Bearer nobody.secret", "BAD_TOKEN"),
        ("Bearer vic.secret", "BAD_TOKEN"),
        ("Bearer vic", "NO_TOKEN"),
        ("Bearer .x", "NO_TOKEN"),
        ("Basic dmljOng=", "NO_TOKEN"),
        ("Bearer vic." + "x" * 200, "NO_TOKEN"),
    ],
)
def test_a_bad_token_is_refused_recorded_and_alarmed(
    world: World, authorization: str, code: str
) -> None:
    problem = world.get("/status", authorization)
    assert (problem.status_code, problem.json()["code"]) == (401, code)
    assert "FIXGATE_TOKEN" in problem.json()["remedy"]
    record = world.desk.memory.records[-1]
    assert (record["what"], record["verb"], record["code"]) == ("refused", "status", code)
    assert record["os_user"] == ME
    assert "secret" not in str(record)
    ((alarm, text),) = world.desk.memory.alarms
    assert alarm == "OPERATOR_REFUSED"
    assert f"operating-system user {ME}" in text


def test_a_role_that_does_not_suffice_is_told_which_does(world: World) -> None:
    with world.client("vic") as vic, pytest.raises(DeskError) as caught:
        vic.halt("firm", cancel_open=False, reason="panic")
    assert (caught.value.status, caught.value.code) == (403, "FORBIDDEN")
    assert str(caught.value) == (
        "operator vic may not do `halt`; it takes the role trader or risk or administrator"
    )
    assert world.desk.memory.records[-1]["who"] == "vic"
    with world.client("vic") as vic:
        assert vic.status().node == "A"


def test_refusals_fill_no_journal(world: World) -> None:
    for _ in range(50):
        world.get("/status")
    memory = world.desk.memory
    assert len(memory.records) == len(memory.alarms)
    assert 20 <= len(memory.records) <= 40  # a minute may have ended
    assert memory.hits == ["refusals_per_minute_max"] * (50 - len(memory.records))


def test_a_rotated_token_is_worth_nothing_at_once(world: World) -> None:
    with world.client("tim") as tim:
        assert tim.status().node == "A"
        with world.client("ada") as ada:
            new = ada.rotate_operator("tim", Rotate(reason="lost")).token
        with pytest.raises(DeskError, match="the token is nobody's"):
            tim.status()
    with ControlClient(world.path, token=new) as tim:
        assert tim.status().node == "A"
        with world.client("ada") as ada:
            assert "tim" not in [view.name for view in ada.revoke_operator("tim", reason="left")]
        with pytest.raises(DeskError, match="the token is nobody's"):
            tim.status()


def test_a_rotated_token_ends_as_the_one_before_if_nothing_else_is_said(world: World) -> None:
    with world.client("ada") as ada:
        for said, ends in ((2**62, 2**62), (None, 2**62), (2**61, 2**61), (0, 0), (None, 0)):
            view = ada.rotate_operator("tim", Rotate(expires_ns=said, reason="lost")).operator
            assert view.expires_ns == ends
        world.desk.memory.event(OperatorRotated("tim", "H", 5, "ada", "for a while"), 1)
        with pytest.raises(DeskError, match="would expire in the past; `--expires 90d`"):
            ada.rotate_operator("tim", Rotate(reason="lost"))


def test_an_expired_token_is_refused(world: World, tokens: dict[str, tuple[str, str]]) -> None:
    token, token_hash = tokens["tim"]
    world.desk.memory.event(OperatorRotated("tim", token_hash, 5, "ada", "for a while"), 1)
    with ControlClient(world.path, token=token) as tim, pytest.raises(DeskError) as caught:
        tim.status()
    assert (caught.value.status, caught.value.code) == (401, "TOKEN_EXPIRED")
    with world.client("ada") as ada:
        assert [view.name for view in ada.operators() if view.expired] == ["tim"]


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        ({"name": "tim", "roles": ["viewer"]}, "DUPLICATE_OPERATOR"),
        ({"name": "new", "roles": ["boss"]}, "UNKNOWN_ROLE"),
        ({"name": "new", "roles": []}, "BAD_REQUEST"),
        ({"name": "a.b", "roles": ["viewer"]}, "BAD_REQUEST"),
        ({"name": "", "roles": ["viewer"]}, "BAD_REQUEST"),
        ({"name": "new", "roles": ["viewer"], "expires_ns": 5}, "BAD_EXPIRY"),
    ],
)
def test_bad_operators_are_refused(world: World, ask: dict[str, Any], code: str) -> None:
    with world.client("ada") as ada, pytest.raises(DeskError) as caught:
        ada.issue_operator(Issue.model_construct(reason="x", **ask))
    assert caught.value.code == code
    assert len(world.desk.operators()) == len(ROLES)


def test_an_unknown_operator_is_told_with_those_there_are(world: World) -> None:
    with world.client("ada") as ada:
        for act in (
            lambda: ada.rotate_operator("tom", Rotate(reason="x")),
            lambda: ada.revoke_operator("tom", reason="x"),
        ):
            with pytest.raises(DeskError, match='no operator "tom"; there are: ada, ria'):
                act()


def test_the_last_administrator_stays(world: World) -> None:
    with world.client("ada") as ada:
        with pytest.raises(DeskError) as caught:
            ada.revoke_operator("ada", reason="tired")
        assert caught.value.code == "LAST_ADMINISTRATOR"
        ask = Issue(name="abe", roles=["administrator", "viewer"], reason="second")
        token = ada.issue_operator(ask).token
        assert token.startswith("abe.")
        ada.revoke_operator("ada", reason="tired")
    with ControlClient(world.path, token=token) as abe:
        assert abe.operators()[-1].roles == ["viewer", "administrator"]
        assert abe.operators()[-1].issued_by == "ada"


def test_two_people_of_the_right_role_resume(world: World) -> None:
    with world.client("rob") as rob, world.client("ria") as ria, world.client("tim") as tim:
        rob.halt("firm", cancel_open=False, reason="panic")
        with pytest.raises(WaitsForApproval) as waits:
            rob.resume("firm", reason="calm")
        with pytest.raises(DeskError, match=r"tim may not do `resume`; it takes the role risk"):
            tim.approve(waits.value.key, reason="")
        with pytest.raises(DeskError, match="is your own: somebody else has to decide"):
            rob.approve(waits.value.key, reason="")
        assert world.desk.latched
        assert ria.approve(waits.value.key, reason="yes").proposal.decided_by == "ria"
    assert world.desk.actions[-1] == ("resume", "firm", "rob, approved by ria", "calm")
    refused = [text for code, text in world.desk.memory.alarms if code == "OPERATOR_REFUSED"]
    assert len(refused) == 2  # the attempts


def test_what_somebody_asked_for_who_has_gone_is_not_done(world: World) -> None:
    with world.client("rob") as rob, world.client("ria") as ria, world.client("ada") as ada:
        rob.halt("firm", cancel_open=False, reason="panic")
        with pytest.raises(WaitsForApproval) as waits:
            rob.resume("firm", reason="calm")
        ada.revoke_operator("rob", reason="left")
        with pytest.raises(DeskError, match="who asked for P-1 may not have it: operator rob may"):
            ria.approve(waits.value.key, reason="")
    assert world.desk.latched


def test_a_token_is_hashed_once_and_remembered_for_its_hash_alone() -> None:
    async def script() -> None:
        verifier = Verifier()
        token, token_hash = await new_token("anna")
        found = parts(f"Bearer {token}")
        assert found is not None
        name, secret = found
        assert (name, len(secret)) == ("anna", 43)  # 256 bits
        assert secret not in token_hash
        assert not await verifier.is_right(token_hash, secret + "x")
        assert await verifier.is_right(token_hash, secret)
        before = threading.active_count()
        assert await verifier.is_right(token_hash, secret)
        assert threading.active_count() == before
        _, another = await new_token("anna")
        assert not await verifier.is_right(another, secret)
        assert not await verifier.is_right("", secret)

    asyncio.run(script())
