"""Processes of `fixgate` that need not load it: forked from one that has, which costs a tenth.

A nursery is a process that has imported everything and waits. For each command it forks a keeper,
which forks the command, tells its process id, waits for it and tells its exit code; so commands
are children of nobody that a test could disturb. It ends with the process that made it, however
that ends, and all that it forked ends with it.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import ctypes
import json
import os
import random
import signal
import socket
import subprocess
import sys
import traceback
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

FDS = 2
MESSAGE_MAX = 1 << 20
PR_SET_PDEATHSIG = 1  # of Linux


class Forked:
    """A command that runs. `said` is what it writes to standard error, and to standard output as
    well if that was asked for.
    """

    def __init__(self, pid: int, said: asyncio.StreamReader, told: asyncio.StreamReader) -> None:
        self.pid = pid
        self.said = said
        self.returncode: int | None = None
        self._told = told

    async def wait(self) -> int:
        """Its exit code, once it has ended; below 0: the signal that ended it."""
        if self.returncode is None:
            line = await self._told.read()  # to the end, or its pipe would stay open
            assert line, "its keeper was killed"
            self.returncode = int(line)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)


async def fork(
    arguments: list[str], folder: Path, environment: dict[str, str], *, stdout: bool = False
) -> Forked:
    """Run `fixgate` in a folder and an environment."""
    asked = {
        "arguments": arguments,
        "folder": str(folder),
        "environment": environment,
        "stdout": stdout,
    }
    said, says = os.pipe()
    told, tells = os.pipe()
    socket.send_fds(_nursery(), [json.dumps(asked).encode()], [says, tells])
    os.close(says)
    os.close(tells)
    out, news = await _reader(said), await _reader(told)
    return Forked(int(await news.readline()), out, news)


async def _reader(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=MESSAGE_MAX)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
    )
    return reader


@cache
def _nursery() -> socket.socket:
    """That of this process, made when first asked for."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    path = os.pathsep.join(filter(None, sys.path))
    process = subprocess.Popen(
        [sys.executable, __file__, str(its.fileno())],
        pass_fds=[its.fileno()],
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )
    its.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


# --- in the nursery ---------------------------------------------------------------------------


def serve(asking: socket.socket) -> None:
    """Until who asks is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers are nobody's business
    nursery = os.getpid()
    while True:
        data, descriptors, _, _ = socket.recv_fds(asking, MESSAGE_MAX, FDS)
        if not data:
            return
        if os.fork() == 0:
            asking.close()
            _end_with(nursery)
            _keep(json.loads(data), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _keep(asked: dict[str, Any], says: int, tells: int) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    keeper = os.getpid()
    pid = os.fork()
    if pid == 0:
        _end_with(keeper)
        os.close(tells)
        _be(asked, says)
    os.close(says)
    with contextlib.suppress(BrokenPipeError):
        os.write(tells, f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(tells, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _end_with(parent: int) -> None:
    """Have this process killed when its parent, who has this id, is gone."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(1)


def _be(asked: dict[str, Any], says: int) -> NoReturn:
    from gateway.cli import main

    code = 1
    try:
        os.dup2(says, 2)
        if asked["stdout"]:
            os.dup2(says, 1)
        os.close(says)
        os.chdir(asked["folder"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        random.seed()
        main(args=asked["arguments"], prog_name="fixgate")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    import gateway.cli.audit
    import gateway.cli.run
    import gateway.process  # noqa: F401 - what every command would load anew

    serve(socket.socket(fileno=int(sys.argv[1])))
