"""What a nursery forks is not left behind, and tells how it ended."""

from __future__ import annotations

import asyncio
import os
import select
import subprocess
import sys
from pathlib import Path

from tests.gateway.end_to_end.harness import HANG_S
from tests.gateway.end_to_end.nursery import fork

TESTER = """
import asyncio, os
from pathlib import Path
from tests.gateway.end_to_end.nursery import fork

async def main():
    forked = await fork(["decode", "-"], Path("."), dict(os.environ))  # reads what never comes
    print(forked.pid, flush=True)
    await forked.wait()

asyncio.run(main())
"""


def test_a_command_ends_with_the_process_that_asked_for_it() -> None:
    path = os.pathsep.join(filter(None, sys.path))
    tester = subprocess.Popen(
        [sys.executable, "-c", TESTER],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert tester.stdin is not None
    assert tester.stdout is not None
    with tester, tester.stdin:
        command = os.pidfd_open(int(tester.stdout.readline()))
        try:
            assert not select.select([command], [], [], 0)[0]
            tester.kill()
            assert select.select([command], [], [], HANG_S)[0]
        finally:
            os.close(command)


def test_exit_codes_are_told_and_no_pipe_stays_open(tmp_path: Path) -> None:
    async def commands() -> list[int]:
        codes = []
        for arguments in (["--version"], ["no-such-command"], ["status", "--config", "none"]):
            forked = await fork(arguments, tmp_path, dict(os.environ), stdout=True)
            await forked.said.read()
            codes.append(await forked.wait())
        return codes

    before = os.listdir("/proc/self/fd")
    asyncio.run(commands())  # the nursery is there from now on
    between = os.listdir("/proc/self/fd")
    assert asyncio.run(commands()) == [0, 2, 2]
    assert len(os.listdir("/proc/self/fd")) == len(between) <= len(before) + 1
