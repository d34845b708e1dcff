"""`fixgate backup`: a copy of the journal that is whole, with its seals and the configuration.

Owns the copying. A running gateway is asked to make everything durable and to say where its
journal ends; the copy ends there. What is copied is read back and verified before it gets its name.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from time import time_ns
from typing import BinaryIO, Final

import click

from gateway.audit.reads import READS_FOLDER
from gateway.cli.options import control, json_option, place_options
from gateway.cli.output import print_json, utc
from gateway.config import ConfigError, load_config
from gateway.config.checks import TABLES
from gateway.config.locate import locate
from gateway.control.errors import GatewayNotRunning
from gateway.seals.errors import SealError
from gateway.seals.folder import SEALS_FOLDER, SUFFIX, SealFolder
from gateway.seals.keys import KEYS_FOLDER, KeyFolder
from store import archive
from store import segment as segments
from store.record import Position
from store.recovery import Torn, scan

CHUNK: Final = 1 << 20
MANIFEST: Final = "backup.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds; stands in it as backup.json. `files` maps paths to their SHA-256;
    `archived`: segments that are in the folder `archive`, "" if there are none.
    """

    made_ns: int
    version: str
    gateway_was_running: bool
    data_dir: str
    segments: int
    archived: int
    archive: str
    batches: int
    last_batch: int
    last_batch_ns: int
    last_hash: str
    files: dict[str, str]


@click.command()
@click.argument("destination", type=click.Path(path_type=Path))
@click.option("--archive", "with_archive", is_flag=True, help="Copy archived segments as well.")
@place_options
@json_option
def backup(
    destination: Path, with_archive: bool, config: Path, data_dir: Path | None, as_json: bool
) -> None:
    """Copy journal and configuration of a running or stopped gateway to the new folder DESTINATION.

    The audit database is not copied: `fixgate audit rebuild` makes it again from the journal.
    Archived segments never change: without --archive the copy leads to the folder where they are.
    """
    if destination.exists():
        raise click.ClickException(f"{destination}: is already there; name a new folder")
    source = locate(config, data_dir).data_dir
    end = _flushed_end(config, data_dir)
    partial = destination.with_name(f"{destination.name}.partial")
    partial.mkdir(mode=0o700, parents=True)
    try:
        manifest = _fill(partial, source, config, end, with_archive)
        partial.rename(destination)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    segments.sync_folder(destination.absolute().parent)
    if as_json:
        print_json(asdict(manifest))
    else:
        _print(destination, manifest)


def _flushed_end(config: Path, data_dir: Path | None) -> Position | None:
    """Where the journal of the running gateway ends; None if none is running."""
    try:
        with control(config, data_dir) as client:
            view = client.flush()
    except GatewayNotRunning:
        return None
    return Position(view.segment, view.offset)


def _fill(
    target: Path, source: Path, config: Path, end: Position | None, with_archive: bool
) -> Manifest:
    files: dict[str, str] = {}
    limit = end or _whole_end(source / "journal")
    numbers = [n for n in segments.numbers_in(source / "journal") if n <= limit.segment]
    for number in numbers:
        size = limit.offset if number == limit.segment else None
        _copy_segment(source / "journal", number, target, files, size)
    for path in (source / "journal").glob("torn-*.bin"):
        _copy(path, target, Path("journal") / path.name, files)
    _copy_archive(target, source / "journal", numbers[0], with_archive, files)
    _copy_seals(target, source, locate(config, source).keys_dir, limit, files)
    for path in _configuration(config):
        _copy(path, target, Path("config") / path.name, files)
    manifest = _verified(target, source, limit, end is not None, files, with_archive)
    text = json.dumps(asdict(manifest), indent=2) + "\n"
    _write_synced(target / MANIFEST, text.encode())
    for folder in (*(path for path in target.iterdir() if path.is_dir()), target):
        segments.sync_folder(folder)
    return manifest


def _copy_archive(
    target: Path, journal: Path, first: int, with_archive: bool, files: dict[str, str]
) -> None:
    """What was archived before the first segment of the journal; or where it is."""
    archived = [number for number in archive.known_numbers(journal) if number < first]
    for number in archived if with_archive else ():
        path = archive.path_of(journal, number)
        _copy(path, target, Path(archive.ARCHIVE, path.name), files)
    if archived:
        kept = archive.folder_of(journal).resolve()
        leads_to = Path("..", archive.ARCHIVE) if with_archive else kept
        archive.folder_of(target / "journal").symlink_to(leads_to)


def _copy_seals(
    target: Path, source: Path, keys_dir: Path, limit: Position, files: dict[str, str]
) -> None:
    """The seals of what is copied, the public keys they are by, and who read meanwhile. No private
    key: who has the backup must not be able to seal another record.
    """
    seals = SealFolder(source / SEALS_FOLDER)
    for number in seals.numbers():
        if _is_before(seals, number, limit):
            _copy(seals.path_of(number), target, Path(SEALS_FOLDER, f"{number:08d}{SUFFIX}"), files)
    for path in KeyFolder(keys_dir).paths():
        _copy(path, target, Path(KEYS_FOLDER, path.name), files)
    for path in sorted((source / READS_FOLDER).glob(f"*{segments.SUFFIX}")):
        _copy(path, target, Path(READS_FOLDER, path.name), files)


