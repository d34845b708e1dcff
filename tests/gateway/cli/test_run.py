"""`fixgate run` on what `fixgate init` wrote: up, asked, told to stop, and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.gateway.control.running import short_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as folder:
        fixgate("init", cwd=folder)
        path = folder / "fixgate.toml"  # the system chooses the port: tests run side by side
        path.write_text(path.read_text().replace("port = 5001", "port = 0"))
        yield folder


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "gateway.cli", *arguments]


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FIXGATE_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def fixgate(*arguments: str, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


@contextmanager
def running(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A gateway that has said it runs; ended by the test, or killed."""
    process = subprocess.Popen(
        command("run"), cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "running" in line:
                break
        assert process.poll() is None, "".join(lines)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_a_new_configuration_runs_as_it_is(folder: Path) -> None:
    with running(folder) as gateway:
        assert fixgate("health", "--ready", cwd=folder).stdout == "ready\n"
        status = json.loads(fixgate("status", "--json", cwd=folder).stdout)
        assert (status["pid"], status["sessions_total"]) == (gateway.pid, 1)
        gateway.send_signal(signal.SIGTERM)
        gateway.wait()
        assert gateway.returncode == 0
    assert "no gateway is running here" in fixgate("health", cwd=folder, code=3).stderr


def test_a_second_gateway_on_the_same_folder_is_told_who_is_there(folder: Path) -> None:
    with running(folder) as gateway:
        done = fixgate("run", cwd=folder, code=1)
        assert f"process {gateway.pid}" in done.stderr
        assert fixgate("health", "--ready", cwd=folder).stdout == "ready\n"


def test_a_halt_survives_a_kill(folder: Path) -> None:
    with running(folder):
        fixgate("halt", "--reason", "fire", cwd=folder)
    with running(folder):
        status = json.loads(fixgate("status", "--json", cwd=folder).stdout)
        assert [(h["scope"], h["why"]) for h in status["halts"]] == [("firm", "fire")]
        fixgate("resume", "--reason", "out", cwd=folder)
        assert json.loads(fixgate("status", "--json", cwd=folder).stdout)["halts"] == []


def test_a_running_gateway_is_backed_up_and_the_backup_runs(folder: Path) -> None:
    with running(folder):
        fixgate("halt", "--scope", "client:ACME", "--reason", "mark", cwd=folder)
        fixgate("backup", "copy", cwd=folder)
    restored = folder / "restored"
    (folder / "copy").rename(restored)
    (restored / "config" / "data").mkdir()
    (restored / "journal").rename(restored / "config" / "data" / "journal")
    with running(restored / "config"):
        status = json.loads(fixgate("status", "--json", cwd=restored / "config").stdout)
        assert [halt["scope"] for halt in status["halts"]] == ["client:ACME"]
