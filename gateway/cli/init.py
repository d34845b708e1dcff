"""`fixgate init`: a configuration that runs as it is, with every setting explained in it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from gateway.config.template import INSTRUMENTS, closes_text, config_text

PRIVATE: Final = 0o600  # it may come to hold passwords


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
def init(folder: Path) -> None:
    """Write fixgate.toml, instruments.csv and closes.csv into FOLDER (default: here).

    The result runs as it is: one FIX.4.4 client, orders filled by the paper broker.
    """
    texts = {
        folder / "fixgate.toml": config_text(),
        folder / "instruments.csv": INSTRUMENTS,
        folder / "closes.csv": closes_text(datetime.now(UTC)),
    }
    there = [str(path) for path in texts if path.exists()]
    if there:
        raise click.ClickException(
            f"{', '.join(there)}: already there and left as it is; name another folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        _write(path, text)
        click.echo(f"wrote {path}")
    config = folder / "fixgate.toml"
    click.echo(f"next: fixgate check --config {config} && fixgate run --config {config}")


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
