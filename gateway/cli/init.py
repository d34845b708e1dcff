"""`fixgate init`: a configuration that runs as it is, with every setting explained in it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from gateway.cli.options import json_option
from gateway.cli.output import called
from gateway.cli.reference import print_quickfix, print_reference
from gateway.config.from_quickfix import convert
from gateway.config.quickfix_file import QuickfixFileError
from gateway.config.template import INSTRUMENTS, closes_text, config_text

PRIVATE: Final = 0o600  # it may come to hold passwords


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--reference", is_flag=True, help="Print every setting instead; write nothing.")
@click.option("--quickfix", is_flag=True, help="With --reference: by the names in QuickFIX.")
@click.option(
    "--from-quickfix",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Make fixgate.toml of a QuickFIX configuration, and tell what is not in it.",
)
@json_option
def init(
    folder: Path, reference: bool, quickfix: bool, from_quickfix: Path | None, as_json: bool
) -> None:
    """Write fixgate.toml, instruments.csv and closes.csv into FOLDER (default: here).

    The result runs as it is: one FIX.4.4 client, orders filled by the paper broker; or the sessions
    of a QuickFIX configuration.
    """
    if reference:
        (print_quickfix if quickfix else print_reference)(as_json)
        return
    if quickfix or as_json:
        raise click.UsageError("--quickfix and --json go with --reference")
    written, notes = _converted(from_quickfix) if from_quickfix else (config_text(), [])
    texts = {
        folder / "fixgate.toml": written,
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
    for note in notes:
        click.echo(f"note: {note}")
    config = folder / "fixgate.toml"
    click.echo(f"next: {called()} check --config {config} && {called()} run --config {config}")


def _converted(file: Path) -> tuple[str, list[str]]:
    try:
        return convert(file.read_text(encoding="utf-8"), file.absolute().parent)
    except (QuickfixFileError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: is no QuickFIX configuration: {error}") from None


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
