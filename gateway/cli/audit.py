"""`fixgate audit`: search, show, verify, rebuild and export what the journal keeps.

Works on the folder of a running gateway and on one that nobody runs. Owns options and output; what
is found and how is in `gateway.audit`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gateway.audit import access, render
from gateway.audit.export import FORMATS, KINDS, export, json_row
from gateway.audit.story import dictionary_of, story
from gateway.audit.verify import verify
from gateway.cli.audit_at import at
from gateway.cli.failures import FAILED
from gateway.cli.moments import Moment
from gateway.cli.options import json_option, place_options
from gateway.cli.output import print_json, print_pairs, print_table, utc
from gateway.config import load_config
from sessions.describe import message_name
from sessions.message import Message, parse
from store.database import Database
from store.queries import FILTERS, Wanted, find_messages, stream

LIMIT_MAX: Final = 100_000
STORY_WIDTH: Final = 160  # of lines in a pipe
_Command = TypeVar("_Command", bound=Callable[..., Any])


@click.group()
def audit() -> None:
    """Search, show, verify, rebuild and export the record of every message and order.

    The audit database is a view of the journal. These commands bring it up to date first.
    """


audit.add_command(at)


# --- where ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Where:
    """The data folder and the database that belongs to it."""

    data_dir: Path
    database_url: str


database_option = click.option(
    "--database-url",
    envvar="FIXGATE_DATABASE_URL",
    default="",
    help="The audit database, over what the configuration says.",
)


def where_options(command: _Command) -> _Command:
    """--config, --data-dir and --database-url."""
    return place_options(database_option(command))


def _where(config: Path, data_dir: Path | None, database_url: str) -> Where:
    """A folder alone is enough: its database is then the one in it."""
    if data_dir is not None and (database_url or not config.exists()):
        url = database_url or f"sqlite:///{data_dir.absolute() / 'audit.db'}"
        return Where(data_dir.absolute(), url)
    loaded = load_config(config, data_dir)
    return Where(loaded.gateway.data_dir, database_url or loaded.audit.database_url)


@contextmanager
def _up_to_date(where: Where) -> Iterator[Database]:
    """The database with everything that is in the journal now."""
    with Database(where.database_url) as database:
        with _progress("bringing the audit database up to date") as progress:
            note = access.bring_up_to_date(where.data_dir, database, progress)
        if note:
            click.echo(note, err=True)
        yield database


@contextmanager
def _progress(what: str) -> Iterator[access.Progress]:
    """A bar on standard error; it is gone when the work is done."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("batches"),
        TimeElapsedColumn(),
    )
    screen = Console(stderr=True)
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


# --- search -----------------------------------------------------------------------------------


def filter_options(command: _Command) -> _Command:
    """What is searched for."""
    for option in reversed(
        (
            click.option("--session", help="Name of the session."),
            click.option("--cl-ord-id", help="ClOrdID(11), or OrigClOrdID(41)."),
            click.option("--order-id", help="OrderID(37); ours: on both sides."),
            click.option("--exec-id", help="ExecID(17)."),
            click.option("--account", help="Account(1)."),
            click.option("--symbol", help="Symbol(55)."),
            click.option("--msg-type", help="MsgType(35). Messages only."),
            click.option("--direction", type=click.Choice(["in", "out"]), help="Messages only."),
            click.option("--from", "since_ns", type=Moment(), help="From this time on, UTC."),
            click.option("--to", "until_ns", type=Moment(), help="Before this time, UTC."),
        )
    ):
        command = option(command)
    return command


@audit.command()
@filter_options
@click.option("--limit", default=100, type=click.IntRange(1, LIMIT_MAX), show_default=True)
@where_options
@json_option
def search(
    limit: int,
    config: Path,
    data_dir: Path | None,
    database_url: str,
    as_json: bool,
    **given: Any,
) -> None:
    """Find messages: the newest that match everything given, oldest first."""
    with (
        _up_to_date(_where(config, data_dir, database_url)) as database,
        database.reading() as connection,
    ):
        found = find_messages(connection, _wanted("messages", given), limit)
    if as_json:
        print_json([json_row(row) for row in found])
        return
    head = ("TIME (UTC)", "SESSION", "", "SEQ", "MESSAGE", "CLORDID", "ORDERID")
    print_table((*head, "SIDE", "QTY", "SYMBOL", "PRICE", "TEXT"), map(_line, found), "no messages")
    if len(found) == limit:
        click.echo(f"the newest {limit} only; --limit shows more", err=True)


