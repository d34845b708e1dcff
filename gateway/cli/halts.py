"""`fixgate halts`: the levels of trading in force, and how far their cancels are."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.halt import show_residue
from gateway.cli.options import control, json_option, place_options
from gateway.cli.output import print_json, print_table, utc


@click.command()
@place_options
@json_option
def halts(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Show which scopes may not trade freely, and what is still open that is to be canceled."""
    with control(config, data_dir) as client:
        found = client.halts()
    if as_json:
        print_json(found)
        return
    rows = [(h.scope, h.level, h.open_orders, h.who, utc(h.since_ns), h.why) for h in found]
    print_table(("SCOPE", "LEVEL", "OPEN", "BY", "SINCE (UTC)", "WHY"), rows, "nothing is halted")
    if any(halt.cancel_open for halt in found):
        click.echo()
        show_residue(found)
