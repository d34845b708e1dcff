"""`fixgate health`: for probes of systemd, containers and load balancers."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gateway.cli.failures import FAILED
from gateway.cli.options import control, json_option, place_options
from gateway.cli.output import print_json


@click.command()
@place_options
@click.option("--ready", is_flag=True, help="Fail also while it can't take orders.")
@json_option
def health(config: Path, data_dir: Path | None, ready: bool, as_json: bool) -> None:
    """Exit 0 when the gateway is alive (with --ready: ready for orders), 1 if not, 3 if absent."""
    with control(config, data_dir) as client:
        view = client.health()
    if as_json:
        print_json(view)
    else:
        click.echo("ready" if view.ready else "alive" if view.alive else "not alive")
        for reason in view.reasons:
            click.echo(f"not ready: {reason}")
    good = view.alive and (view.ready or not ready)
    sys.exit(0 if good else FAILED)
