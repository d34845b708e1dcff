"""`fixgate audit`: search, tell, seal, verify, rebuild and export what the journal keeps.

Works on the folder of a running gateway and on one that nobody runs. Owns options and output; what
is found and how is in `gateway.audit`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, TextIO

import click
from rich.console import Console

from gateway import garbage
from gateway.audit import access, render, searching
from gateway.audit.export import FORMATS, KINDS, export, json_row
from gateway.audit.export_binary import BINARY_FORMATS
from gateway.audit.proof import proof_of
from gateway.audit.searching import correlation_of
from gateway.audit.story import dictionary_of, story
from gateway.audit.verify import verify
from gateway.cli.audit_archive import archive
from gateway.cli.audit_at import at
from gateway.cli.audit_filters import filter_options, given
from gateway.cli.audit_hold import hold
from gateway.cli.audit_import import import_quickfix
from gateway.cli.audit_keys import keys
from gateway.cli.audit_place import progress_bar, up_to_date, where_is, where_options
from gateway.cli.audit_reading import reads, record_reading
from gateway.cli.audit_seal import seal
from gateway.cli.failures import FAILED
from gateway.cli.options import json_option
from gateway.cli.output import print_json, print_pairs, print_table, utc
from sessions.describe import message_name
from sessions.message import Message, parse
from store.database import Database

LIMIT_MAX: Final = 100_000
STORY_WIDTH: Final = 160  # of lines in a pipe


@click.group()
def audit() -> None:
    """Search, tell, seal, verify, rebuild and export the record of every message and order.

    The audit database is a view of the journal. These commands bring it up to date first.
    """


# --- search -----------------------------------------------------------------------------------


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
    **filters: Any,
) -> None:
    """Find messages: the newest that match everything given, oldest first."""
    wanted = given("messages", config, filters)
    where = where_is(config, data_dir, database_url)
    asked = {**wanted.recorded, "limit": limit}
    record_reading("audit search", asked, config=config, data_dir=data_dir, where=where.data_dir)
    with up_to_date(where) as database, database.reading() as connection:
        found = searching.search(connection, wanted.asked, limit)
    if as_json:
        print_json([{"correlation": correlation_of(row), **json_row(row)} for row in found])
        return
    head = ("TIME (UTC)", "SESSION", "", "SEQ", "MESSAGE", "CORRELATION", "CLORDID", "ORDERID")
    print_table((*head, "SIDE", "QTY", "SYMBOL", "PRICE", "TEXT"), map(_line, found), "no messages")
    if len(found) == limit:
        click.echo(f"the newest {limit} only; --limit shows more", err=True)


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    get = row.get
    side = render.label("54", row["side"]) if row["side"] else ""
    return (
        utc(row["time_ns"]),
        row["session"],
        row["direction"],
        row["msg_seq_num"],
        _kind(row),
        correlation_of(row),
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


# --- story -----------------------------------------------------------------------------------


@audit.command("story")
@click.argument("key", metavar="ORDER|CLORDID")
@where_options
@json_option
def story_(key: str, config: Path, data_dir: Path | None, database_url: str, as_json: bool) -> None:
    """Tell an order's whole life on both sides, in the order of time, and how long each step took.

    Give an OrderID(37) or any ClOrdID(11) it ever had. Of an id that no order here has, as in the
    history of another engine, it tells the messages that name it.
    """
    where = where_is(config, data_dir, database_url)
    asked = {"order": key}
    record_reading("audit story", asked, config=config, data_dir=data_dir, where=where.data_dir)
    with up_to_date(where) as database:
        told = story(database, key)
    proof = proof_of(told, where.data_dir)
    if as_json:
        print_json({**render.as_data(told), "proof": proof.as_data()})
        return
    console = _console()
    console.print(render.render(told))
    console.print(f"\n{proof.line()}")


def _console() -> Console:
    """A console without markup, because values are data; lines in a pipe are not endless."""
    width = None if sys.stdout.isatty() else STORY_WIDTH
    return Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False)


# --- verify -----------------------------------------------------------------------------------


@audit.command("verify")
@where_options
@click.option(
    "--keys",
    "keys_dir",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of the public keys that seals are held to, over what the configuration says.",
)
@click.option("--trust", multiple=True, metavar="KEY", help="A key that you know by other means.")
@click.option("--archived", is_flag=True, help="Older segments are kept elsewhere.")
@click.option("--no-database", is_flag=True, help="Leave the audit database out.")
@json_option
def verify_(
    config: Path,
    data_dir: Path | None,
    database_url: str,
    keys_dir: Path | None,
    trust: tuple[str, ...],
    archived: bool,
    no_database: bool,
    as_json: bool,
) -> None:
    """Check the journal's hash chain, the seals on it, and every row of the database against it.

    Says of every fault what, where and when, and exits with 1 if there is one. Public keys are
    enough.
    """
    where = where_is(config, data_dir, database_url)
    with progress_bar("verifying") as progress:
        result = verify(
            where.data_dir,
            "" if no_database else where.database_url,
            progress,
            keys_dir=keys_dir or where.keys_dir,
            trust=trust,
            is_archived=archived,
        )
    if as_json:
        print_json(result.as_data())
    else:
        print_pairs(result.lines())
        for finding in result.findings:
            click.echo(finding.line, err=True)
    sys.exit(0 if result.ok else FAILED)


# --- seals ------------------------------------------------------------------------------------

audit.add_command(at)
audit.add_command(seal)
audit.add_command(archive)
audit.add_command(hold)
audit.add_command(keys)
audit.add_command(reads)
audit.add_command(import_quickfix)


# --- rebuild ----------------------------------------------------------------------------------


@audit.command()
@where_options
@json_option
def rebuild(config: Path, data_dir: Path | None, database_url: str, as_json: bool) -> None:
    """Drop all rows of the audit database and make them again from the journal."""
    where = where_is(config, data_dir, database_url)
    garbage.settle()  # millions of rows are made, and no cycle among them
    with Database(where.database_url) as database:
        with progress_bar("rebuilding the audit database") as progress:
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
@click.option("--format", "form", type=click.Choice([*FORMATS, *BINARY_FORMATS]), default="csv")
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
    **filters: Any,
) -> None:
    """Write messages, orders or executions: as CSV (the default), JSON lines or Parquet.

    --format fix writes messages as a FIX engine's log has them. --json is --format jsonl.
    """
    form = "jsonl" if as_json else form
    if form == "fix" and kind != "messages":
        raise click.UsageError(f"--format fix is for messages: {kind} are none")
    if form == "parquet" and output is None:
        raise click.UsageError("--format parquet needs --output FILE")
    wanted = given(kind, config, filters)
    where = where_is(config, data_dir, database_url)
    asked = {**wanted.recorded, "kind": kind, "output": output}
    record_reading("audit export", asked, config=config, data_dir=data_dir, where=where.data_dir)
    with up_to_date(where) as database, database.reading() as connection:
        rows = searching.stream_all(connection, kind, wanted.asked)
        if output is None:
            _write(rows, kind, form, sys.stdout)
            return
        number = _to_file(rows, kind, form, output)
    click.echo(f"{output}: {number} {kind}", err=True)


def _to_file(rows: Iterable[dict[str, Any]], kind: str, form: str, output: Path) -> int:
    """The file gets its name when it is whole."""
    partial = output.with_name(output.name + ".partial")
    try:
        with _private(partial) as out:
            number = _write(rows, kind, form, out)
        partial.replace(output)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return number


def _write(rows: Iterable[dict[str, Any]], kind: str, form: str, out: TextIO) -> int:
    binary = BINARY_FORMATS.get(form)
    return export(rows, kind, form, out) if binary is None else binary(rows, kind, out.buffer)


def _private(path: Path) -> TextIO:
    """A new text file that only its owner can read: it holds what clients trade."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8", newline="")
