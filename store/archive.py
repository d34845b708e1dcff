"""Segments that were compressed (zstd) and put away: `00000001.journal.zst` and so on, each byte
for byte the segment that it was made of.

They lie in `archive` of the journal's folder, which is a link to where they are kept, or a folder.
The one place that opens a segment by its number, wherever it lies. Knows no records.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

import zstandard

from store import segment as segments
from store.errors import JournalDamagedError, JournalError, cause
from store.record import BATCH, BATCH_MAGIC
from store.segment import SegmentHeader, decode_header, sync_folder
from store.whole_file import PARTIAL

ARCHIVE: Final = "archive"
"""In the folder of the journal."""
SUFFIX: Final = f"{segments.SUFFIX}.zst"
LEVEL: Final = 9  # a third smaller than the default, and a segment takes about a second
CHUNK_BYTES: Final = 1 << 18
COPY: Final = "it was changed, or the disk failed: put it back from a copy of the archive"
_NAME: Final = re.compile(rf"[0-9]{{8}}{re.escape(SUFFIX)}")


@dataclass(frozen=True, slots=True)
class Packed:
    """A segment in the archive: SHA-256 of its file (hex), its bytes before and after; whether it
    was there already.
    """

    digest: str
    size: int
    packed_size: int
    was_there: bool


def folder_of(journal: Path) -> Path:
    """Where the archived segments of a journal are."""
    return journal / ARCHIVE


def path_of(journal: Path, number: int) -> Path:
    """The file of an archived segment."""
    return path_in(folder_of(journal), number)


def path_in(folder: Path, number: int) -> Path:
    """The file of a segment in an archive folder."""
    return folder / f"{number:08d}{SUFFIX}"


def numbers_in(folder: Path) -> list[int]:
    """The segments of an archive folder, in order; there may be no such folder."""
    names = (path.name for path in folder.glob(f"*{SUFFIX}"))
    return sorted(int(name[:8]) for name in names if _NAME.fullmatch(name))


def known_numbers(journal: Path) -> list[int]:
    """All segments that can be opened, in order: those of the journal's folder, and the archived
    ones before them.
    """
    here = segments.numbers_in(journal)
    archived = numbers_in(folder_of(journal))
    return [number for number in archived if not here or number < here[0]] + here


# --- opening --------------------------------------------------------------------------------------


def place_of(journal: Path, number: int) -> Path:
    """The file of a segment where it lies by now; of one that is nowhere, where it should lie."""
    path = segments.path_of(journal, number)
    if not path.exists() and path_of(journal, number).exists():
        return path_of(journal, number)
    return path


def open_segment(journal: Path, number: int) -> tuple[int, Path]:
    """A descriptor for reading a segment at any place, and the file that it lies in; an archived
    one is decompressed to a file without a name. Raises JournalError, or JournalDamagedError.
    """
    path = segments.path_of(journal, number)
    try:
        try:
            return os.open(path, os.O_RDONLY), path
        except FileNotFoundError:
            if not path_of(journal, number).exists():
                raise
        path = path_of(journal, number)
        with TemporaryFile() as whole:
            for chunk in decompressed(path):
                whole.write(chunk)
            whole.seek(0)
            return os.dup(whole.fileno()), path
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {cause(error)}") from error


def read_header(journal: Path, number: int) -> SegmentHeader | None:
    """The header of a segment, wherever it lies; see `segment.decode_header`."""
    path = place_of(journal, number)
    return decode_header(path, start_of(path, segments.HEADER_BYTES + len(BATCH_MAGIC)))


def first_time_ns(journal: Path, number: int) -> int:
    """The time of a segment's first batch (UTC ns), unchecked and without reading more of it; 0 if
    it has none.
    """
    start = start_of(place_of(journal, number), segments.HEADER_BYTES + BATCH.size)
    whole = len(start) == segments.HEADER_BYTES + BATCH.size
    if not (whole and start.startswith(BATCH_MAGIC, segments.HEADER_BYTES)):
        return 0
    _, _, _, _, _, time_ns, _ = BATCH.unpack_from(start, segments.HEADER_BYTES)
    return int(time_ns)


def start_of(path: Path, size: int) -> bytes:
    """The first bytes of the segment in a file; raises JournalError, or JournalDamagedError."""
    try:
        with _told(path), path.open("rb") as file:
            if path.name.endswith(SUFFIX):
                return zstandard.ZstdDecompressor().stream_reader(file).read(size)
            return file.read(size)
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {cause(error)}") from error


def decompressed(path: Path) -> Iterator[bytes]:
    """The bytes of the segment in an archived file, in pieces; raises JournalDamagedError where it
    is not one whole frame, and OSError.
    """
    with _told(path), path.open("rb") as file:
        frame = zstandard.ZstdDecompressor().decompressobj()
        while chunk := file.read(CHUNK_BYTES):
            if frame.eof:
                raise JournalDamagedError(f"{path}: has bytes behind its end: {COPY}")
            yield frame.decompress(chunk)
        if not frame.eof or frame.unused_data:
            what = "is cut short" if not frame.eof else "has bytes behind its end"
            raise JournalDamagedError(f"{path}: {what}: {COPY}")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except zstandard.ZstdError as error:
        raise JournalDamagedError(f"{path}: cannot be decompressed ({error}): {COPY}") from error


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hex; raises OSError."""
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