def _wanted(kind: str, given: dict[str, Any]) -> Wanted:
    """What was given, provided that rows of this kind can be found by it."""
    known = {name: value for name, value in given.items() if value is not None}
    for name in known.keys() - FILTERS[kind]:
        raise click.UsageError(f"--{name.replace('_', '-')} does not apply to {kind}")
    return Wanted(**known)


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    get = row.get
    side = render.label("54", row["side"]) if row["side"] else ""
    return (
        utc(row["time_ns"]),
        row["session"],
        row["direction"],
        row["msg_seq_num"],
        _kind(row),
        get("cl_ord_id") or "",
        get("order_id") or "",
        side,
        get("last_qty") or get("order_qty") or "",
        get("symbol") or "",
        get("last_px") or get("price") or "",
        get("text") or "",
    )


def _kind(row: dict[str, Any]) -> str:
    message = parse(row["raw"])
    name = message_name(message, dictionary_of(message)) if isinstance(message, Message) else ""
    marks = [mark for mark in ("garbled", "kept", "resent") if row[mark]]
    shown = f"{name}({row['msg_type']})" if name else row["msg_type"]
    return " ".join((shown, *marks)).strip()


# --- show -------------------------------------------------------------------------------------


@audit.command()
@click.argument("key", metavar="ORDER")
@where_options
@json_option
def show(key: str, config: Path, data_dir: Path | None, database_url: str, as_json: bool) -> None:
    """Tell an order's whole story: both sides' messages and what happened between them.

    ORDER is an OrderID(37) or any ClOrdID(11) it ever had.
    """
    with _up_to_date(_where(config, data_dir, database_url)) as database:
        told = story(database, key)
    if as_json:
        print_json(render.as_data(told))
    else:
        _console().print(render.render(told))


def _console() -> Console:
    """A console without markup, because values are data; lines in a pipe are not endless."""
    width = None if sys.stdout.isatty() else STORY_WIDTH
    return Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False)


# --- verify -----------------------------------------------------------------------------------


@audit.command("verify")
@where_options
@json_option
def verify_(config: Path, data_dir: Path | None, database_url: str, as_json: bool) -> None:
    """Check the journal's hash chain, and every row of the database against the journal.

    Names every fault with its place, and exits with 1 if there is one.
    """
    where = _where(config, data_dir, database_url)
    with _progress("verifying") as progress:
        result = verify(where.data_dir, where.database_url, progress)
    if as_json:
        print_json(result.as_data())
    else:
        print_pairs(result.lines())
        for text in result.problems:
            click.echo(text, err=True)
    sys.exit(0 if result.ok else FAILED)


# --- rebuild ----------------------------------------------------------------------------------


@audit.command()
@where_options
@json_option
def rebuild(config: Path, data_dir: Path | None, database_url: str, as_json: bool) -> None:
    """Drop all rows of the audit database and make them again from the journal."""
    where = _where(config, data_dir, database_url)
    with Database(where.database_url) as database:
        with _progress("rebuilding the audit database") as progress:
            rebuilt = access.rebuild(where.data_dir, database, progress)
        name = database.name
    if as_json:
        print_json({"database": name, "batch": rebuilt.place.batch, "rows": rebuilt.rows})
        return
    click.echo(f"{name}: rebuilt up to batch {rebuilt.place.batch}")
    print_pairs((table.replace("_", " "), number) for table, number in rebuilt.rows.items())


# --- export -----------------------------------------------------------------------------------


@audit.command("export")
@click.argument("kind", metavar="WHAT", type=click.Choice(KINDS), default="messages")
@click.option("--format", "form", type=click.Choice(FORMATS), default="csv", show_default=True)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write; else standard output.",
)
@filter_options
@where_options
@json_option
def export_(
    kind: str,
    form: str,
    output: Path | None,
    config: Path,
    data_dir: Path | None,
    database_url: str,
    as_json: bool,
    **given: Any,
) -> None:
    """Write messages, orders or executions as CSV or as JSON lines. --json is --format jsonl."""
    form = "jsonl" if as_json else form
    wanted = _wanted(kind, given)
    with (
        _up_to_date(_where(config, data_dir, database_url)) as database,
        database.reading() as connection,
    ):
        rows = stream(connection, kind, wanted)
        if output is None:
            export(rows, kind, form, sys.stdout)
            return
        number = _to_file(rows, kind, form, output)
    click.echo(f"{output}: {number} {kind}", err=True)


def _to_file(rows: Iterable[dict[str, Any]], kind: str, form: str, output: Path) -> int:
    """The file gets its name when it is whole."""
    partial = output.with_name(output.name + ".partial")
    try:
        with _private(partial) as out:
            number = export(rows, kind, form, out)
        partial.replace(output)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return number


def _private(path: Path) -> TextIO:
    """A new text file that only its owner can read: it holds what clients trade."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8", newline="")
