"""`fixgate alarms`: what operators must see, until one of them says that it is seen to."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json, print_table, utc
from gateway.control.views import AlarmView


@click.group()
def alarms() -> None:
    """List alarms that nobody has acknowledged, and acknowledge them. ALARM is a key that `list`
    shows.
    """


@alarms.command("list")
@place_options
@json_option
def list_(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """List alarms that nobody has acknowledged, the newest first; a restart ends none."""
    with control(config, data_dir) as client:
        _print(client.alarms(), as_json)


@alarms.command()
@click.argument("alarm", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that there are.")
@reason_option(required=True)
@place_options
@json_option
def acknowledge(
    alarm: tuple[str, ...],
    everything: bool,
    reason: str,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Say that alarms are seen to; shows those that are left."""
    if everything == bool(alarm):
        raise click.UsageError("name alarms, or say --all")
    with control(config, data_dir) as client:
        _print(client.acknowledge_alarms(list(alarm), reason=reason), as_json)


def _print(views: list[AlarmView], as_json: bool) -> None:
    if as_json:
        print_json(views)
        return
    rows = [(view.key, utc(view.time_ns), view.count, view.code, view.text) for view in views]
    print_table(("ALARM", "LAST AT (UTC)", "TIMES", "CODE", "TEXT"), rows, "no alarms")
