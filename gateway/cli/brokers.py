"""`fixgate brokers`: which brokers get orders, and who says so."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json, print_pairs, print_table, utc
from gateway.control.routing_models import BrokerView

COLUMNS: Final = ("BROKER", "TYPE", "VENUE", "STATE", "LINK", "OPEN ORDERS", "ROUTES")

SWITCHES: Final = {
    "enable": "Let BROKER have orders again; what waited for it goes.",
    "disable": "Let BROKER have no orders and no replaces; cancels pass.",
    "drain": "Let BROKER have no new orders; an alarm tells when none is open there any more.",
}


@click.group()
def brokers() -> None:
    """List brokers, and say which get orders. What is said holds over restarts."""


@brokers.command("list")
@place_options
@json_option
def list_(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """List brokers, with their state and their open orders."""
    with control(config, data_dir) as client:
        found = client.brokers()
    if as_json:
        print_json(found)
        return
    rows = [
        (b.name, b.type, b.venue, b.state, _link(b), b.open_orders, ", ".join(b.routes))
        for b in found
    ]
    print_table(COLUMNS, rows, "no brokers")


@brokers.command()
@click.argument("name")
@place_options
@json_option
def show(name: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Show a broker, and what was measured of it."""
    with control(config, data_dir) as client:
        view = client.broker(name)
    _show(view, as_json)


def _switch(name: str, told: str) -> None:
    """A command that switches a broker; `told`: its help."""

    @brokers.command(name, help=told)
    @click.argument("broker")
    @reason_option(required=True)
    @place_options
    @json_option
    def switch(
        broker: str, reason: str, config: Path, data_dir: Path | None, as_json: bool
    ) -> None:
        with control(config, data_dir) as client:
            view = client.broker_action(broker, name, reason=reason)
        _show(view, as_json)


for _name, _told in SWITCHES.items():
    _switch(_name, _told)


def _show(view: BrokerView, as_json: bool) -> None:
    if as_json:
        print_json(view)
        return
    told = [
        ("broker", view.name),
        ("type", view.type),
        ("venue", view.venue),
        ("state", view.state),
        ("since (UTC)", utc(view.since_ns) if view.since_ns else ""),
        ("by", view.who),
        ("why", view.why),
        ("link", _link(view)),
        ("open orders", str(view.open_orders)),
        ("routes", ", ".join(view.routes)),
    ]
    print_pairs([(name, value) for name, value in told if value])
    if view.account:
        click.echo(f"\naccount as of {utc(view.account_ns)}")
        print_pairs(list(view.account.items()))
    if view.measures:
        click.echo()
        rows = [(m.name, f"{m.value} {m.unit}", m.count) for m in view.measures]
        print_table(("MEASURED", "MEAN", "OF"), rows, "")


def _link(view: BrokerView) -> str:
    state = "reconciling" if view.reconciling else "up" if view.up else "down"
    return ", ".join([state, *(f"breaker {name}" for name in view.breakers)])
