"""Puts batches on disk: the segment in use, the one prepared ahead, and the ways to sync.

Owns descriptors and the thread that makes the next segment. Knows no records. After a failed
write it takes nothing more: what is on disk is then uncertain until the next start looks.
"""

import errno
import os
from pathlib import Path
from threading import Event, Thread
from typing import Final

from store import segment as segments
from store.errors import JournalError, cause

SYNC_ON_WRITE: Final = getattr(os, "RWF_DSYNC", 0)
"""The flag that makes one write durable as it is made; 0 where the platform has none."""
PREPARE_AT: Final = 16  # the next segment is begun when this part of one is written
CACHED_SEGMENTS: Final = 2  # older ones are not kept in memory for the next reader
NO_SUCH_FLAG: Final = (errno.EOPNOTSUPP, errno.ENOSYS)

_sync_data: Final = getattr(os, "fdatasync", os.fsync)


class SegmentWriter:
    """Writes to one segment at a time. `segment`: the one that is open, 0 before the first."""

    __slots__ = (
        "_descriptor",
        "_failed",
        "_folder",
        "_hurry",
        "_preparing",
        "_segment_bytes",
        "_sync",
        "_sync_on_write",
        "segment",
    )

    def __init__(
        self, folder: Path, segment_bytes: int, sync: bool, sync_on_write: int = SYNC_ON_WRITE
    ) -> None:
        self.segment = 0
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._sync = sync
        self._sync_on_write = sync_on_write
        self._descriptor = -1
        self._preparing: Thread | None = None
        self._hurry = Event()
        self._failed: JournalError | None = None

    def check(self) -> None:
        """Raise the failure that ended this writer, if one did."""
        if self._failed is not None:
            raise self._failed

    def fail(self, why: str) -> JournalError:
        """End this writer; returns what to raise."""
        path = segments.path_of(self._folder, self.segment)
        self._failed = JournalError(f"{path}: cannot be written: {why}")
        return self._failed

    def open(self, number: int) -> None:
        """Go on in a segment that exists."""
        path = segments.path_of(self._folder, number)
        try:
            self._descriptor = os.open(path, os.O_RDWR)
        except OSError as error:
            raise JournalError(f"{path}: {cause(error)}") from error
        self.segment = number

    def begin(self, number: int, now: int, previous: bytes) -> None:
        """Begin a segment at `now` (UTC ns), waiting for its preparation if that still runs."""
        self._await_prepared()
        self._sync_segment()
        try:
            descriptor = segments.create(self._folder, number, now, previous, self._segment_bytes)
        except JournalError as error:
            self._failed = error
            raise
        self._close_segment()
        self._descriptor = descriptor
        self.segment = number

    def append(self, data: bytes, offset: int) -> None:
        """Write a batch whole and, if this writer syncs, make it durable."""
        self.check()
        try:
            done = self._write(data, offset)
        except OSError as error:
            raise self.fail(cause(error)) from error
        if done != len(data):
            raise self.fail(
                f"only {done} of {len(data)} bytes were written: free space on this disk, or "
                "raise the quota or file size limit"
            )
        if self._preparing is None and offset + done > self._segment_bytes // PREPARE_AT:
            self._hurry.clear()
            self._preparing = Thread(target=self._prepare, name="journal-prepare", daemon=True)
            self._preparing.start()

    def _write(self, data: bytes, offset: int) -> int:
        if not self._sync:
            return os.pwrite(self._descriptor, data, offset)
        if self._sync_on_write:
            try:
                return os.pwritev(self._descriptor, [data], offset, self._sync_on_write)
            except OSError as error:
                if error.errno not in NO_SUCH_FLAG:
                    raise
                self._sync_on_write = 0
        done = os.pwrite(self._descriptor, data, offset)
        _sync_data(self._descriptor)
        return done

    def _prepare(self) -> None:
        segments.let_go(self._folder, self.segment - CACHED_SEGMENTS)
        try:
            segments.prepare(self._folder, self._segment_bytes, self._hurry)
        except JournalError:
            return  # tried again, and reported, when the segment is needed

    def _await_prepared(self) -> None:
        if self._preparing is not None:
            self._hurry.set()
            self._preparing.join()
            self._preparing = None

    def _sync_segment(self) -> None:
        """A segment is on disk whole before the next begins, or a crash could leave a hole."""
        if self._sync or self._descriptor < 0:
            return
        try:
            _sync_data(self._descriptor)
        except OSError as error:
            raise self.fail(cause(error)) from error

    def _close_segment(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def close(self) -> None:
        """Release files; a second call does nothing."""
        self._await_prepared()
        self._close_segment()
