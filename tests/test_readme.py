"""The first page of the README, command by command, as a stranger types it."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.gateway.control.running import short_folder

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PATIENCE_S = 60


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as path:
        yield path


def blocks() -> list[list[str]]:
    """The commands of each block of shell commands: those that name no language."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    found = [text for language, text in fenced if not language]
    return [
        [line for line in block.splitlines() if line.startswith((".venv/bin/", "make "))]
        for block in found
    ]


def argv(line: str, port: int) -> list[str]:
    words = shlex.split(line.replace("--port 5001", f"--port {port}"))
    if words[0] == ".venv/bin/fixgate":
        return [sys.executable, "-m", "gateway.cli", *words[1:]]
    assert words[0] == ".venv/bin/python", line
    return [sys.executable, *words[1:]]


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FIXGATE_")}
    return {**kept, "PYTHONPATH": str(ROOT)}


def run(line: str, folder: Path, port: int = 0) -> str:
    done = subprocess.run(
        argv(line, port), cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_it_listens(gateway: subprocess.Popen[str], port: int) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and gateway.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)  # another process starts: there is nothing to wait on
    raise AssertionError(f"the gateway does not listen; exit code {gateway.poll()}")


def tells_what_happened_and_proves_it(proof: list[str], folder: Path) -> None:
    """Of an order that was found by its day; the key is made before, as is said there."""
    find, story, verify = proof
    keys = next(w for w in re.findall(r"`(\.venv/bin/fixgate audit keys new.*?)`", README))
    run(keys, folder)
    run(keys.replace("keys new", "seal"), folder)
    today = datetime.now(UTC).date()
    for said, day in (("2026-11-24", today), ("2026-11-25", today + timedelta(days=1))):
        find = find.replace(said, str(day))
    order = re.search(r"A-\d{8}-\d{6}", run(find, folder))
    assert order is not None
    told = run(story.replace(" X ", f" {order[0]} "), folder)
    assert "Now filled" in told
    assert "which seal 1 of " in told.splitlines()[-1]
    assert "rows        equal to the journal" in run(verify, folder)


def test_the_first_page_leads_to_filled_orders(folder: Path) -> None:
    own, client, proof = [b for b in blocks() if any("mygate" in line for line in b)]
    init, check, start = own
    trade, *looks = client
    port = free_port()
    run(init, folder)
    config = folder / "mygate" / "fixgate.toml"
    config.write_text(config.read_text("utf-8").replace("port = 5001", f"port = {port}"), "utf-8")
    assert "no problems" in run(check, folder)
    with subprocess.Popen(
        argv(start, port), cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True
    ) as gateway:
        try:
            wait_until_it_listens(gateway, port)
            for orders in (10, 20):  # who tries it once tries it again
                summary = json.loads(run(trade, folder, port))
                assert summary["filled"] == summary["orders"] == orders, summary
            listed, messages = (run(line, folder) for line in looks)
            assert listed.count("filled") == 20
            assert "ExecutionReport(8)" in messages
            tells_what_happened_and_proves_it(proof, folder)
        finally:
            gateway.send_signal(signal.SIGINT)
        assert "stopped" in gateway.communicate(timeout=PATIENCE_S)[1]
    assert gateway.returncode == 0


def test_the_simulators_tell_how_they_are_used(tmp_path: Path) -> None:
    (asks,) = [b for b in blocks() if any(line.endswith("simulator --help") for line in b)]
    assert len(asks) == 4
    for line in asks:
        assert run(line, tmp_path).startswith("Usage: python -m tools.")
