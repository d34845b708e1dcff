"""`fixgate audit archive`: let the record go by its policy, now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli.audit_place import progress_bar
from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json
from gateway.config import load_config
from gateway.control.audit_models import ArchiveNow, ArchiveView
from gateway.control.client import ControlClient
from gateway.control.errors import GatewayNotRunning, NoAnswer
from gateway.retention.offline import archive_offline, plan_offline
from gateway.retention.told import archive_view
from gateway.retention.work import Step

STEP_WAIT_S: Final = 3600.0
"""For one segment, however big and slow its disk, behind one of the gateway's own round."""


@click.command()
@place_options
@reason_option(required=False)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@json_option
def archive(config: Path, data_dir: Path | None, reason: str, dry_run: bool, as_json: bool) -> None:
    """Move old sealed files of the journal to the archive, and remove those past the policy.

    As [archive] of the configuration says, of a running gateway or a folder that nobody runs. A
    running gateway does it by itself, each day behind its seal.
    """
    told: dict[str, Any] = {"archived": [], "expired": [], "size": 0, "packed_size": 0}
    with progress_bar("archiving", "segments") as progress:
        for view in _steps(config, data_dir, reason, dry_run):
            for name in ("archived", "expired", "size", "packed_size"):
                told[name] += getattr(view, name)
            told |= {n: getattr(view, n) for n in ("to_archive", "to_expire", "stays", "is_kept")}
            done = len(told["archived"]) + len(told["expired"])
            progress(done, done + len(view.to_archive) + len(view.to_expire))
    if as_json:
        print_json(told)
    else:
        _print(told)


def _steps(
    config: Path, data_dir: Path | None, reason: str, dry_run: bool
) -> Iterator[ArchiveView]:
    try:
        with control(config, data_dir) as client:
            client.health()  # one that is stalled is told at once
        with control(config, data_dir, STEP_WAIT_S) as client:
            yield from _of_running(client, reason, dry_run)
    except GatewayNotRunning:
        loaded = load_config(config, data_dir)
        if dry_run:
            yield archive_view(Step(plan_offline(loaded), None, 0))
        else:
            yield from map(archive_view, archive_offline(loaded, reason))


def _of_running(client: ControlClient, reason: str, dry_run: bool) -> Iterator[ArchiveView]:
    """A call a step, which a running gateway ends also if nobody waits for it any more."""
    try:
        view = client.archive(ArchiveNow(reason=reason, dry_run=dry_run))
        yield view
        while not dry_run and (view.archived or view.expired) and _is_left(view):
            view = client.archive(ArchiveNow(reason=reason, goes_on=True))
            yield view
    except NoAnswer as error:
        raise NoAnswer(
            f"{error}\nIf it runs, it ends the segment that it is at; `fixgate audit archive"
            " --dry-run` shows what is left to do, the same command without it does the rest"
        ) from None


def _is_left(view: ArchiveView) -> bool:
    return bool(view.to_archive or view.to_expire)


def _print(told: dict[str, Any]) -> None:
    size, packed = told["size"] >> 20, told["packed_size"] >> 20
    for name, text in (
        ("archived", f"archived, {size} MiB as {packed} MiB"),
        ("expired", "expired and removed"),
        ("to_archive", "to be archived"),
        ("to_expire", "to expire, and to be removed"),
    ):
        if told[name]:
            click.echo(f"{_shown(told[name])} {text}")
    if not (told["archived"] or told["expired"] or told["to_archive"] or told["to_expire"]):
        click.echo("nothing to archive, and nothing to expire")
    for why in (told["stays"], told["is_kept"]):
        if why:
            click.echo(f"stays: {why}")


def _shown(numbers: list[int]) -> str:
    """They follow each other."""
    if len(numbers) == 1:
        return f"segment {numbers[0]}"
    return f"segments {numbers[0]} to {numbers[-1]}"