def _is_before(seals: SealFolder, number: int, limit: Position) -> bool:
    """Whether a seal is of what is copied; a damaged one is copied for whoever looks into it."""
    try:
        return seals.read(number).position < limit
    except SealError:
        return True


def _whole_end(journal: Path) -> Position:
    """Where the last whole batch of a stopped gateway's journal ends."""
    end = None
    torn: list[Torn] = []
    for batch in scan(journal, torn=torn, here=True):
        end = batch.end
    if end is None:
        raise click.ClickException(f"{journal}: there is no journal here; see --data-dir")
    if torn:
        click.echo(f"note: {torn[0].size} bytes of a half-written batch are left out", err=True)
    return end


def _verified(
    target: Path,
    source: Path,
    limit: Position,
    running: bool,
    files: dict[str, str],
    with_archive: bool,
) -> Manifest:
    """Read what was copied back, batch by batch; raises JournalDamagedError."""
    count = 0
    torn: list[Torn] = []
    last = None
    kept = archive.folder_of(target / "journal")
    for batch in scan(target / "journal", torn=torn, here=not with_archive):
        count += 1
        last = batch
    if last is None or torn or last.end != limit:
        raise click.ClickException(
            f"{target}: the copy does not end where the journal does (segment {limit.segment},"
            f" offset {limit.offset}); is something else writing to {source}?"
        )
    return Manifest(
        made_ns=time_ns(),
        version=version("fixgate"),
        gateway_was_running=running,
        data_dir=str(source),
        segments=sum(Path(name).match(f"journal/*{segments.SUFFIX}") for name in files),
        archived=len(archive.numbers_in(kept)),
        archive=str(kept.readlink()) if kept.is_symlink() else "",
        batches=count,
        last_batch=last.number,
        last_batch_ns=last.time_ns,
        last_hash=last.hash.hex(),
        files=files,
    )


def _configuration(config: Path) -> list[Path]:
    """The configuration and the files it names; of one with mistakes only itself."""
    if not config.is_file():
        return []
    try:
        settings = load_config(config)
    except ConfigError:
        click.echo(f"note: {config} has problems; the files it names are not copied", err=True)
        return [config]
    files = [path for link in settings.fix_links for _, path in link.files]
    tables = [getattr(settings.reference, name) for name in TABLES]
    found = [path for path in tables if path is not None and path.is_file()]
    paths = [config, *found, *files]
    return list(dict.fromkeys(paths))


def _copy(
    path: Path, target: Path, place: Path, files: dict[str, str], size: int | None = None
) -> None:
    """Copy the first `size` bytes (default: all), synced, and note their hash."""
    if str(place) in files:
        raise click.ClickException(f"{path}: another file of that name is already in the backup")
    (target / place).parent.mkdir(mode=0o700, exist_ok=True)
    with path.open("rb") as reader:
        files[str(place)] = _pour(reader, target / place, size)


def _copy_segment(
    journal: Path, number: int, target: Path, files: dict[str, str], size: int | None
) -> None:
    """Likewise a segment of the journal, also one that is being archived meanwhile."""
    name = segments.path_of(journal, number).name
    (target / "journal").mkdir(mode=0o700, exist_ok=True)
    descriptor, _ = archive.open_segment(journal, number)
    with open(descriptor, "rb") as reader:
        reader.seek(0)
        files[f"journal/{name}"] = _pour(reader, target / "journal" / name, size)


def _pour(reader: BinaryIO, path: Path, size: int | None) -> str:
    """Make a file of the first `size` bytes (default: all); their hash."""
    digest = hashlib.sha256()
    left = os.fstat(reader.fileno()).st_size if size is None else size
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as writer:
        while left > 0:
            chunk = reader.read(min(CHUNK, left))
            if not chunk:
                break
            digest.update(chunk)
            writer.write(chunk)
            left -= len(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest()


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _print(destination: Path, manifest: Manifest) -> None:
    state = "running" if manifest.gateway_was_running else "stopped"
    last = f"{manifest.last_batch} of {utc(manifest.last_batch_ns)} UTC"
    click.echo(
        f"{destination}: {manifest.segments} segment(s), {manifest.batches} batches of the {state}"
        f" gateway, verified; the last is {last}"
    )
    if manifest.archived:
        is_in_it = (destination / archive.ARCHIVE).exists()
        click.echo(
            f"{manifest.archived} archived segment(s) are in it as well"
            if is_in_it
            else f"{manifest.archived} archived segment(s) are not in it (--archive): they stay in"
            f" {manifest.archive},\nwhere the copy looks for them; back that folder up as files"
        )
    click.echo(
        "To restore: stop the gateway; move its data folder away (keep it); copy"
        f" {destination}/journal,\nand archive, seals, keys and reads if they are there, to"
        f" {manifest.data_dir} (cp -a);\n`fixgate audit verify`; start it.\n"
        "Counterparties that saw later messages are then ahead of us: such a session stays"
        " disabled\nuntil `fixgate sessions set-seq` or `reset` settles its numbers. Set another"
        " [gateway] node before\nthe start: ids that were given after the backup would be given"
        " again."
    )
