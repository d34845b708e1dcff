"""The only place that releases: what one turn of the loop decided becomes durable, then leaves.

One turn is one batch: one journal write, one sync, then one write a connection, in order. The
inline committer syncs in the loop (as fast as a thread, measured); the threaded one keeps the
loop alive when a disk stalls, and collects the next batch meanwhile.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from time import time_ns
from typing import Final, Protocol

from gateway.message_log import MessageLog
from sessions.transport import Connection
from store.errors import JournalError, StoreError
from store.journal import Journal, Sealed

PENDING_MAX_BYTES: Final = 64 << 20
PIECES_PAUSE_S: Final = 0.002  # between pieces of a snapshot, where nothing else is written
Snapshot = Callable[[], Iterable[tuple[int, bytes]]]


class Outbox:
    """What may leave once its batch is durable: bytes by connection, then follow-up actions."""

    __slots__ = ("_actions", "_writes")

    def __init__(self) -> None:
        self._writes: dict[Connection, list[bytes]] = {}
        self._actions: list[Callable[[], None]] = []

    def write(self, connection: Connection, frame: bytes) -> None:
        """Queue a frame behind all that this connection already waits for."""
        frames = self._writes.get(connection)
        if frames is None:
            self._writes[connection] = [frame]
        else:
            frames.append(frame)

    def after(self, action: Callable[[], None]) -> None:
        """Run an action once everything queued has been written."""
        self._actions.append(action)

    def release(self, message_log: MessageLog, journal: Journal) -> None:
        """Write everything, and let the journal know when that was; a connection that is gone loses
        nothing, its peer asks again.
        """
        if message_log.names:
            message_log.sent(self._writes)
        for connection, frames in self._writes.items():
            connection.write(frames[0] if len(frames) == 1 else b"".join(frames))
        for action in self._actions:
            action()
        if self:
            journal.released(time_ns())

    def __bool__(self) -> bool:
        return bool(self._writes or self._actions)


class Committer(Protocol):
    """What the runtime needs of it."""

    outbox: Outbox
    message_log: MessageLog

    @property
    def is_behind(self) -> bool:
        """More waits for the disk than should: nothing more is to be read."""

    def touch(self) -> None:
        """Something is pending: commit it before the loop reads again."""

    async def flush(self) -> None:
        """Return once everything pending so far is durable and released; raises JournalError
        when that cannot be.
        """

    async def finish(self) -> None:
        """Flush, unless writing has failed or was stopped, and write nothing after that: the
        journal may be closed. Raises JournalError.
        """

    def stop(self) -> None:
        """Write and release nothing any more."""


class _Writer(ABC):
    """What both committers share: the journal, the outbox, and the end after a failure."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        journal: Journal,
        snapshot: Snapshot,
        failed: Callable[[StoreError], None],
        pending_max_bytes: int = PENDING_MAX_BYTES,
    ) -> None:
        self.outbox = Outbox()
        self.message_log = MessageLog()
        self._pending_max_bytes = pending_max_bytes
        self._loop = loop
        self._journal = journal
        self._snapshot = snapshot
        self._failed = failed
        self._scheduled = False
        self._goes_on = False
        self._broken = False

    @abstractmethod
    def touch(self) -> None:
        """Part of Committer."""

    @abstractmethod
    async def flush(self) -> None:
        """Part of Committer."""

    async def finish(self) -> None:
        """Part of Committer. A snapshot would go on by its timer."""
        if not self._broken:
            await self.flush()
        self.stop()

    def _go_on(self) -> None:
        """A snapshot that is being written goes on also where nothing else is to be written."""
        if self._journal.in_pieces and not self._goes_on:
            self._goes_on = True
            self._loop.call_later(PIECES_PAUSE_S, self._next_piece)

    def _next_piece(self) -> None:
        self._goes_on = False
        self.touch()

    def _fail(self, error: StoreError) -> None:
        self._broken = True
        self._failed(error)

    def _check(self) -> None:
        """Nobody may be told that something is durable when it is not."""
        if self._broken:
            raise JournalError("the journal is not written any more: the gateway ends")

    def stop(self) -> None:
        """Write and release nothing any more; a write that is under way ends."""
        self._broken = True


class InlineCommitter(_Writer):
    """Writes and syncs in the loop, which reads nothing meanwhile."""

    is_behind = False

    def touch(self) -> None:
        """Commit at the end of this turn of the loop."""
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._commit)

    def _commit(self) -> None:
        self._scheduled = False
        if self._broken:
            return
        try:
            self._journal.commit(time_ns(), self._snapshot)
        except StoreError as error:
            self._fail(error)
            return
        outbox, self.outbox = self.outbox, Outbox()
        outbox.release(self.message_log, self._journal)
        self._go_on()

    async def flush(self) -> None:
        """Commit now."""
        self._commit()
        self._check()


class ThreadCommitter(_Writer):
    """Writes and syncs in a thread, one batch at a time; input is decided meanwhile."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        journal: Journal,
        snapshot: Snapshot,
        failed: Callable[[StoreError], None],
        pending_max_bytes: int = PENDING_MAX_BYTES,
    ) -> None:
        super().__init__(loop, journal, snapshot, failed, pending_max_bytes)
        self._task: asyncio.Task[None] | None = None

    @property
    def is_behind(self) -> bool:
        """Whether a batch is being written, and the next is too large already."""
        return self._task is not None and self._journal.pending_bytes > self._pending_max_bytes

    def touch(self) -> None:
        """Commit at the end of this turn, or when the batch before it is durable."""
        if not self._scheduled:
            self._scheduled = True
            if self._task is None:
                self._loop.call_soon(self._start)

    def _start(self) -> None:
        if self._task is None and not self._broken:
            self._task = self._loop.create_task(self._run())
            self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A task keeps its exception to itself until somebody asks."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            context = {"message": "the journal's writer failed", "exception": error}
            self._loop.call_exception_handler(context)

    async def _run(self) -> None:
        while self._scheduled and not self._broken:
            self._scheduled = False
            outbox, self.outbox = self.outbox, Outbox()
            sealed: Sealed | None = self._journal.seal(time_ns(), self._snapshot)
            try:
                if sealed is not None:
                    await self._loop.run_in_executor(None, self._journal.write, sealed)
            except StoreError as error:
                self._fail(error)
                return
            if not self._broken:
                outbox.release(self.message_log, self._journal)
                self._go_on()
        self._task = None

    async def flush(self) -> None:
        """Wait until the writer has nothing left."""
        self.touch()
        self._start()
        while self._task is not None and not self._broken:
            await asyncio.shield(self._task)
        self._check()


COMMITTERS: Final[Mapping[str, Callable[..., Committer]]] = {
    "inline": InlineCommitter,
    "thread": ThreadCommitter,
}
