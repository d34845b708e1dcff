"""The journal's disk: it fills up, fails, and keeps a part of what is being written at a crash."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal
from unittest import mock

from gateway import recovery
from store import journal, segment, writer
from tests.simulation.process import Died, Process

FULL: Final = "full"
BROKEN: Final = "broken"
PLENTY: Final = 1 << 40
SEGMENT_BYTES: Final = 1 << 16  # so small that many begin


class Disk:
    """Stands in for the module `os` in the journal's writer. `fault`: "", FULL or BROKEN;
    `faults` counts how often the journal has met one.
    """

    def __init__(self, dice: random.Random) -> None:
        self.process: Process | None = None
        self.fault = ""
        self.faults = 0
        self.free_bytes = PLENTY
        self._dice = dice

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def pwrite(self, descriptor: int, data: bytes, offset: int) -> int:
        """Part of `os`, as all of these."""
        return self._write(lambda part: os.pwrite(descriptor, part, offset), data)

    def pwritev(self, descriptor: int, parts: list[bytes], offset: int, _flags: int = 0) -> int:
        return self._write(lambda part: os.pwrite(descriptor, part, offset), b"".join(parts))

    def write(self, descriptor: int, data: bytes) -> int:
        return self._write(lambda part: os.write(descriptor, part), data)

    def fsync(self, _descriptor: int) -> None:
        self._write(lambda _part: 0, b"")

    fdatasync = fsync

    def disk_usage(self, _path: object) -> Any:
        """Part of `shutil`."""
        return mock.Mock(free=self.free_bytes)

    def _write(self, perform: Callable[[bytes], int], data: bytes) -> int:
        process = self.process
        if process is None:
            return perform(data)
        if process.burns():
            perform(self._some(data))
            process.die()
            raise Died
        if not self.fault:
            return perform(data)
        self.faults += 1
        done = perform(self._some(data))
        if self.fault == FULL:
            if data and done == len(data):
                return done
            if data and done and self._dice.random() < 0.5:
                return done
            raise OSError(errno.ENOSPC, "No space left on device")
        raise OSError(errno.EIO, "Input/output error")

    def _some(self, data: bytes) -> bytes:
        """Nothing, a part or all of it: whatever had reached the platters."""
        return data[: self._dice.choice((0, len(data), self._dice.randint(0, len(data))))]


class AtOnce:
    """A thread that has done all when it is started."""

    def __init__(self, *, target: Callable[[], None], **_: object) -> None:
        self._target = target

    def start(self) -> None:
        """Part of `threading.Thread`, as `join`."""
        self._target()

    def join(self) -> None:
        pass


def small_journal(folder: Path, *, sync: Literal["batch", "os"], **_: object) -> journal.Journal:
    """A journal in small segments."""
    return journal.Journal(folder, segment_bytes=SEGMENT_BYTES, sync=sync)


@contextmanager
def under_the_journal(disk: Disk) -> Iterator[None]:
    """While this lasts the journal writes to this disk."""
    with (
        mock.patch.object(recovery, "Journal", small_journal),
        mock.patch.object(writer, "os", disk),
        mock.patch.object(segment, "os", disk),
        mock.patch.object(journal, "shutil", disk),
        mock.patch.object(writer, "Thread", AtOnce),
        mock.patch.object(segment, "_PAUSE_S", 0),
    ):
        yield
