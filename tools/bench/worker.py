"""The processes of a benchmark: started pinned, told what to do by lines of JSON, ended by id.

A worker ends when its input closes, so none outlives the benchmark, however that ends.
"""

import contextlib
import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from tools.bench.errors import BenchError

Handler = Callable[..., dict[str, Any]]
END_S: Final = 10.0


def serve(handlers: Mapping[str, Handler]) -> None:
    """In the worker: answer each command line until the input closes."""
    gc.disable()
    precise_timers()
    for line in sys.stdin:
        print(answer(handlers, line), flush=True)


def answer(handlers: Mapping[str, Handler], line: str) -> str:
    """Run one command {"do": name, ...arguments}; a BenchError is answered, not raised."""
    command = json.loads(line)
    try:
        return json.dumps(handlers[command.pop("do")](**command))
    except BenchError as error:
        return json.dumps({"error": str(error)})


def precise_timers() -> None:
    """Wake up when asked, not up to 50 us later; harmless where the kernel refuses."""
    with contextlib.suppress(OSError):
        Path("/proc/self/timerslack_ns").write_text("1")


class Worker:
    """A child process: `python -m module arguments`, pinned to one core."""

    def __init__(self, module: str, arguments: list[str], core: int) -> None:
        self.name = module.rpartition(".")[2]
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        pin(self._process.pid, core)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise BenchError(f"the {self.name} process has ended") from None
        return self.answered()

    def answered(self) -> dict[str, Any]:
        """The next line of it."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise BenchError(f"the {self.name} process ended with {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise BenchError(str(answer["error"]))
        return answer

    def end(self) -> None:
        """Close its input and wait; kill it, by its id, if that does not end it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


def pin(pid: int, core: int) -> None:
    """Keep a process on one core."""
    os.sched_setaffinity(pid, {core})


def cores() -> tuple[int, int]:
    """The server's core and the generators'; the same one on a machine that has only one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[1] if len(usable) > 1 else usable[0]
