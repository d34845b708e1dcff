"""`fixgate alarms`: what operators must see, until one of them says that it is seen to."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json, print_table, utc
from gateway.control.views import AlarmView

NOT_DELIVERED = 1  # exit code


@click.group()
def alarms() -> None:
    """List alarms that nobody has acknowledged, acknowledge them, and test who is told of them.
    ALARM is a key that `list` shows.
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


alarms.add_command(acknowledge, "ack")


@alarms.command()
@click.option("--sink", required=True, help="The name of an [[alerts]] entry.")
@place_options
@json_option
def test(sink: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Send a test alert, and say what came of it; exit code 1 if it was not delivered."""
    with control(config, data_dir) as client:
        view = client.test_alerts(sink)
    if as_json:
        print_json(view)
    else:
        came = "delivered" if view.delivered else "not delivered"
        click.echo(f"{view.name} ({view.type}): {came} after {view.took_ms} ms: {view.text}")
    if not view.delivered:
        raise SystemExit(NOT_DELIVERED)


def _print(views: list[AlarmView], as_json: bool) -> None:
    if as_json:
        print_json(views)
        return
    rows = [(view.key, utc(view.time_ns), view.count, view.code, view.text) for view in views]
    print_table(("ALARM", "LAST AT (UTC)", "TIMES", "CODE", "TEXT"), rows, "no alarms")
