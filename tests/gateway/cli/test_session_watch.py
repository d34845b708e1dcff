"""`fixgate sessions watch` on a pipe, on a terminal, and at Ctrl-C."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.cli.session_watch import Rates
from tests.gateway.control.memory_desk import MemoryDesk, a_session
from tests.gateway.control.running import served, short_folder

SECOND = 1_000_000_000
LIMIT_S = 60.0
COMMAND = (sys.executable, "-m", "gateway.cli", "sessions", "watch", "--interval", "0.1")


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with short_folder() as folder, served(MemoryDesk(), folder / "control.sock"):
        yield folder


def watch(*arguments: object, code: int = 0) -> Result:
    command = ["sessions", "watch", "--interval", "0.1", *map(str, arguments)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == code, result.output
    return result


def test_a_table_each_time_where_there_is_no_terminal(data_dir: Path) -> None:
    lines = watch("--count", 2, "--data-dir", data_dir).output.splitlines()
    assert [line.split()[0] for line in lines] == ["NAME", "ACME", "SIM"] * 2
    assert "1.2 ms" in lines[1] or "1.3 ms" in lines[1]
    assert lines[4].split()[4:6] == ["0", "0"]  # nothing came or went between two looks


def test_a_line_of_json_each_time(data_dir: Path) -> None:
    lines = watch("--json", "--count", 3, "--data-dir", data_dir).output.splitlines()
    found = [json.loads(line) for line in lines]
    assert [[view["name"] for view in one["sessions"]] for one in found] == [["ACME", "SIM"]] * 3
    times = [one["time_ns"] for one in found]
    assert times == sorted(times)
    assert found[0]["sessions"][0]["received"] == {"A": 1, "D": 10}


def test_some_sessions_only(data_dir: Path) -> None:
    (line,) = watch("SIM", "--json", "--count", 1, "--data-dir", data_dir).output.splitlines()
    assert [view["name"] for view in json.loads(line)["sessions"]] == ["SIM"]


def test_an_unknown_name_is_told(data_dir: Path) -> None:
    result = watch("SIMM", "--data-dir", data_dir, code=1)
    assert result.stderr == 'there is no session "SIMM"; there are: ACME, SIM\n'


def test_without_a_gateway_it_ends(tmp_path: Path) -> None:
    watch("--data-dir", tmp_path, code=3)


def test_rates_are_between_two_looks_and_never_negative() -> None:
    rates = Rates()
    view = a_session("ACME")
    assert rates.of(view, 10 * SECOND) == ("", "")
    grown = view.model_copy(update={"received": {"D": 111}, "sent": {"8": 20, "A": 1}, "resent": 4})
    assert rates.of(grown, 12 * SECOND) == ("50", "2")
    assert rates.of(view, 14 * SECOND) == ("0", "0")  # it was started again


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_ends_the_lines_cleanly(data_dir: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "--json", "--data-dir", str(data_dir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, errors) == (0, "")
    assert [json.loads(line)["sessions"][0]["name"] for line in rest.splitlines()] == ["ACME"] * (
        rest.count("\n")
    )


@pytest.mark.usefixtures("ctrl_c")
def test_a_terminal_is_drawn_over_until_ctrl_c(data_dir: Path) -> None:
    mine, its = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "--data-dir", str(data_dir)],
        stdin=its,
        stdout=its,
        stderr=its,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "200", "LINES": "40"},
        start_new_session=True,
    ) as process:
        os.close(its)
        drawn = b""
        while drawn.count(b"ROUND TRIP") < 3:
            drawn += os.read(mine, 65_536)
        process.send_signal(signal.SIGINT)
        while piece := _read(mine):
            drawn += piece
        assert process.wait(LIMIT_S) == 0
    os.close(mine)
    assert b"\x1b[2K" in drawn or b"\x1b[1A" in drawn  # over what was there
    assert drawn.rstrip().endswith(b"\x1b[?25h")  # the cursor is shown again
    assert b"Traceback" not in drawn
    assert b"Aborted" not in drawn


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other end is closed
        return b""
