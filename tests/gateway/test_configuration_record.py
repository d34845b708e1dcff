"""By which configuration the gateway goes is in the journal: by hash, with what has changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.config import Config
from gateway.config.flat import changes, digest_of, settings_of
from gateway.configuration_record import begin, first, in_force
from gateway.control.client import ControlClient
from gateway.events import ConfigurationInForce
from gateway.risk.limits import LimitTable
from gateway.snapshot import snapshot
from gateway.state import State
from store.reader import JournalReader
from store.record import OPERATOR
from tests.gateway.config_files import ACME, ROUTE, SIM, load, with_reference_data
from tests.gateway.end_to_end import agreement
from tests.gateway.end_to_end.harness import play, world
from tests.gateway.end_to_end.settings import write_config
from tests.gateway.links import Gate

BASE = "[[listeners]]\nport = 5001\n" + SIM + ROUTE
ONE, TWO = 'accounts = ["A"]\n', 'accounts = ["A", "B"]\n'
SECRET = 'password_hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"\n'


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(with_reference_data(tmp_path), BASE + ACME + SECRET + ONE)


def acts(folder: Path) -> Iterator[dict[str, Any]]:
    for batch in JournalReader(folder).batches():
        yield from (json.loads(r.payload) for r in batch.records if r.kind == OPERATOR)


# --- as texts -------------------------------------------------------------------------------------


def test_it_is_what_is_set_and_no_secret(config: Config) -> None:
    settings = json.loads(settings_of(config))
    assert settings["clients[ACME].target_comp_id"] == '"ACME"'
    assert settings["clients[ACME].password_hash"] == "(not shown)"
    assert settings["routes.order"] == "all"
    assert "argon2id" not in settings_of(config)
    assert "clients[ACME].heart_bt_int_s" not in settings  # it is not set


def test_the_same_settings_have_the_same_hash(config: Config, tmp_path: Path) -> None:
    again = load(tmp_path, ACME + ONE + SECRET + BASE)  # in another order of its tables
    assert digest_of(settings_of(again)) == digest_of(settings_of(config))


def test_what_differs_is_told_by_line(config: Config, tmp_path: Path) -> None:
    other = ACME + TWO + SECRET + BASE.replace('"all"', '"rest"')
    before, after = settings_of(config), settings_of(load(tmp_path, other))
    assert changes(before, after) == [
        'clients[ACME].accounts: ["A"] -> ["A", "B"]',
        "routes.order: all -> rest",
        'routes[all].broker: "SIM" -> not set',
        'routes[all].name: "all" -> not set',
        'routes[rest].broker: not set -> "SIM"',
        'routes[rest].name: not set -> "rest"',
    ]
    assert changes(before, before) == []
    assert first(["a", "b", "c"], 2) == ["a", "b", "and 1 more"]


# --- a start --------------------------------------------------------------------------------------


def test_a_start_tells_what_is_another_than_before(config: Config, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "journal")
    begin(gate.engine, config)
    begin(gate.engine, config)  # nothing has changed
    other = load(tmp_path, ACME + TWO + BASE)
    begin(gate.engine, other)
    gate.loop.settle()
    one, two = acts(tmp_path / "journal")
    assert (one["what"], one["changes"]) == ("configuration", "")
    assert "before" not in one
    assert two["before"] == one["configuration"] == digest_of(settings_of(config))
    assert two["configuration"] == digest_of(settings_of(other)) == in_force(gate.engine)
    assert two["changes"].splitlines() == [
        'clients[ACME].accounts: ["A"] -> ["A", "B"]',
        "clients[ACME].password_hash: (not shown) -> not set",
    ]


def test_a_snapshot_has_it(config: Config, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "journal")
    begin(gate.engine, config)
    told = list(snapshot(gate.engine.core.state, gate.bench.now))
    again = State(LimitTable([], []), 1)
    for time_ns, payload in told:
        again.fold(payload, time_ns)
    assert again.operators.configuration == gate.engine.core.state.operators.configuration
    known = again.operators.configuration
    assert known is not None
    settings = settings_of(config)
    assert known[1] == ConfigurationInForce(digest_of(settings), settings)


# --- a gateway ------------------------------------------------------------------------------------


def test_starts_and_reloads_are_found_with_their_changes() -> None:
    async def script() -> None:
        async with world() as w:
            gate = w.gate
            status = await gate.ask(ControlClient.status)
            assert (await gate.reload(gateway={"drain_deadline_s": 3})).applied
            after = await gate.ask(ControlClient.status)
            assert status.configuration != after.configuration != ""
            assert after.clock.status in ("synchronised", "unsynchronised", "unknown")
            code, said = await gate.fixgate("status")
            assert code == 0
            assert after.configuration[:12] in said
            assert after.clock.status in said
            await gate.kill()
            gate.tables |= {"gateway": {"drain_deadline_s": 4}}
            write_config(gate.folder, gate.tables)
            await gate.start()
            await agreement.check(w)
            rows = agreement.audit_rows(gate, "SELECT * FROM operator_actions ORDER BY record_id")
            told = [json.loads(row["details"]) for row in rows]
            begun, reloaded, again = [one for one in told if "configuration" in one]
            assert (begun["what"], begun["configuration"]) == (
                "configuration",
                status.configuration,
            )
            assert (reloaded["what"], reloaded["why"]) == ("reload", "a test")
            assert reloaded["before"] == status.configuration
            assert reloaded["configuration"] == again["before"] == after.configuration
            assert again["changes"] == "gateway.drain_deadline_s: 3.0 -> 4.0"
            statuses = [one["status"] for one in told if one["what"] == "clock status"]
            assert statuses == [after.clock.status] * 2  # one a start
            await w.stop()

    play(script)


def test_searching_by_commands_finds_them(tmp_path: Path, config: Config) -> None:
    """By the play of the record, where there is no gateway."""
    gate = Gate(tmp_path / "data" / "journal")
    begin(gate.engine, config)
    gate.loop.settle()
    gate.journal.close()
    asked = ["replay", "--data-dir", str(tmp_path / "data"), "--speed", "max"]
    told = [json.loads(line) for line in CliRunner().invoke(main, asked).stdout.splitlines()]
    assert "configuration" in {one["details"].get("what") for one in told}
    assert "argon2id" not in json.dumps(told)
