"""What a start does to a journal that a crash left unfinished. Nothing that was durable is lost.

Owns the files that hold torn bytes. Knows no records.
"""

import os
from pathlib import Path

from store import segment as segments
from store.errors import JournalError, cause
from store.recovery import Torn


def set_aside(folder: Path, torn: Torn) -> Path:
    """Keep the torn bytes in a file of their own, then make their place zeros again."""
    number, offset = torn.position
    path = segments.path_of(folder, number)
    try:
        with path.open("r+b") as file:
            file.seek(offset)
            aside = _keep(folder, f"torn-{number:08d}-{offset}", file.read(torn.size))
            file.seek(offset)
            file.write(bytes(torn.size))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise JournalError(f"{path}: {cause(error)}") from error
    return aside


def _keep(folder: Path, name: str, data: bytes) -> Path:
    """Durably, and beside what an earlier crash left at the same place."""
    path = folder / f"{name}.bin"
    again = 1
    while path.exists():
        again += 1
        path = folder / f"{name}-{again}.bin"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    segments.sync_folder(folder)
    return path


def remove_unbegun(folder: Path, numbers: list[int], newest: int) -> bool:
    """Remove segments that a crash left without a whole batch; false if no segment remains.

    `newest`: the segment of the last whole batch, 1 if there is none. It goes on, is full already,
    and the next batch leads to the roll that failed: so every later segment opens with a snapshot.
    """
    kept = False
    try:
        for number in numbers:
            path = segments.path_of(folder, number)
            if number > newest or segments.read_header(path) is None:
                path.unlink()
                segments.sync_folder(folder)
            else:
                kept = True
    except OSError as error:
        raise JournalError(f"{folder}: {cause(error)}") from error
    return kept
