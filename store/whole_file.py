"""Small files that are there whole or not at all, whenever the machine stops."""

import os
from pathlib import Path
from typing import Final

from store.segment import sync_folder

PARTIAL: Final = ".partial"
"""How the name of a file ends as long as it is not whole."""


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that only its owner reads: durable, and under its name, when this returns.

    Raises OSError, FileExistsError where there is one already: nothing is overwritten.
    """
    if path.exists():
        raise FileExistsError(17, "is already there", str(path))
    partial = path.with_name(path.name + PARTIAL)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
    sync_folder(path.parent)


def remove_partial(folder: Path) -> list[Path]:
    """Remove what was never finished; returns what there was."""
    found = sorted(folder.glob(f"*{PARTIAL}"))
    for path in found:
        path.unlink()
    if found:
        sync_folder(folder)
    return found
