"""`fixgate audit seal`: sign how far the record goes, now."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json, utc
from gateway.config.locate import locate
from gateway.control.audit_models import SealView
from gateway.control.errors import GatewayNotRunning
from gateway.seals.offline import seal_offline


@click.command()
@place_options
@reason_option(required=False)
@json_option
def seal(config: Path, data_dir: Path | None, reason: str, as_json: bool) -> None:
    """Seal the record up to now, of a running gateway or a folder that nobody runs.

    The seal is a small file in the folder "seals" of the data folder: keep a copy elsewhere.
    """
    try:
        with control(config, data_dir) as client:
            made = client.seal(reason)
    except GatewayNotRunning:
        made = SealView.model_validate(asdict(seal_offline(locate(config, data_dir), reason)))
    if as_json:
        print_json(made)
        return
    click.echo(
        f"seal {made.number}: batch {made.batch} of {utc(made.time_ns)} UTC, by key {made.key}"
    )
