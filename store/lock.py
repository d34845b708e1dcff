"""One process writes a journal: the lock on its folder, freed by the system when it ends."""

import fcntl
import os
from pathlib import Path
from typing import Final

from store.errors import JournalError, JournalLockedError, cause

LOCK: Final = "lock"


def lock_folder(folder: Path) -> int:
    """Lock a journal's folder, made if it is missing; returns the lock's descriptor.

    The file stays when the lock is freed, so that nobody locks a file that another one unlinked.
    """
    path = folder / LOCK
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JournalError(f"{folder}: {cause(error)}") from error
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise JournalError(f"{path}: {cause(error)}") from error
    try:
        _take(descriptor, folder)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except OSError as error:
        os.close(descriptor)
        raise JournalError(f"{path}: {cause(error)}") from error
    except JournalLockedError:
        os.close(descriptor)
        raise
    return descriptor


def _take(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        raise JournalLockedError(
            f"{folder}: another gateway (process {holder}) has this journal open: stop it, or "
            "give this one its own data_dir"
        ) from error
