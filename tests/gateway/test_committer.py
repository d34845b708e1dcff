"""The committers: nothing leaves before it is durable, and nobody is told otherwise."""

from __future__ import annotations

import asyncio
import resource
import threading
from pathlib import Path
from time import time_ns

import pytest

from gateway.committer import COMMITTERS, PIECES_PAUSE_S, ThreadCommitter
from store.errors import JournalError, StoreError
from store.journal import Journal, Sealed
from store.record import EVENT, RELEASED


async def commit(folder: Path, kind: str, breaks: bool) -> tuple[list[str], list[StoreError]]:
    """Flush one record and one action that waits for it; returns what was released and failed."""
    released: list[str] = []
    failed: list[StoreError] = []
    journal = Journal(folder, segment_bytes=1 << 16)
    loop = asyncio.get_running_loop()
    committer = COMMITTERS[kind](loop, journal, list, failed.append)
    journal.add(EVENT, 0, 0, 0, 0, 1, 0, b"x" * 200_000)
    committer.outbox.after(lambda: released.append("left"))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    if breaks:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, limits[1]))
    try:
        if breaks:
            with pytest.raises(JournalError, match="not written any more"):
                await committer.flush()
        else:
            await committer.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        journal.close()
    return released, failed


@pytest.mark.parametrize("kind", COMMITTERS)
def test_what_waits_leaves_once_its_batch_is_durable(kind: str, tmp_path: Path) -> None:
    assert asyncio.run(commit(tmp_path, kind, breaks=False)) == (["left"], [])


@pytest.mark.parametrize("kind", COMMITTERS)
def test_each_batch_tells_when_the_one_before_had_left(kind: str, tmp_path: Path) -> None:
    began_ns = time_ns()

    async def script() -> list[list[tuple[int, int]]]:
        journal = Journal(tmp_path, segment_bytes=1 << 16)
        committer = COMMITTERS[kind](asyncio.get_running_loop(), journal, list, print)
        for leaves in (True, False, True):
            journal.add(EVENT, 0, 0, 0, 0, 1, 0, b"x")
            if leaves:
                committer.outbox.after(lambda: None)
            await committer.flush()
            committer.outbox.after(lambda: None)
            await committer.flush()  # nothing new: no batch, and no later time
        journal.add(EVENT, 0, 0, 0, 0, 1, 0, b"x")
        await committer.flush()
        found = [
            [(r.seq, r.time_ns) for r in b.records if r.kind == RELEASED] for b in journal.batches()
        ]
        journal.close()
        return found

    first, second, third, fourth = asyncio.run(script())
    assert (first, [number for number, _ in second]) == ([], [1])
    assert [number for number, _ in third] == []
    assert [number for number, _ in fourth] == [3]
    assert began_ns <= second[0][1] <= fourth[0][1] <= time_ns()


@pytest.mark.parametrize("kind", COMMITTERS)
def test_after_a_failed_write_nothing_leaves_and_flush_says_so(kind: str, tmp_path: Path) -> None:
    released, [error] = asyncio.run(commit(tmp_path, kind, breaks=True))
    assert released == []
    assert "cannot be written" in str(error)


@pytest.mark.parametrize("kind", COMMITTERS)
def test_a_snapshot_becomes_whole_though_nothing_else_is_written(kind: str, tmp_path: Path) -> None:
    told = [(number, b"%d" % number * 300) for number in range(20)]

    async def script() -> None:
        journal = Journal(tmp_path, segment_bytes=1 << 16)
        committer = COMMITTERS[kind](asyncio.get_running_loop(), journal, lambda: told, print)
        journal.add(EVENT, 0, 0, 0, 0, 1, 0, b"x" * 200_000)
        await committer.flush()
        assert journal.in_pieces
        async with asyncio.timeout(60):
            while journal.in_pieces:
                await asyncio.sleep(0)
        await committer.flush()
        assert [(record.time_ns, record.payload) for record in journal.opening(2)] == told
        journal.close()

    asyncio.run(script())


@pytest.mark.parametrize("kind", COMMITTERS)
def test_a_snapshot_does_not_go_on_in_a_journal_that_is_closed(kind: str, tmp_path: Path) -> None:
    told = [(number, b"%d" % number * 300) for number in range(200)]

    async def script() -> list[StoreError]:
        failed: list[StoreError] = []
        journal = Journal(tmp_path, segment_bytes=1 << 16)
        loop = asyncio.get_running_loop()
        committer = COMMITTERS[kind](loop, journal, lambda: told, failed.append)
        journal.add(EVENT, 0, 0, 0, 0, 1, 0, b"x" * 200_000)
        await committer.finish()
        written, goes_on = journal.batch_number, journal.in_pieces
        journal.close()
        await asyncio.sleep(5 * PIECES_PAUSE_S)
        assert (goes_on, journal.batch_number) == (True, written)
        return failed

    assert asyncio.run(script()) == []


def test_more_than_may_wait_for_a_slow_disk_is_told(tmp_path: Path) -> None:
    async def script() -> list[bool]:
        disk = threading.Event()

        class SlowJournal(Journal):
            __slots__ = ()

            def write(self, sealed: Sealed) -> None:
                disk.wait()
                super().write(sealed)

        journal = SlowJournal(tmp_path, segment_bytes=1 << 16)
        committer = ThreadCommitter(asyncio.get_running_loop(), journal, list, print, 1000)
        told = []
        for size in (2000, 800, 400):
            journal.add(EVENT, 0, 0, 0, 0, 1, 0, b"x" * size)
            committer.touch()
            await asyncio.sleep(0)
            await asyncio.sleep(0)  # the first is being written
            told.append(committer.is_behind)
        disk.set()
        await committer.flush()
        told.append(committer.is_behind)
        journal.close()
        return told

    assert asyncio.run(script()) == [False, False, True, False]
