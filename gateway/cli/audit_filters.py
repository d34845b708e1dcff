"""The options that say which rows of the record are wanted, and what they mean together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from gateway.audit.searching import Asked, parse_correlation, parse_tag, part_of
from gateway.cli.moments import Moment
from gateway.config import load_config
from store.queries import FILTERS, Wanted

_Command = TypeVar("_Command", bound=Callable[..., Any])
_OPTIONS: Final = (
    click.option("--session", help="Name of the session."),
    click.option("--client", help="Client of the configuration: all its sessions."),
    click.option("--cl-ord-id", help="ClOrdID(11), or OrigClOrdID(41)."),
    click.option("--order-id", help="OrderID(37); ours: on both sides."),
    click.option("--exec-id", help="ExecID(17)."),
    click.option("--account", help="Account(1)."),
    click.option("--symbol", help="Symbol(55)."),
    click.option("--correlation", help="Correlation id, such as O17: all that belongs together."),
    click.option(
        "--tag",
        "tags",
        multiple=True,
        metavar="TAG=VALUE",
        help="Any field, by number or name, of exactly this value; may be repeated. Messages only.",
    ),
    click.option("--text", help="Words anywhere in the message, in any case. Messages only."),
    click.option("--msg-type", help="MsgType(35). Messages only."),
    click.option("--direction", type=click.Choice(["in", "out"]), help="Messages only."),
    click.option("--from", "since_ns", type=Moment(), help="From this time on, UTC."),
    click.option("--to", "until_ns", type=Moment(), help="Before this time, UTC."),
)


def filter_options(command: _Command) -> _Command:
    """What is searched for."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Given:
    """Which rows are asked for, and that as it is recorded."""

    asked: Asked
    recorded: dict[str, Any]


def given(kind: str, config: Path, options: dict[str, Any]) -> Given:
    """What the options of `filter_options` say; UsageError for what rows of this kind cannot be
    found by, or what cannot be read.
    """
    known = {name: value for name, value in options.items() if value not in (None, ())}
    recorded = {**known, "tags": " ".join(known["tags"])} if "tags" in known else known
    try:
        wanted, tags = _meant(known, config)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    for name in wanted.keys() - FILTERS[kind]:
        raise click.UsageError(f"--{_option_of(name)} does not apply to {kind}")
    return Given(Asked(Wanted(**wanted), tags), recorded)


def _meant(known: dict[str, Any], config: Path) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """The values of `Wanted`, and the tags."""
    wanted = dict(known)
    tags = tuple(parse_tag(text) for text in wanted.pop("tags", ()))
    if tags:
        wanted["parts"] = tuple(part_of(tag) for tag in tags)
    if "text" in wanted:
        wanted["text"] = _bytes(wanted["text"])
    if "correlation" in wanted:
        name, value = parse_correlation(wanted.pop("correlation"))
        wanted[name] = value
    if "client" in wanted:
        wanted["sessions"] = _sessions(wanted.pop("client"), config)
    return wanted, tags


def _bytes(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(f"{text!r}: no message has this: its bytes are Latin-1") from None


def _sessions(client: str, config: Path) -> tuple[str, ...]:
    """The client's own session or template, and those that the configuration says trade for it."""
    if not config.exists():
        return (client,)
    clients = load_config(config).clients
    return (client, *(each.name for each in clients if each.client == client))


def _option_of(name: str) -> str:
    """The option that a name of `Wanted` comes from."""
    names = {"parts": "tag", "order_no": "correlation", "record": "correlation"}
    return {**names, "sessions": "client"}.get(name, name.replace("_", "-"))
