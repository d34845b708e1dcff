"""Where the record is that `fixgate audit` works on, and how it is brought up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gateway.audit import access
from gateway.cli.options import place_options
from gateway.config import load_config
from gateway.seals.keys import KEYS_FOLDER
from store.database import Database

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Where:
    """The data folder, the database and the folder of keys that belong to it."""

    data_dir: Path
    database_url: str
    keys_dir: Path


database_option = click.option(
    "--database-url",
    envvar="FIXGATE_DATABASE_URL",
    default="",
    help="The audit database, over what the configuration says.",
)


def where_options(command: _Command) -> _Command:
    """--config, --data-dir and --database-url."""
    return place_options(database_option(command))


def where_is(config: Path, data_dir: Path | None, database_url: str) -> Where:
    """A folder alone is enough: its database is then the one in it."""
    if data_dir is not None and (database_url or not config.exists()):
        url = database_url or f"sqlite:///{data_dir.absolute() / 'audit.db'}"
        return Where(data_dir.absolute(), url, data_dir.absolute() / KEYS_FOLDER)
    loaded = load_config(config, data_dir)
    url = database_url or loaded.audit.database_url
    return Where(loaded.gateway.data_dir, url, loaded.audit.keys_dir)


@contextmanager
def up_to_date(where: Where) -> Iterator[Database]:
    """The database with everything that is in the journal now."""
    with Database(where.database_url) as database:
        with progress_bar("bringing the audit database up to date") as progress:
            note = access.bring_up_to_date(where.data_dir, database, progress)
        if note:
            click.echo(note, err=True)
        yield database


@contextmanager
def progress_bar(what: str, unit: str = "batches") -> Iterator[access.Progress]:
    """A bar on standard error; it is gone when the work is done."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
    )
    screen = Console(stderr=True)
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
