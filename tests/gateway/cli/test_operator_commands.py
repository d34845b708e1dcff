"""`fixgate operators` and `fixgate approvals` against a control API on a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.failures import WAITS
from gateway.events import ActionProposed
from tests.gateway.cli.test_control_commands import ME, fixgate
from tests.gateway.control.memory_desk import NOW_NS, MemoryDesk
from tests.gateway.control.running import served, short_folder

REASON = ("--reason", "a test")


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk(second_person=["resume"])


@pytest.fixture
def data_dir(desk: MemoryDesk) -> Iterator[Path]:
    with short_folder() as folder, served(desk, folder / "control.sock"):
        yield folder


def as_json(*arguments: object) -> Any:
    return json.loads(fixgate(*arguments, "--json").output)


def test_an_operator_is_issued_listed_rotated_and_revoked(desk: MemoryDesk, data_dir: Path) -> None:
    place = ("--data-dir", data_dir)
    assert fixgate("operators", "list", *place).output == "no named operators\n"
    said = fixgate(
        *("operators", "issue", "anna", "--role", "risk", "--role", "administrator"),
        *("--expires", "90d", *REASON, *place),
    ).output.splitlines()
    assert said[0] == "anna (risk, administrator); the token, told once:"
    assert said[1].startswith("anna.")
    (view,) = as_json("operators", "list", *place)
    assert (view["name"], view["issued_by"], view["expired"]) == ("anna", ME, False)
    assert view["expires_ns"] > NOW_NS
    assert "hash" not in json.dumps(view)
    line = fixgate("operators", "list", *place).output.splitlines()[1]
    assert line.startswith("anna  risk, administrator  ")
    rotated = as_json("operators", "rotate", "anna", "--expires", "never", *REASON, *place)
    assert rotated["token"] != said[1]
    assert (rotated["operator"]["rotated_by"], rotated["operator"]["expires_ns"]) == (ME, 0)
    assert as_json("operators", "revoke", "anna", *REASON, *place) == []
    assert [record["what"] for record in desk.memory.records] == [
        *("operator issue", "operator rotate", "operator revoke")
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("issue", "anna", *REASON), 2, "Missing option '--role'"),
        (("issue", "anna", "--role", "boss", *REASON), 2, "'boss' is not one of 'viewer'"),
        (("issue", "anna", "--role", "risk"), 2, "Missing option '--reason'"),
        (
            ("issue", "an.na", "--role", "risk", *REASON),
            1,
            "name: a name is 1 to 32 letters, digits, _ or -\n",
        ),
        (("rotate", "anna", "--expires", "soon", *REASON), 2, "soon is no time; use minutes"),
        (("rotate", "anna", "--expires", "0d", *REASON), 2, "0d is no time"),
        (("rotate", "anna", *REASON), 1, 'there is no operator "anna"; there are: none\n'),
    ],
)
def test_bad_input_is_one_clear_line(
    data_dir: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    output = fixgate("operators", *arguments, "--data-dir", data_dir, code=code).output
    assert says in output
    assert "Value error" not in output
    assert "body." not in output


def test_what_needs_a_second_person_is_told_and_shown(desk: MemoryDesk, data_dir: Path) -> None:
    place = ("--data-dir", data_dir)
    assert "nothing waits" in fixgate("approvals", "list", *place).output
    fixgate("halt", "--scope", "symbol:IBM", *REASON, *place)
    said = fixgate("resume", "--scope", "symbol:IBM", *REASON, *place, code=WAITS).output
    assert said == (
        "`resume` needs a second person and waits as P-1; somebody else does it by `fixgate"
        " approvals approve P-1`\n"
    )
    assert "symbol:IBM" in desk.latched
    (view,) = as_json("approvals", "list", *place)
    assert (view["key"], view["verb"], view["who"], view["why"]) == ("P-1", "resume", ME, "a test")
    shown = fixgate("approvals", "show", "P-1", *place).output
    assert "symbol:IBM" in shown
    assert "waiting" in shown
    own = "P-1 is your own: somebody else has to decide; `fixgate approvals withdraw` takes it back"
    assert fixgate("approvals", "approve", "P-1", *place, code=1).output == f"{own}\n"
    assert fixgate("approvals", "refuse", "P-1", *REASON, *place, code=1).output == f"{own}\n"
    assert "withdrawn" in fixgate("approvals", "withdraw", "P-1", *place).output
    gone = f"P-1 is withdrawn already, by {ME}; ask for it anew, if it is still wanted\n"
    assert fixgate("approvals", "approve", "P-1", *place, code=1).output == gone
    assert as_json("approvals", "list", *place) == []
    assert as_json("approvals", "list", "--all", *place)[0]["state"] == "withdrawn"
    unknown = fixgate("approvals", "show", "P-9", *place, code=1).output
    assert unknown.startswith('there is no proposal "P-9"; ')


def test_what_is_approved_is_one_line_and_times_are_shown_in_utc(
    desk: MemoryDesk, data_dir: Path
) -> None:
    place = ("--data-dir", data_dir)
    fixgate("halt", "--scope", "symbol:IBM", *REASON, *place)
    body = {"scope": "symbol:IBM", "reason": "calm"}
    for number, more in enumerate(({}, {"expires_ns": NOW_NS}), 1):
        arguments = json.dumps({"path": {}, "body": body | more})
        desk.memory.event(ActionProposed(number, "resume", arguments, 2**62, "x", "calm"), 1)
    said = fixgate("approvals", "approve", "P-1", *place).output
    assert said == "P-1: `resume` is done, as x asked\n"
    shown = fixgate("approvals", "show", "P-2", *place).output
    assert "expires (UTC)" in shown
    assert "2026-11-20 10:11:11.000" in shown
    assert str(NOW_NS) not in shown


def test_the_token_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = MemoryDesk()
    with short_folder() as folder, served(desk, folder / "control.sock"):
        place = ("--data-dir", folder)
        issue = ("operators", "issue", "anna", "--role", "administrator")
        token = as_json(*issue, *REASON, *place)["token"]
    desk = MemoryDesk(operators="required")
    desk.memory.issue("anna", "administrator", "")
    with short_folder() as folder, served(desk, folder / "control.sock"):
        place = ("--data-dir", folder)
        refused = fixgate("status", *place, code=1).output
        assert refused.startswith("no token is given: this gateway takes commands of named")
        assert fixgate("health", *place).output == "ready\n"
        monkeypatch.setenv("FIXGATE_TOKEN", token)
        refused = fixgate("status", *place, code=1).output
        assert refused.startswith("the token is nobody's")


@pytest.mark.parametrize("token", ["anna.s3cret\nmore", "anna.s3cret\u20ac"])
def test_what_is_no_token_is_told_without_it(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("FIXGATE_TOKEN", token)
    output = fixgate("status", "--data-dir", data_dir, code=1).output
    assert output.startswith("FIXGATE_TOKEN is no token, which is one line of ")
    assert "s3cret" not in output
    monkeypatch.setenv("FIXGATE_TOKEN", "anna.s3cret\n")
    fixgate("status", "--data-dir", data_dir)
