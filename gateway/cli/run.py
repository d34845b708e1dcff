"""`fixgate run`: reads the configuration and hands it to the runtime."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gateway.cli.options import place_options
from gateway.config.load import ConfigFile


@click.command()
@place_options
def run(config: Path, data_dir: Path | None) -> None:
    """Run the gateway until SIGTERM or Ctrl-C.

    It then takes no new orders, waits for answers that are due (drain_deadline_s), logs out and
    says what stays open. A second signal ends it at once.
    """
    file = ConfigFile(config.absolute(), data_dir.absolute() if data_dir else None)
    settings = file.read()
    from gateway.process import run as serve  # noqa: PLC0415 - a bad file is told before it loads

    sys.exit(serve(settings, file))
