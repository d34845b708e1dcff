"""`fixgate audit hold`: what of the record must not expire, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gateway.cli.moments import Moment
from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json, print_table, utc
from gateway.config import load_config
from gateway.config.locate import locate
from gateway.control.audit_models import Hold, HoldView
from gateway.control.errors import GatewayNotRunning
from gateway.retention.holds import retention_of
from gateway.retention.offline import hold_offline, release_offline
from store.segment import JOURNAL_FOLDER


@click.group()
def hold() -> None:
    """List, set and release legal holds: what they name never expires.

    The record expires from its oldest end on, so what is newer than the oldest that is held stays
    as well.
    """


@hold.command("list")
@place_options
@json_option
def list_(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """List the holds in force: on what, since when, by whom and why."""
    held = retention_of(locate(config, data_dir).data_dir / JOURNAL_FOLDER).holds
    rows: list[dict[str, Any]] = [
        {
            "hold_no": event.hold_no,
            "from_ns": event.from_ns,
            "to_ns": event.to_ns,
            "set_ns": set_ns,
            "who": event.who,
            "why": event.why,
        }
        for set_ns, event in held.values()
    ]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("HOLD", "FROM (UTC)", "TO (UTC)", "SET (UTC)", "WHO", "WHY"), map(_line, rows), "no holds"
    )


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    since, until = utc(row["from_ns"]) or "the beginning", utc(row["to_ns"]) or "no end"
    return row["hold_no"], since, until, utc(row["set_ns"]), row["who"], row["why"]


@hold.command("set")
@click.option("--from", "from_ns", type=Moment(), help="From this time on, UTC.")
@click.option("--to", "to_ns", type=Moment(), help="Before this time, UTC.")
@place_options
@reason_option(required=True)
@json_option
def set_(
    from_ns: int | None,
    to_ns: int | None,
    config: Path,
    data_dir: Path | None,
    reason: str,
    as_json: bool,
) -> None:
    """Let nothing expire that was recorded between two times; without them, nothing at all."""
    since, until = from_ns or 0, to_ns or 0
    try:
        with control(config, data_dir) as client:
            made = client.set_hold(Hold(from_ns=since, to_ns=until, reason=reason))
    except GatewayNotRunning:
        made = hold_offline(load_config(config, data_dir), since, until, reason)
    _told(made, as_json, "set")


@hold.command()
@click.argument("number", type=click.IntRange(min=1))
@place_options
@reason_option(required=True)
@json_option
def release(number: int, config: Path, data_dir: Path | None, reason: str, as_json: bool) -> None:
    """End a hold; what is past the policy expires with the next round."""
    try:
        with control(config, data_dir) as client:
            made = client.release_hold(number, reason)
    except GatewayNotRunning:
        release_offline(load_config(config, data_dir), number, reason)
        made = HoldView(hold_no=number)
    _told(made, as_json, "released")


def _told(made: HoldView, as_json: bool, what: str) -> None:
    if as_json:
        print_json(made)
        return
    click.echo(f"hold {made.hold_no} {what}")
    if made.gone_until_ns:
        click.echo(
            f"It comes too late for what was recorded until {utc(made.gone_until_ns)} UTC, up to"
            f" batch {made.gone_through_batch}: that has expired and is gone; look for backups"
        )
