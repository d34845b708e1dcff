"""`fixgate operators`: who may command, with which roles, by which token."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.cli.moments import Lasting
from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json, print_table, utc
from gateway.control.operator_models import Issue, OperatorView, Rotate, TokenView
from gateway.control.verbs import ROLES

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Age(Lasting):
    """As `Lasting`, or "never", which is 0."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        return 0 if value == "never" else super().convert(value, param, ctx)


def _expires_option(otherwise: str) -> Callable[[_Command], _Command]:
    told = f"When the token ends: 12h, 90d, never; {otherwise} if not said."
    return click.option("--expires", type=Age(), default=None, help=told)


@click.group()
def operators() -> None:
    """List named operators, issue, rotate and revoke them. With [control] operators = "required"
    only they command, each by the token in FIXGATE_TOKEN.
    """


@operators.command("list")
@place_options
@json_option
def list_(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """List named operators with their roles."""
    with control(config, data_dir) as client:
        _print(client.operators(), as_json)


@operators.command()
@click.argument("name")
@click.option(
    "--role",
    "roles",
    type=click.Choice(list(ROLES)),
    multiple=True,
    required=True,
    help="What they may do; may be given again.",
)
@_expires_option("never")
@reason_option(required=True)
@place_options
@json_option
def issue(
    name: str,
    roles: tuple[str, ...],
    expires: int | None,
    reason: str,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Name an operator and print the token, once: nobody can tell it again."""
    with control(config, data_dir) as client:
        ask = Issue.model_construct(
            name=name, roles=list(roles), expires_ns=expires or 0, reason=reason
        )
        _print_token(client.issue_operator(ask), as_json)


@operators.command()
@click.argument("name")
@_expires_option("when the one before would")
@reason_option(required=True)
@place_options
@json_option
def rotate(
    name: str,
    expires: int | None,
    reason: str,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Give an operator another token and print it, once; the one before ends."""
    with control(config, data_dir) as client:
        ask = Rotate(expires_ns=expires, reason=reason)
        _print_token(client.rotate_operator(name, ask), as_json)


@operators.command()
@click.argument("name")
@reason_option(required=True)
@place_options
@json_option
def revoke(name: str, reason: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """End an operator and the token; shows those that are left."""
    with control(config, data_dir) as client:
        _print(client.revoke_operator(name, reason=reason), as_json)


def _print(views: list[OperatorView], as_json: bool) -> None:
    if as_json:
        print_json(views)
        return
    head = ("NAME", "ROLES", "ISSUED (UTC)", "BY", "ROTATED (UTC)", "EXPIRES (UTC)")
    print_table(head, map(_row, views), "no named operators")


def _row(view: OperatorView) -> tuple[object, ...]:
    expires = utc(view.expires_ns) + (" (expired)" if view.expired else "")
    issued = (utc(view.issued_ns), view.issued_by)
    return (view.name, ", ".join(view.roles), *issued, utc(view.rotated_ns), expires)


def _print_token(view: TokenView, as_json: bool) -> None:
    if as_json:
        print_json(view)
        return
    click.echo(f"{view.operator.name} ({', '.join(view.operator.roles)}); the token, told once:")
    click.echo(view.token)
