"""Named operators over the real process: the first is issued, then required; two of them resume."""

from __future__ import annotations

import json
from typing import Any

from gateway.cli.failures import WAITS
from tests.gateway.end_to_end import agreement, settings
from tests.gateway.end_to_end.harness import Gate, play, world

PAPER: dict[str, Any] = {
    "brokers": [settings.paper_broker()],
    "routes": [{"name": "all", "broker": "PAPER"}],
    "start_broker": False,
}
REASON = ("--reason", "a test")


def test_operators_are_required_and_two_of_them_resume_over_a_crash() -> None:
    async def script() -> None:
        async with world(**PAPER) as w:
            gate = w.gate
            required = {"operators": "required", "second_person": ["resume"]}
            refused = await gate.reload(control=required)
            assert "there is no administrator" in refused.refused[0]
            code, said = await gate.fixgate("check")
            assert code == 2
            assert "there is no administrator" in said
            ada = await issued(gate, "ada", "administrator")
            assert (await gate.fixgate("check"))[0] == 0
            assert (await gate.reload()).applied
            code, said = await gate.fixgate("halt", *REASON)
            assert (code, said.partition(":")[0]) == (1, "no token is given")
            gate.environment["FIXGATE_TOKEN"] = ada
            rob, ria = await issued(gate, "rob", "risk"), await issued(gate, "ria", "risk")
            gate.environment["FIXGATE_TOKEN"] = rob
            assert (await gate.fixgate("halt", *REASON))[0] == 0
            assert (await gate.fixgate("resume", *REASON))[0] == WAITS
            await gate.kill()
            await gate.start()
            assert (await gate.fixgate("approvals", "approve", "P-1"))[0] == 1
            gate.environment["FIXGATE_TOKEN"] = ria
            code, said = await gate.fixgate("approvals", "approve", "P-1", "--json")
            assert code == 0, said
            assert (json.loads(said)["answer"], json.loads(said)["proposal"]["who"]) == ([], "rob")
            code, said = await gate.fixgate("status", "--json")
            assert json.loads(said)["halts"] == []
            assert await gate.stop() == 0
            await gate.verify()
            check_record(gate, [ada, rob, ria])

    play(script)


async def issued(gate: Gate, name: str, role: str) -> str:
    """The token of a new operator."""
    code, said = await gate.fixgate("operators", "issue", name, "--role", role, *REASON, "--json")
    assert code == 0, said
    token: str = json.loads(said)["token"]
    return token


def check_record(gate: Gate, tokens: list[str]) -> None:
    actions = agreement.audit_rows(gate, "SELECT * FROM operator_actions ORDER BY time_ns")
    told = [(row["who"], row["what"]) for row in actions]
    assert told[-3:] == [
        ("rob", "refused"),
        ("ria", "approvals approved"),
        ("rob, approved by ria", "resume"),
    ]
    found = agreement.audit_rows(gate, "SELECT name, details FROM order_events")
    events = [row for row in found if row["name"].startswith(("Operator", "Action", "Proposal"))]
    assert [row["name"] for row in events] == [
        *["OperatorIssued"] * 3,
        *("ActionProposed", "ProposalDecided"),
    ]
    assert not any("argon2" in row["details"] for row in events)
    secrets = [token.partition(".")[2].encode() for token in tokens]
    kept = [path for path in (gate.folder / "data").rglob("*") if path.is_file()]
    assert [path for path in kept for s in secrets if s in path.read_bytes()] == []
    assert not any(s.decode() in repr(gate.lines) for s in secrets)
