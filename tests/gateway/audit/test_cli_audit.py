"""`fixgate audit`, as people and programs use it."""

from __future__ import annotations

import csv
import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from gateway.cli import audit_keys, main
from gateway.cli.audit import audit
from gateway.control.peer import login_name
from tests.gateway.audit.journals import Writer, busy_day, trade
from tests.gateway.audit.projecting import ProjectorProcess, dump, expected


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a gateway that ran for a day and stopped."""
    monkeypatch.chdir(tmp_path)  # no fixgate.toml is near
    with Writer(tmp_path / "data" / "journal") as writer:
        busy_day(writer, 2)
    return tmp_path / "data"


def fixgate(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["audit", *map(str, arguments)])


def as_json(*arguments: str | Path) -> Any:
    result = fixgate(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_search_works_on_a_folder_alone(data_dir: Path) -> None:
    result = fixgate("search", "--data-dir", data_dir, "--cl-ord-id", "T0")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == [
        *("TIME", "(UTC)", "SESSION", "SEQ", "MESSAGE", "CORRELATION", "CLORDID", "ORDERID"),
        *("SIDE", "QTY", "SYMBOL", "PRICE", "TEXT"),
    ]
    assert "NewOrderSingle(D)" in lines[1]
    assert len(lines) == 5  # the order and three reports


@pytest.mark.parametrize(
    ("given", "number"),
    [
        (("--session", "BETA", "--direction", "in"), 3),
        (("--order-id", "A-20261121-000001", "--msg-type", "D"), 2),
        (("--exec-id", "E3"), 1),
        (("--account", "NOPE"), 0),
        (("--symbol", "IBM", "--limit", "4"), 4),
        (("--from", "2026-11-21 12:00:02", "--to", "20261121-12:00:02.030", "--msg-type", "D"), 4),
        (("--from", "2026-11-22"), 0),
        (("--tag", "17=E3"), 1),
        (("--tag", "execid=E3", "--tag", "35=8"), 1),
        (("--tag", "11=T"), 0),
        (("--tag", "8=FIX.4.2", "--direction", "in"), 3),
        (("--text", "TOO late"), 4),
        (("--client", "BETA", "--direction", "in"), 3),
        (("--correlation", "O1"), 8),
        (("--correlation", "M99"), 0),
        (("--from", "2026-11-21T13:00:00+01:00", "--to", "2026-11-21T12:00:00.0015Z"), 2),
    ],
)
def test_search_by_everything(given: tuple[str, ...], number: int, data_dir: Path) -> None:
    rows = as_json("search", "--data-dir", data_dir, *given)
    assert len(rows) == number


def test_search_says_that_there_is_more(data_dir: Path) -> None:
    result = fixgate("search", "--data-dir", data_dir, "--limit", "3")
    assert "the newest 3 only; --limit shows more" in result.stderr
    assert fixgate("search", "--data-dir", data_dir, "--symbol", "X").stdout == "no messages\n"


@pytest.mark.parametrize(
    "given",
    [
        ("--from", "yesterday"),
        ("--direction", "up"),
        ("--limit", "0"),
        ("--tag", "55"),
        ("--tag", "NoSuchField=1"),
        ("--tag", "55=\N{SNOWMAN}"),
        ("--text", "\N{SNOWMAN}"),
        ("--correlation", "17"),
    ],
)
def test_search_refuses_what_it_can_not_read(given: tuple[str, str], data_dir: Path) -> None:
    assert fixgate("search", "--data-dir", data_dir, *given).exit_code == 2


def test_story_tells_the_story(data_dir: Path) -> None:
    result = fixgate("story", "B0", "--data-dir", data_dir)
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "Order A-20261121-000002 (O2) of ACME, account ACC: buy 100 IBM"
    )
    assert "execution E4 taken back by the broker: a mistake" in result.stdout
    data = as_json("story", "A-20261121-000002", "--data-dir", data_dir)
    assert data["order"]["cum_qty"] == "55"
    assert {entry["kind"] for entry in data["entries"]} == {"message", "event"}


def test_story_of_an_unknown_order_is_one_line_and_1(data_dir: Path) -> None:
    result = fixgate("story", "NOPE", "--data-dir", data_dir)
    assert result.exit_code == 1
    assert result.stderr == 'no order has OrderID(37) or ClOrdID(11) "NOPE"\n'
    assert result.stdout == ""


def test_verify_passes_and_fails(data_dir: Path) -> None:
    result = fixgate("verify", "--data-dir", data_dir)
    assert result.exit_code == 0, result.output
    assert "equal to the journal" in result.stdout
    path = data_dir / "journal" / "00000001.journal"
    raw = bytearray(path.read_bytes())
    raw[3000] ^= 1
    path.write_bytes(raw)
    result = fixgate("verify", "--data-dir", data_dir, "--json")
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert said["chain_ok"] is said["ok"] is False
    assert str(path) in said["problems"][0]


def test_rebuild_makes_a_deleted_database_again(data_dir: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{data_dir}/audit.db"
    assert fixgate("search", "--data-dir", data_dir).exit_code == 0
    before = dump(url)
    for path in data_dir.glob("audit.db*"):
        path.unlink()
    said = as_json("rebuild", "--data-dir", data_dir)
    assert dump(url) == before == expected(data_dir, tmp_path / "other")
    assert said["rows"]["messages"] == len(before["messages"])
    assert "rebuilt up to batch" in fixgate("rebuild", "--data-dir", data_dir).stdout


def test_export_to_a_file_and_to_standard_output(data_dir: Path, tmp_path: Path) -> None:
    result = fixgate("export", "orders", "--data-dir", data_dir)
    rows = list(csv.DictReader(StringIO(result.stdout)))
    assert [row["order_id"][-1] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
    out = tmp_path / "executions.jsonl"
    result = fixgate(
        *("export", "executions", "--format", "jsonl", "-o", out, "--data-dir", data_dir),
        *("--cl-ord-id", "B0"),
    )
    assert result.exit_code == 0, result.output
    assert result.stderr == f"{out}: 4 executions\n"
    assert [json.loads(line)["status"] for line in out.read_text().splitlines()] == [
        *("busted", "corrected", "booked", "booked")
    ]
    assert out.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.glob("*.partial")) == []


def test_export_refuses_filters_that_mean_nothing(data_dir: Path) -> None:
    result = fixgate("export", "orders", "--data-dir", data_dir, "--msg-type", "D")
    assert result.exit_code == 2
    assert "--msg-type does not apply to orders" in result.stderr
    for option, value in (("--tag", "55=IBM"), ("--text", "x")):
        result = fixgate("export", "orders", "--data-dir", data_dir, option, value)
        assert f"{option} does not apply to orders" in result.stderr


def test_export_takes_the_same_filters(data_dir: Path) -> None:
    where = ("--data-dir", data_dir, "--format", "jsonl")
    lines = fixgate("export", *where, "--tag", "Text=too late").stdout.splitlines()
    assert len(lines) == 4
    assert all("58=too late" in json.loads(line)["raw"] for line in lines)
    [order] = fixgate("export", "orders", *where, "--correlation", "O2").stdout.splitlines()
    assert json.loads(order)["cl_ord_id"] == "B0"


def test_what_was_refused_before_there_was_an_order_is_found_with_its_answer(
    data_dir: Path,
) -> None:
    rows = as_json("search", "--data-dir", data_dir, "--tag", "41=NEVER")
    for asked in {row["correlation"] for row in rows}:
        found = as_json("search", "--data-dir", data_dir, "--correlation", asked)
        assert [(row["direction"], row["msg_type"]) for row in found] == [("in", "F"), ("out", "9")]
        assert len({row["cl_ord_id"] for row in found}) == 1


def test_a_client_of_the_configuration_is_all_its_sessions(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["init", str(tmp_path)]).exit_code == 0
    config = tmp_path / "fixgate.toml"
    client = config.read_text().index("[[clients]]")
    text = config.read_text()
    two = '[[clients]]\nname = "BETA"\nclient = "FUND"\nbegin_string = "FIX.4.2"\n'
    two += 'sender_comp_id = "GATE"\ntarget_comp_id = "BETA"\naccounts = ["ACC"]\n\n'
    config.write_text(text[:client] + two + text[client:])
    with Writer(tmp_path / "data" / "journal") as writer:
        busy_day(writer, 2)
    rows = as_json("search", "--config", config, "--client", "FUND", "--limit", "1000")
    assert {row["session"] for row in rows} == {"BETA"}


def test_a_folder_without_journal_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (["search"], ["story", "X"], ["verify"], ["rebuild"], ["export"]):
        result = fixgate(*command, "--data-dir", tmp_path)
        assert result.exit_code == 1, result.output
        assert f"{tmp_path}/journal: " in result.stderr
        assert result.stderr.count("\n") == 1
        assert "--data-dir" in result.stderr or "data_dir" in result.stderr


def test_without_folder_and_configuration_it_says_what_to_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = fixgate("search")
    assert result.exit_code == 2
    assert "fixgate.toml" in result.stderr


def test_another_database_can_be_named(data_dir: Path, database_url: str, tmp_path: Path) -> None:
    result = fixgate("verify", "--data-dir", data_dir, "--database-url", database_url)
    assert result.exit_code == 0, result.output
    assert dump(database_url) == expected(data_dir, tmp_path / "other")
    assert not (data_dir / "audit.db").exists()


def test_the_configuration_names_folder_and_database(tmp_path: Path, postgres_url: str) -> None:
    assert CliRunner().invoke(main, ["init", str(tmp_path)]).exit_code == 0
    config = tmp_path / "fixgate.toml"
    text = config.read_text()
    assert "[audit]" in text
    config.write_text(text.replace("[audit]", f'[audit]\ndatabase_url = "{postgres_url}"'))
    with Writer(tmp_path / "data" / "journal") as writer:
        busy_day(writer, 1)
    result = fixgate("verify", "--config", config)
    assert result.exit_code == 0, result.output
    assert dump(postgres_url) == expected(tmp_path / "data", tmp_path / "other")


def test_beside_a_running_projector_everything_works(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/audit.db"
    with Writer(tmp_path / "journal") as writer, ProjectorProcess(tmp_path, url) as projector:
        projector.hear_until(writer.journal.batch_number)
        trade(writer, "LIVE")
        assert fixgate("story", "LIVE", "--data-dir", tmp_path).exit_code == 0
        assert fixgate("verify", "--data-dir", tmp_path).exit_code == 0
        assert fixgate("rebuild", "--data-dir", tmp_path).exit_code == 0
        assert len(as_json("export", "orders", "--data-dir", tmp_path)) > 0


def test_every_command_has_help() -> None:
    commands = dict(audit.commands)
    for group, command in audit.commands.items():
        if isinstance(command, click.Group):
            commands |= {f"{group} {name}": nested for name, nested in command.commands.items()}
    for name, command in commands.items():
        result = fixgate(*name.split(), "--help")
        assert result.exit_code == 0
        assert command.help
        if not isinstance(command, click.Group):
            place = ("--into",) if name == "import-quickfix" else ("--config", "--data-dir")
            assert all(option in result.output for option in (*place, "--json")), name


def test_who_reads_a_folder_that_nobody_runs_is_recorded_beside_it(data_dir: Path) -> None:
    assert fixgate("search", "--data-dir", data_dir, "--symbol", "IBM").exit_code == 0
    assert fixgate("story", "B0", "--data-dir", data_dir).exit_code == 0
    assert fixgate("export", "orders", "--data-dir", data_dir, "--session", "ACME").exit_code == 0
    me = login_name(os.geteuid())
    rows = as_json("reads", "--data-dir", data_dir)
    assert [(row["who"], row["command"], row["asked"]) for row in rows] == [
        (me, "audit search", {"symbol": "IBM", "limit": "100"}),
        (me, "audit story", {"order": "B0"}),
        (me, "audit export", {"session": "ACME", "kind": "orders"}),
    ]
    assert fixgate("verify", "--data-dir", data_dir).exit_code == 0
    assert "symbol=IBM limit=100" in fixgate("reads", "--data-dir", data_dir).stdout


def test_what_is_too_long_to_be_recorded_names_itself(data_dir: Path) -> None:
    result = fixgate("story", "B" * 301, "--data-dir", data_dir)
    assert result.exit_code == 2
    assert "order: String should have at most 300 characters" in result.stderr
    assert not (data_dir / "reads").exists()


def test_what_cannot_be_recorded_is_not_shown(data_dir: Path) -> None:
    (data_dir / "reads").write_text("a file where the folder should be")
    for command in (("search",), ("story", "B0"), ("export", "orders")):
        result = fixgate(*command, "--data-dir", data_dir)
        assert result.exit_code == 1
        assert result.stdout == ""
        assert str(data_dir / "reads") in result.stderr


def test_keys_seals_and_verification_by_public_keys_alone(data_dir: Path, tmp_path: Path) -> None:
    where = ("--data-dir", data_dir)
    assert "there are no seals" in fixgate("verify", *where).stdout
    assert "audit keys new" in fixgate("seal", *where).stderr
    made = as_json("keys", "new", *where)
    assert fixgate("keys", "new", *where).exit_code == 1
    sealed = as_json("seal", *where, "--reason", "a test")
    assert (sealed["number"], sealed["key"]) == (1, made["key"])
    assert sealed["why"].startswith("asked by ")
    assert sealed["why"].endswith(": a test")
    rotated = as_json("keys", "rotate", *where)
    assert as_json("seal", *where)["key"] == rotated["key"]
    listed = as_json("keys", "list", *where)
    assert [(row["key"], row["has_private_file"]) for row in listed] == [
        (made["key"], False),
        (rotated["key"], True),
    ]
    court = tmp_path / "court"
    court.mkdir()
    for path in (data_dir / "keys").glob("*.public.json"):
        path.rename(court / path.name)
    command = ("verify", *where, "--no-database")
    assert fixgate(*command, "--keys", court).exit_code == 0
    result = fixgate(*command)
    assert result.exit_code == 1
    assert f"is signed by key {made['key']}, which is not here or not trusted (of " in result.stderr


def test_a_key_is_never_used_from_before_the_last_seal_of_another(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ("--data-dir", data_dir)
    as_json("keys", "new", *where)
    sealed = as_json("seal", *where)
    monkeypatch.setattr(audit_keys, "time_ns", lambda: sealed["time_ns"] - 1)  # it was set back
    assert as_json("keys", "rotate", *where)["from_ns"] > sealed["time_ns"]
    as_json("seal", *where)
    result = fixgate("verify", *where)
    assert result.exit_code == 0, result.output


def test_a_journal_that_a_gateway_writes_is_not_sealed_behind_its_back(tmp_path: Path) -> None:
    with Writer(tmp_path / "journal") as writer:
        busy_day(writer, 1)
        assert fixgate("keys", "new", "--data-dir", tmp_path).exit_code == 0
        result = fixgate("seal", "--data-dir", tmp_path)
    assert result.exit_code == 1
    assert "another gateway" in result.stderr


def test_a_damaged_journal_is_not_sealed(data_dir: Path) -> None:
    assert fixgate("keys", "new", "--data-dir", data_dir).exit_code == 0
    path = data_dir / "journal" / "00000001.journal"
    raw = bytearray(path.read_bytes())
    raw[3000] ^= 1
    path.write_bytes(raw)
    result = fixgate("seal", "--data-dir", data_dir)
    assert result.exit_code == 1
    assert str(path) in result.stderr
    assert not (data_dir / "seals").exists()
