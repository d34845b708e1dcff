"""`fixgate breakers`: circuit breakers, and who lets trade again what they stopped."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json, print_table, utc
from gateway.control.breaker_models import BreakerView


@click.group()
def breakers() -> None:
    """List breakers, trip them and reset them. NAME is that of a [[breakers]] entry; SCOPE is as
    firm, account:ACC1 or broker:SIM.
    """


@breakers.command("list")
@place_options
@json_option
def list_(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """List breakers, and for what they have tripped."""
    with control(config, data_dir) as client:
        found = client.breakers()
    if as_json:
        print_json(found)
        return
    rows = [(b.name, _condition(b), ", ".join(b.actions), _state(b), _tripped(b)) for b in found]
    columns = ("BREAKER", "TRIPS AT", "ACTIONS", "STATE", "TRIPPED FOR")
    print_table(columns, rows, "no breakers are configured")


@breakers.command()
@click.argument("name")
@place_options
@json_option
def show(name: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Show a breaker: what it reads, and for what it has tripped, since when and why."""
    with control(config, data_dir) as client:
        view = client.breaker(name)
    _show(view, as_json)


@breakers.command()
@click.argument("name")
@click.argument("scope", default="")
@reason_option(required=True)
@place_options
@json_option
def trip(
    name: str, scope: str, reason: str, config: Path, data_dir: Path | None, as_json: bool
) -> None:
    """Have a breaker do for a scope what it is there for."""
    with control(config, data_dir) as client:
        view = client.breaker_action(name, "trip", scope, reason=reason)
    _show(view, as_json)


@breakers.command()
@click.argument("name")
@click.argument("scope", default="")
@reason_option(required=True)
@place_options
@json_option
def reset(
    name: str, scope: str, reason: str, config: Path, data_dir: Path | None, as_json: bool
) -> None:
    """Let a scope trade again that a breaker has tripped for; it counts anew from here on."""
    with control(config, data_dir) as client:
        view = client.breaker_action(name, "reset", scope, reason=reason)
    _show(view, as_json)


def _show(view: BreakerView, as_json: bool) -> None:
    if as_json:
        print_json(view)
        return
    click.echo(f"{view.name}: {_condition(view)} of {', '.join(view.scopes)}")
    click.echo(f"actions: {', '.join(view.actions)}")
    rows = [
        (t.scope, t.reading, t.threshold, t.route, t.who, utc(t.since_ns), t.why)
        for t in view.trips
    ]
    columns = ("TRIPPED FOR", "READ", "THRESHOLD", "ROUTE", "BY", "SINCE (UTC)", "WHY")
    print_table(columns, rows, "it has not tripped")
    for trip_ in view.trips:
        if trip_.closing:
            click.echo(f"closing the positions of {trip_.scope}: {trip_.closing}")
    if view.readings:
        click.echo()
        readings = [(one.scope, one.reading) for one in view.readings]
        print_table(("READS OF", view.unit.upper()), readings, "")


def _condition(view: BreakerView) -> str:
    window = f" in {view.window_s} s" if view.window_s else ""
    return f"{view.condition} {view.threshold} {view.unit}{window}"


def _state(view: BreakerView) -> str:
    state = "tripped" if view.trips else "ready"
    return state if view.configured else f"{state}, not configured any more"


def _tripped(view: BreakerView) -> str:
    return ", ".join(f"{t.scope} {t.route}".rstrip() for t in view.trips)
