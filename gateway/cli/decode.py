"""`fixgate decode`: raw FIX as a table that people can read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import click
from rich.table import Table
from rich.text import Text

from gateway.cli.failures import FAILED
from gateway.cli.options import json_option
from gateway.cli.output import cell, console, print_json
from gateway.cli.raw_fix import Found, Verdict, find_messages, verdict
from gateway.secrets import blanked
from sessions.describe import FieldRow, describe, message_name
from sessions.dictionary import Dictionary, builtin_of, load_dictionary
from sessions.message import Garbled, Message, parse
from sessions.versions import APPL_VER_IDS, FIXT, version_of

UNKNOWN: Final = "FIX.5.0SP2"  # read by the latest version


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option(
    "--dictionary",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A QuickFIX-format XML file; else the built-in one of each message's version.",
)
@json_option
def decode(file: Any, dictionary: Path | None, as_json: bool) -> None:
    """Decode the FIX messages in FILE ("-" or nothing: standard input).

    Fields may be separated by SOH, "|", "^A" or "<SOH>"; lines of logs may have anything before
    the message. Tells whether BodyLength(9) and CheckSum(10) are right. Passwords are blanked.
    """
    given = load_dictionary(dictionary.read_bytes(), str(dictionary)) if dictionary else None
    found = list(find_messages(file.read()))
    if not found:
        name = getattr(file, "name", "<stdin>")
        click.echo(f'{name}: no FIX message in it: nothing begins with "8=FIX"', err=True)
        sys.exit(FAILED)
    if as_json:
        print_json([_as_json(item, given) for item in found])
        return
    for number, item in enumerate(found, 1):
        _print(number, item, given)


def _dictionary(message: Message) -> Dictionary:
    """The built-in one of the message's version; a FIXT message names it, else its Logon(A) did."""
    fields = message.fields
    begin_string = fields.get("8", "")
    if begin_string != FIXT and begin_string in APPL_VER_IDS:
        return builtin_of(begin_string)
    version = fields.get("1128") or fields.get("1137") or ""
    return builtin_of(FIXT, version_of(version) or UNKNOWN)


def _read(item: Found, given: Dictionary | None) -> tuple[Message, str, list[FieldRow]] | Garbled:
    """Passwords are not shown: what is printed may end in a ticket or a chat."""
    frame = blanked(item.frame, garbled=True)
    message = parse(frame, given.data_fields) if given else parse(frame)
    if isinstance(message, Garbled):
        return message
    dictionary = given or _dictionary(message)
    return message, message_name(message, dictionary), describe(message, dictionary)


def _as_json(item: Found, given: Dictionary | None) -> dict[str, Any]:
    checked = verdict(item.frame)
    answer: dict[str, Any] = {
        "line": item.line,
        "prefix": item.prefix,
        "body_length": {"given": checked.body_length_given, "true": checked.body_length},
        "check_sum": {"given": checked.check_sum_given, "true": checked.check_sum},
        "good": checked.good,
    }
    read = _read(item, given)
    if isinstance(read, Garbled):
        return {**answer, "garbled": read.reason, "raw": _shown(item.frame)}
    message, name, rows = read
    fields = [row._asdict() for row in rows]
    return {**answer, "msg_type": message.msg_type, "name": name, "fields": fields}


def _print(number: int, item: Found, given: Dictionary | None) -> None:
    out = console()
    if number > 1:
        out.print()
    read = _read(item, given)
    if isinstance(read, Garbled):
        out.print(Text(f"line {item.line}: not readable: {read.reason}", "bold red"))
        out.print(Text(_shown(item.frame)))
    else:
        message, name, rows = read
        out.print(Text(_title(item, message, name), "bold"))
        out.print(_table(rows))
    checked = verdict(item.frame)
    out.print(Text(_verdict_text(checked), "green" if checked.good else "red"))


def _title(item: Found, message: Message, name: str) -> str:
    fields = message.fields
    title = (
        f"line {item.line}: {fields.get('8', '')} {name or 'unknown message'}"
        f"({message.msg_type}) {fields.get('49', '?')}->{fields.get('56', '?')}"
        f" MsgSeqNum(34)={fields.get('34', '?')}"
    )
    return cell(title)


def _table(rows: list[FieldRow]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("TAG", justify="right")
    table.add_column("FIELD")
    table.add_column("VALUE", overflow="fold")
    table.add_column("MEANING")
    for row in rows:
        name = "  " * row.depth + (row.name or "(not in the dictionary)")
        table.add_row(cell(row.tag), name, cell(row.value), row.label)
    return table


def _verdict_text(checked: Verdict) -> str:
    if checked.check_sum is None:
        return "cut: no CheckSum(10) at the end"
    return "; ".join(
        (
            _right("BodyLength(9)", checked.body_length_given, checked.body_length, "d"),
            _right("CheckSum(10)", checked.check_sum_given, checked.check_sum, "03d"),
        )
    )


def _right(name: str, given: int | None, true: int | None, form: str) -> str:
    if given is None or true is None:
        return f"{name} is not where it must be"
    return f"{name} {given:{form}} is " + (
        "right" if given == true else f"wrong, true is {true:{form}}"
    )


def _shown(frame: bytes) -> str:
    return cell(blanked(frame, garbled=True).decode("latin-1").replace("\x01", "|"))
