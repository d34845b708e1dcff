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
from typing import Final

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
from store import segment as segments
from store.record import Position
from store.recovery import Torn, scan

CHUNK: Final = 1 << 20
MANIFEST: Final = "backup.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds; stands in it as backup.json. `files` maps paths to their SHA-256."""

    made_ns: int
    version: str
    gateway_was_running: bool
    data_dir: str
    segments: int
    batches: int
    last_batch: int
    last_batch_ns: int
    last_hash: str
    files: dict[str, str]


@click.command()
@click.argument("destination", type=click.Path(path_type=Path))
@place_options
@json_option
def backup(destination: Path, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Copy journal and configuration of a running or stopped gateway to the new folder DESTINATION.

    The audit database is not copied: `fixgate audit rebuild` makes it again from the journal.
    """
    if destination.exists():
        raise click.ClickException(f"{destination}: is already there; name a new folder")
    source = locate(config, data_dir).data_dir
    end = _flushed_end(config, data_dir)
    partial = destination.with_name(f"{destination.name}.partial")
    partial.mkdir(mode=0o700, parents=True)
    try:
        manifest = _fill(partial, source, config, end)
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


def _fill(target: Path, source: Path, config: Path, end: Position | None) -> Manifest:
    files: dict[str, str] = {}
    limit = end or _whole_end(source / "journal")
    for number in segments.numbers_in(source / "journal"):
        path = segments.path_of(source / "journal", number)
        if number <= limit.segment:
            size = limit.offset if number == limit.segment else path.stat().st_size
            _copy(path, target, Path("journal") / path.name, files, size)
    for path in (source / "journal").glob("torn-*.bin"):
        _copy(path, target, Path("journal") / path.name, files)
    _copy_seals(target, source, locate(config, source).keys_dir, limit, files)
    for path in _configuration(config):
        _copy(path, target, Path("config") / path.name, files)
    manifest = _verified(target, source, limit, end is not None, files)
    text = json.dumps(asdict(manifest), indent=2) + "\n"
    _write_synced(target / MANIFEST, text.encode())
    for folder in (*(path for path in target.iterdir() if path.is_dir()), target):
        segments.sync_folder(folder)
    return manifest


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
    target: Path, source: Path, limit: Position, running: bool, files: dict[str, str]
) -> Manifest:
    """Read the copied journal back, batch by batch; raises JournalDamagedError."""
    count = 0
    torn: list[Torn] = []
    last = None
    for batch in scan(target / "journal", torn=torn):
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
    digest = hashlib.sha256()
    (target / place).parent.mkdir(mode=0o700, exist_ok=True)
    left = path.stat().st_size if size is None else size
    descriptor = os.open(target / place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with path.open("rb") as reader, open(descriptor, "wb") as writer:
        while left > 0:
            chunk = reader.read(min(CHUNK, left))
            if not chunk:
                break
            digest.update(chunk)
            writer.write(chunk)
            left -= len(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    files[str(place)] = digest.hexdigest()


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
    click.echo(
        "To restore: stop the gateway; move its data folder away (keep it);"
        f" copy {destination}/journal, and seals and reads if they are there, to"
        f" {manifest.data_dir}; start it.\n"
        "Counterparties that saw later messages are then ahead of us: such a session stays"
        " disabled\nuntil `fixgate sessions set-seq` or `reset` settles its numbers. Set another"
        " [gateway] node before\nthe start: ids that were given after the backup would be given"
        " again."
    )
