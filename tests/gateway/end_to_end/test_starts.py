"""What keeps a gateway from starting or going on: one clear line, and nothing is lost."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest

from tests.gateway.control.running import short_folder
from tests.gateway.end_to_end import agreement
from tests.gateway.end_to_end.harness import HANG_S, Gate, play, tables, world
from tools.client_simulator import ClientOrder, ClientSimulator

PAPER: dict[str, Any] = {"fill": "none"}
SMALL_DISK = {
    "journal": {"segment_mb": 1, "disk_reserve_mb": 1},
    "audit": {"enabled": False},
}


def order(client: ClientSimulator) -> ClientOrder:
    return client.new_order(
        symbol="AAPL", side="1", quantity=Decimal(100), price=Decimal("187.50"), text="NOFILL"
    )


async def fails(gate: Gate, *words: str) -> None:
    """It ends with code 1 and one line that has all the words."""
    await gate.spawn()
    assert await gate.ended() == 1
    said = [line for line in gate.lines if line.get("level") in ("error", "critical")]
    assert len(said) == 1, gate.lines
    for word in words:
        assert word in said[0]["problem"], said


def test_a_port_in_use_is_named() -> None:
    async def script() -> None:
        with short_folder() as folder, socket.socket() as taken:
            given = tables(paper=PAPER)
            taken.bind(("127.0.0.1", given["listeners"][0]["port"]))
            taken.listen()
            port = given["listeners"][0]["port"]
            await fails(Gate(folder, given), f"127.0.0.1:{port}: cannot listen", "free the port")

    play(script)


def test_a_host_that_is_not_of_this_machine_is_named() -> None:
    async def script() -> None:
        with short_folder() as folder:
            given = tables(paper=PAPER)
            given["listeners"][0]["host"] = "192.0.2.1"
            await fails(Gate(folder, given), "192.0.2.1:", "to an address of this machine")

    play(script)


def test_a_data_folder_that_can_not_be_one_is_named() -> None:
    async def script() -> None:
        with short_folder() as folder:
            gate = Gate(folder, tables(paper=PAPER))
            (folder / "data").write_text("a file")
            await fails(gate, f"{folder}/data", "set [gateway] data_dir to a folder")

    play(script)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named() -> None:
    async def script() -> None:
        with short_folder() as folder:
            gate = Gate(folder, tables(paper=PAPER))
            (folder / "data").mkdir(mode=0o500)
            await fails(gate, f"{folder}/data", "permission")

    play(script)


def test_a_disk_too_small_for_the_first_segment_is_named() -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))

    async def script() -> None:
        with short_folder() as folder:
            gate = Gate(folder, {**tables(paper=PAPER), **SMALL_DISK})
            gate.limits = limit
            await fails(gate, f"{folder}/data/journal", "cannot make 1 MiB", "ulimit -f")
            gate.limits = None
            await gate.start()
            assert await gate.stop() == 0

    play(script)


@pytest.mark.parametrize("writer", ["inline", "thread"])
def test_when_a_write_fails_nothing_leaves_and_a_restart_knows_all(writer: str) -> None:
    async def script() -> None:
        journal = {"segment_mb": 1, "writer": writer}
        routes = [{"name": "all", "broker": "SIM", "when_down": "queue"}]
        async with world(journal=journal, routes=routes, audit={"enabled": False}) as w:
            client = await w.client()
            first = order(client)
            assert await client.until(lambda: first.status == "0", HANG_S)
            resource.prlimit(w.gate.pid, resource.RLIMIT_FSIZE, (100, 100))
            second = order(client)
            assert await w.gate.ended() == 1
            assert second.status == ""
            said = [line for line in w.gate.lines if line.get("level") == "critical"]
            assert len(said) == 1
            assert "ulimit -f" in said[0]["problem"]
            assert w.broker.stats().orders == 1
            await w.gate.start()
            assert await client.until(lambda: second.status == "0", HANG_S)
            await agreement.check(w)
            await w.stop()

    play(script)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_disk_that_fills_up_refuses_orders_but_not_cancels() -> None:
    async def script() -> None:
        async with world(**SMALL_DISK) as w:
            client = await w.client()
            resting = order(client)
            assert await client.until(lambda: resting.status == "0", HANG_S)
            assert await w.gate.stop() == 0
            data, saved = w.gate.folder / "data", w.gate.folder / "saved"
            shutil.copytree(data, saved)
            if not mounted("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(data)):
                pytest.skip("no right to mount")
            try:
                shutil.copytree(saved, data, dirs_exist_ok=True)
                (data / "ballast").write_bytes(bytes(1_600_000))
                await w.gate.start()
                await w.broker_is(up=True)
                assert await client.logged_on(HANG_S)
                refused = order(client)
                assert await client.until(lambda: refused.status == "8", HANG_S)
                assert refused.text == "DISK_RESERVE"
                client.cancel(resting)
                assert await client.until(lambda: resting.status == "4", HANG_S)
                (data / "ballast").unlink()
                await w.gate.until(lambda control: control.health().ready)
                taken = order(client)
                assert await client.until(lambda: taken.status == "0", HANG_S)
                await agreement.numbers_agree(w)
                assert await w.gate.stop() == 0
            finally:
                await w.gate.close()
                mounted("umount", "-l", str(data))

    play(script)


def mounted(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_second_gateway_on_the_same_journal_says_who_has_it() -> None:
    async def script() -> None:
        async with world() as w:
            text = (w.gate.folder / "fixgate.toml").read_text()
            other = tables(paper=PAPER, control={"socket": str(w.gate.folder / "other.sock")})
            with short_folder() as folder:
                second = Gate(folder, {**other, "gateway": {"data_dir": f"{w.gate.folder}/data"}})
                await fails(second, f"process {w.gate.pid}")
            assert (w.gate.folder / "fixgate.toml").read_text() == text
            client = await w.client()
            taken = order(client)
            assert await client.until(lambda: taken.status == "0", HANG_S)
            await agreement.check(w)

    play(script)


def test_a_typo_in_the_configuration_is_exit_code_2() -> None:
    with short_folder() as folder:
        Gate(folder, {**tables(paper=PAPER), "journal": {"segmnt_mb": 1}})
        done = subprocess.run(
            [sys.executable, "-m", "gateway.cli", "run"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert 'journal.segmnt_mb: there is no such setting; did you mean "segment_mb"?' in (
            done.stderr
        )
