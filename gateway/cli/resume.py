"""`fixgate resume`: lifts a halt."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.halt import scope_option
from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json


@click.command()
@scope_option
@click.option(
    "--level",
    type=click.Choice(("active", "reduce-only", "cancel-only")),
    default="active",
    show_default=True,
    help="Another one only goes down to it.",
)
@reason_option(required=True)
@place_options
@json_option
def resume(
    scope: str, level: str, reason: str, config: Path, data_dir: Path | None, as_json: bool
) -> None:
    """Let new orders and replaces of a scope pass again."""
    with control(config, data_dir) as client:
        halts = client.resume(scope, reason=reason, level=level)
    if as_json:
        print_json(halts)
        return
    click.echo(f"{scope} may trade again" if level == "active" else f"{scope} is {level} now")
    for halt in halts:
        if halt.scope != scope:
            click.echo(f"still {halt.level}: {halt.scope} (by {halt.who}: {halt.why})")
