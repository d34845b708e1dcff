"""The files of seals in their folder: `00000001.seal.json` and so on."""

import re
from pathlib import Path
from typing import Final

from gateway.seals.errors import SealError
from gateway.seals.seal import Seal, read_seal
from store.errors import cause
from store.whole_file import remove_partial, write_whole

SEALS_FOLDER: Final = "seals"
"""In the data folder."""
SUFFIX: Final = ".seal.json"
_NAME: Final = re.compile(r"[0-9]{8}\.seal\.json")


class SealFolder:
    """Seals by number, from 1. There may be no such folder yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path_of(self, number: int) -> Path:
        """The file of a seal."""
        return self.folder / f"{number:08d}{SUFFIX}"

    def numbers(self) -> list[int]:
        """Those that there are, in order."""
        names = (path.name for path in self.folder.glob(f"*{SUFFIX}"))
        return sorted(int(name[:8]) for name in names if _NAME.fullmatch(name))

    def strangers(self) -> list[Path]:
        """What is no seal, nor half of one."""
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        named = (path for path in found if not _NAME.fullmatch(path.name))
        return sorted(path for path in named if not path.name.endswith(f"{SUFFIX}.partial"))

    def read(self, number: int) -> Seal:
        """A seal; raises SealError."""
        path = self.path_of(number)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise SealError(f"{path}: cannot be read: {cause(error)}") from error
        seal = read_seal(data, str(path))
        if seal.number != number:
            raise SealError(f"{path}: is seal {seal.number}: give it back its name")
        return seal

    def newest(self) -> Seal | None:
        """The last one; None if there is none. Raises SealError."""
        numbers = self.numbers()
        return self.read(numbers[-1]) if numbers else None

    def add(self, seal: Seal) -> Path:
        """Write a seal: it is there whole or not at all. Raises SealError."""
        path = self.path_of(seal.number)
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            write_whole(path, seal.data)
        except OSError as error:
            raise SealError(f"{path}: cannot be written: {cause(error)}") from error
        return path

    def remove_unfinished(self) -> list[Path]:
        """Remove what a crash left half written; returns what there was. Raises SealError."""
        try:
            return remove_partial(self.folder)
        except OSError as error:
            raise SealError(f"{self.folder}: {cause(error)}") from error