# --- putting away ---------------------------------------------------------------------------------


def link(journal: Path, folder: Path) -> None:
    """Let `archive` of a journal lead to a folder, which is made if it is missing. Raises
    JournalError where it led to another that holds segments which this one lacks.
    """
    place = folder_of(journal)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if place.exists() and place.samefile(folder):
            return
        sync_folder(folder.parent)
        lacks = _sizes(place) - _sizes(folder)
        if lacks:
            raise JournalError(
                f"{folder}: is to be the archive, and {place.resolve()} holds {len(lacks)} segments"
                " that it lacks: move them there first"
            )
        if place.exists() and not place.is_symlink():
            raise JournalError(
                f"{place}: is no link, and {folder} is to be the archive, which has all segments of"
                " it: move it away"
            )
        target = os.path.relpath(folder, journal) if folder.parent == journal.parent else folder
        partial = journal / f"{ARCHIVE}{PARTIAL}"
        partial.unlink(missing_ok=True)
        partial.symlink_to(target)
        partial.replace(place)
        sync_folder(journal)
    except OSError as error:
        raise JournalError(f"{folder}: cannot be the archive: {cause(error)}") from error


def _sizes(folder: Path) -> set[tuple[int, int]]:
    """Segments with the bytes of their files: one of another size was not copied to its end."""
    return {(number, path_in(folder, number).stat().st_size) for number in numbers_in(folder)}


def pack(journal: Path, number: int, pause: Callable[[], object]) -> Packed:
    """Write a segment into the archive, and hold it to the segment byte by byte as it is read back.

    What is there already is left if it is right, and written anew if it is damaged. `pause` is
    called between pieces. Raises JournalError, also where another segment is there that is whole;
    the segment stays where it is in any case.
    """
    source, target = segments.path_of(journal, number), path_of(journal, number)
    try:
        was_there = target.exists() and is_same(source, target)
        if not was_there:
            if target.exists() and is_whole(target):
                raise JournalError(
                    f"{target.resolve()}: holds another segment {number}, perhaps of this journal"
                    " before it was restored: keep it, and give this gateway another archive folder"
                )
            _write(source, target, pause)
            if not is_same(source, target):
                raise JournalError(f"{target}: does not hold what was written: check its disk")
        sizes = source.stat().st_size, target.stat().st_size
        return Packed(digest_of(target), *sizes, was_there)
    except OSError as error:
        raise JournalError(f"{target}: cannot be written: {cause(error)}") from error


def may_be_of(journal: Path, number: int, target: Path) -> bool:
    """Whether an archived file was made of the segment that lies in the journal's folder; also one
    whose beginning cannot be read. Raises JournalError.
    """
    source = segments.path_of(journal, number)
    if not source.exists():
        return False
    try:
        packed = decode_header(target, start_of(target, segments.HEADER_BYTES + len(BATCH_MAGIC)))
    except JournalDamagedError:
        return True
    made = segments.read_header(source)
    if packed is None or made is None:
        return True
    return (packed.created_ns, packed.previous) == (made.created_ns, made.previous)


def _write(source: Path, target: Path, pause: Callable[[], object]) -> None:
    partial = target.with_name(target.name + PARTIAL)
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as out, source.open("rb") as file:
            _compress(file, out, pause)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def _compress(file: IO[bytes], out: IO[bytes], pause: Callable[[], object]) -> None:
    size = os.fstat(file.fileno()).st_size
    frame = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compressobj(size)
    while chunk := file.read(CHUNK_BYTES):
        out.write(frame.compress(chunk))
        pause()
    out.write(frame.flush())


def is_same(source: Path, target: Path) -> bool:
    """Whether an archived file holds exactly a segment; raises OSError."""
    try:
        with source.open("rb") as file:
            for piece in decompressed(target):
                if file.read(len(piece)) != piece:
                    return False
            return not file.read(1)
    except JournalDamagedError:
        return False


def is_whole(target: Path) -> bool:
    """Whether an archived file holds a segment as it was written; raises OSError."""
    try:
        for _ in decompressed(target):
            pass
    except JournalDamagedError:
        return False
    return True


def remove(path: Path) -> None:
    """Remove a file, durably; one that is gone already is no fault. Raises JournalError."""
    try:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise JournalError(f"{path}: cannot be removed: {cause(error)}") from error
