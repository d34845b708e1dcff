"""`fixgate init`, `check` and `run` as a new user meets them, with their real exit codes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.certificates import Authority


def fixgate(*arguments: object, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FIXGATE_")}
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", *map(str, arguments)],
        cwd=cwd,
        env={**environment, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fixgate("init", cwd=tmp_path)
    return tmp_path


def test_init_writes_three_files_and_says_what_is_next(tmp_path: Path) -> None:
    done = fixgate("init", "new/deep", cwd=tmp_path)
    assert done.stdout.splitlines() == [
        "wrote new/deep/fixgate.toml",
        "wrote new/deep/instruments.csv",
        "wrote new/deep/closes.csv",
        "next: fixgate check --config new/deep/fixgate.toml && fixgate run --config"
        " new/deep/fixgate.toml",
    ]
    mode = (tmp_path / "new" / "deep" / "fixgate.toml").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "closes.csv").write_text("mine")
    done = fixgate("init", cwd=tmp_path, code=1)
    assert "closes.csv: already there and left as it is; name another folder" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["closes.csv"]
    assert (tmp_path / "closes.csv").read_text() == "mine"


def test_check_finds_nothing_in_a_new_configuration(folder: Path) -> None:
    done = fixgate("check", cwd=folder)
    lines = done.stdout.splitlines()
    assert lines[-1] == "fixgate.toml: no problems"
    assert any(line.split()[:2] == ["ACME", "client"] for line in lines)
    assert not any(line.startswith("note:") for line in lines)


def test_check_lists_every_problem_with_its_line(folder: Path) -> None:
    path = folder / "fixgate.toml"
    text = path.read_text().replace("port = 5001", "prot = 5001")
    path.write_text(text.replace('broker = "PAPER"', 'broker = "PAPIER"'))
    done = fixgate("check", cwd=folder, code=2)
    lines = text.splitlines()
    port = lines.index("prot = 5001") + 1
    listener = lines.index("[[listeners]]") + 1
    route = lines.index('broker = "PAPER"') + 1
    assert done.stdout.splitlines() == [
        f"fixgate.toml:{listener}: listeners[0].port: is missing",
        f'fixgate.toml:{port}: listeners[0].prot: there is no such setting; did you mean "port"?',
        f'fixgate.toml:{route}: routes[0].broker: there is no broker "PAPIER"; there are: PAPER',
    ]
    assert done.stderr == "3 problem(s)\n"


def test_check_as_json(folder: Path) -> None:
    answer = json.loads(fixgate("check", "--json", cwd=folder).stdout)
    assert answer == {"ok": True, "problems": [], "notes": []}
    (folder / "fixgate.toml").write_text("[gateway\n")
    answer = json.loads(fixgate("check", "--json", cwd=folder, code=2).stdout)
    assert answer["ok"] is False
    assert answer["problems"][0].startswith("fixgate.toml:1: ")


def test_check_fails_where_every_order_would_be_refused(folder: Path) -> None:
    path = folder / "fixgate.toml"
    text = path.read_text()
    assert "\nmax_credit = 50000000\n" in text
    path.write_text(text.replace("\nmax_credit = 50000000\n", "\n"))
    done = fixgate("check", cwd=folder, code=1)
    assert "every order would be refused: nobody sets max_credit" in done.stderr


def test_check_reads_the_files_that_are_named(folder: Path) -> None:
    with (folder / "instruments.csv").open("a") as file:
        file.write("BAD,CS,USD,0,1,1,maybe\n")
    path = folder / "fixgate.toml"
    text = path.read_text()
    path.write_text(text.replace("#dictionary = (not set)", 'dictionary = "mine.xml"', 1))
    (folder / "mine.xml").write_text("<fix>")
    done = fixgate("check", cwd=folder, code=2)
    assert "mine.xml:1: " in done.stdout
    assert "instruments.csv:5: tick_size '0' must be above 0" in done.stdout


def test_check_tells_what_of_a_dialect_does_not_fit(folder: Path) -> None:
    path = folder / "fixgate.toml"
    path.write_text(path.read_text().replace('#dialect = ""', 'dialect = "acme.xml"', 1))
    (folder / "acme.xml").write_text(
        '<dialect>\n<message msgtype="D"><drop name="Foo"/></message></dialect>'
    )
    done = fixgate("check", cwd=folder, code=2)
    assert "acme.xml:2: <drop name='Foo'>: <message> has no Foo" in done.stdout
    (folder / "acme.xml").write_text(
        '<dialect><message msgtype="D"><drop name="Text"/></message></dialect>'
    )
    fixgate("check", cwd=folder)
    path.write_text(path.read_text().replace("acme.xml", "example"))
    fixgate("check", cwd=folder)


def test_check_notes_stale_and_missing_prices(folder: Path) -> None:
    (folder / "closes.csv").write_text("symbol,price,time\nAAPL,1,2001-01-01T00:00:00Z\n")
    done = fixgate("check", cwd=folder)
    notes = [line for line in done.stdout.splitlines() if line.startswith("note:")]
    assert notes[0].startswith("note: 2 instrument(s) have no price: MSFT, IBM;")
    assert notes[1].startswith(
        "note: 1 instrument(s) have a price older than price_max_age_s: AAPL"
    )


def test_check_notes_instruments_of_another_currency(folder: Path) -> None:
    path = folder / "instruments.csv"
    path.write_text(path.read_text().replace("IBM,CS,USD", "IBM,CS,EUR"))
    assert "are not in USD, the currency of the limits, and have no rate: IBM;" in (
        fixgate("check", cwd=folder).stdout
    )


def test_check_reads_corporate_actions(folder: Path) -> None:
    path = folder / "fixgate.toml"
    text = path.read_text().replace("#corporate_actions = (not set)", 'corporate_actions = "a.csv"')
    path.write_text(text)
    told = fixgate("check", cwd=folder, code=2).stdout
    assert "reference.corporate_actions: " in told
    assert "a.csv: there is no such file" in told
    head = "date,symbol,kind,ratio,amount\n"
    rows = "2026-11-23,AAPL,split,4-1,\n2026-12-01,XYZ,split,2:1,\n"
    (folder / "a.csv").write_text(head + rows)
    assert fixgate("check", cwd=folder, code=2).stdout.splitlines() == [
        "a.csv:2: ratio '4-1' must be NEW:OLD, such as 2:1",
        "a.csv:3: symbol 'XYZ' is no instrument: its lot is not known",
    ]
    (folder / "a.csv").write_text(head + "2026-11-23,AAPL,split,4:1,\n")
    assert "are never carried out: [day] has no roll_time" in fixgate("check", cwd=folder).stdout
    path.write_text(text.replace('#roll_time = ""', 'roll_time = "17:00"'))
    assert "never carried out" not in fixgate("check", cwd=folder).stdout


def test_run_with_a_bad_configuration_is_exit_code_2(folder: Path) -> None:
    path = folder / "fixgate.toml"
    path.write_text(path.read_text().replace("port = 5001", "port = -1"))
    done = fixgate("run", cwd=folder, code=2)
    assert "listeners[0].port: must be greater than or equal to 0, not -1" in done.stderr


def test_run_without_a_configuration_names_the_remedy(tmp_path: Path) -> None:
    done = fixgate("run", cwd=tmp_path, code=2)
    file = tmp_path / "fixgate.toml"
    assert done.stderr == f"{file}: there is no such file; `fixgate init` writes one\n"


def test_check_notes_a_certificate_that_has_ended_and_a_door_that_stands_open(folder: Path) -> None:
    Authority(folder).issue("gate", expires=datetime(2021, 1, 1, tzinfo=UTC))
    path = folder / "fixgate.toml"
    text = path.read_text().replace('host = "127.0.0.1"', 'host = "0.0.0.0"')
    tls = 'tls = { certificate = "gate.pem", key = "gate.key" }'
    path.write_text(text.replace("port = 5001", f"port = 5001\n{tls}"))
    done = fixgate("check", cwd=folder)
    notes = [line for line in done.stdout.splitlines() if line.startswith("note:")]
    assert notes == [
        "note: client ACME may log on from other machines by its CompIDs alone: set a"
        " password_hash, certificates or allow_from",
        f"note: listeners[0].tls.certificate: {folder}/gate.pem is taken by nobody: certificate has"
        " expired",
    ]


def test_check_and_run_refuse_a_key_that_is_not_the_certificate_s(folder: Path) -> None:
    authority = Authority(folder)
    authority.issue("gate")
    authority.issue("other")
    path = folder / "fixgate.toml"
    tls = 'tls = { certificate = "gate.pem", key = "other.key" }'
    path.write_text(path.read_text().replace("port = 5001", f"port = 5001\n{tls}"))
    why = "listeners[0].tls.key: "
    for command in ("check", "run"):
        done = fixgate(command, cwd=folder, code=2)
        said = done.stdout + done.stderr
        assert why in said
        assert "other.key: is not the key of the certificate in" in said


def test_check_notes_scopes_of_symbols_that_there_are_none_of(folder: Path) -> None:
    path = folder / "fixgate.toml"
    path.write_text(
        path.read_text() + '\n[[risk.limits]]\nscope = "symbol:IBN"\nmax_quantity = 5\n'
    )
    said = fixgate("check", cwd=folder).stdout
    note = "the scope symbol:IBN of limits is never met: the reference data has no such instrument"
    assert f"note: {note}" in said
    assert said.count("note:") == 1
