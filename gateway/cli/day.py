"""`fixgate day`: the business date, and its roll by hand."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import day_text, print_json, print_pairs, utc
from gateway.control.views import DayView


@click.group()
def day() -> None:
    """Show the business date, and let it roll before its time."""


@day.command()
@place_options
@json_option
def show(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Show the business date and its next roll."""
    with control(config, data_dir) as client:
        view = client.day()
    _print(view, as_json)


@day.command()
@reason_option(required=True)
@place_options
@json_option
def roll(reason: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Begin the next business date now. Orders roll as at its time, which does not roll again."""
    with control(config, data_dir) as client:
        view = client.roll_day(reason=reason)
    _print(view, as_json)


def _print(view: DayView, as_json: bool) -> None:
    if as_json:
        print_json(view)
        return
    if not view.business_date:
        click.echo("no business date is kept: [day] has no roll_time")
        return
    print_pairs(
        [
            ("business date", day_text(view.business_date)),
            ("since (UTC)", utc(view.since_ns)),
            ("rolled by", view.who),
            ("why", view.why),
            ("next date", day_text(view.next_date)),
            ("next roll (UTC)", utc(view.next_roll_ns)),
            ("orders still to roll", view.orders_to_roll or ""),
        ]
    )
