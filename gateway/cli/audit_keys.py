"""`fixgate audit keys`: the keys that seal the record. Works on their folder; needs no gateway."""

from __future__ import annotations

from pathlib import Path
from time import time_ns
from typing import Any

import click

from gateway.cli.options import json_option, place_options
from gateway.cli.output import print_json, print_table, utc
from gateway.config.locate import Place, locate
from gateway.seals.errors import SealError
from gateway.seals.folder import SEALS_FOLDER, SealFolder
from gateway.seals.keys import KeyFolder, PublicKey, Trusted

EMPTY = "no keys: `fixgate audit keys new` makes one"


@click.group()
def keys() -> None:
    """Make, rotate and list the keys that seal the record (Ed25519).

    Their folder is keys_dir of [audit]: a private file that only the gateway's user reads, and a
    public file of each key, which is all that verification needs.
    """


@keys.command()
@place_options
@json_option
def new(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Make the first key; or one that follows a key whose private file is lost."""
    place = locate(config, data_dir)
    folder = KeyFolder(place.keys_dir)
    made = folder.new(_now(place))
    if made.previous:
        click.echo(
            f"it follows key {made.previous} without its signature: whoever verifies has to say"
            f" --trust {made.key}",
            err=True,
        )
    _made(folder, made, as_json)


@keys.command()
@place_options
@json_option
def rotate(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Make another key, signed by the one before, whose private file is removed.

    A running gateway seals by it from then on. Seals of before verify as they did.
    """
    place = locate(config, data_dir)
    folder = KeyFolder(place.keys_dir)
    _made(folder, folder.rotate(_now(place)), as_json)


def _now(place: Place) -> int:
    """Behind the last seal, which the key before has made, also where the clock was set back."""
    try:
        newest = SealFolder(place.data_dir / SEALS_FOLDER).newest()
    except SealError:
        newest = None  # `fixgate audit verify` tells of it; a key can be made all the same
    return time_ns() if newest is None else max(time_ns(), newest.time_ns + 1)


def _made(folder: KeyFolder, made: PublicKey, as_json: bool) -> None:
    if as_json:
        print_json(_row(folder, made, ""))
        return
    click.echo(f"{folder.folder}: key {made.key}: keep a copy of its public file elsewhere")


@keys.command("list")
@place_options
@json_option
def list_(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """List the keys, from when they are used, and what is wrong with them."""
    folder = KeyFolder(locate(config, data_dir).keys_dir)
    problems = {path.name.partition(".")[0]: text for path, text in Trusted(folder).problems}
    rows = [_row(folder, key, problems.get(key.key, "")) for key in folder.all()]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("KEY", "USED FROM (UTC)", "FOLLOWS", "PRIVATE FILE", "PROBLEM"),
        [
            (r["key"], utc(r["from_ns"]), r["previous"], r["has_private_file"], r["problem"])
            for r in rows
        ],
        EMPTY,
    )


def _row(folder: KeyFolder, key: PublicKey, problem: str) -> dict[str, Any]:
    return {
        "key": key.key,
        "public_key": key.public_key,
        "from_ns": key.from_ns,
        "previous": key.previous,
        "has_private_file": folder.private_path(key.key).exists(),
        "problem": problem,
    }
