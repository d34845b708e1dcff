"""`fixgate route`: which broker an order went to and why, or would go to."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from gateway.cli.options import control, json_option, place_options
from gateway.cli.output import print_json, print_pairs, print_table, utc
from gateway.control.risk_models import SideName
from gateway.control.routing_models import RouteView, WhatRoute


@click.group()
def route() -> None:
    """Show which broker an order goes to, and why that one. Nothing is changed by it."""


@route.command()
@click.argument("order")
@place_options
@json_option
def explain(order: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Show how the broker of ORDER, an OrderID(37) or ClOrdID(11), was chosen."""
    with control(config, data_dir) as client:
        found = client.explain_route(order)
    if as_json:
        print_json(found)
        return
    for number, view in enumerate(found):
        if number:
            click.echo()
        _print(view)


@route.command("what-if")
@click.option("--client", "session", required=True, help="Whose order it is: a session's name.")
@click.option("--symbol", required=True, help="Symbol(55).")
@click.option("--side", type=click.Choice(get_args(SideName)), required=True, help="Side(54).")
@click.option("--quantity", required=True, help="OrderQty(38).")
@click.option("--price", default="", help="Price(44); without one the order is at market.")
@click.option("--account", default="", help="Account(1); not given: the client's default.")
@click.option("--time-in-force", default="", help='TimeInForce(59), such as "ioc"; not given: day.')
@click.option("--security-type", default="", help="SecurityType(167).")
@click.option("--ex-destination", default="", help="ExDestination(100).")
@click.option("--on-behalf-of", default="", help="OnBehalfOfCompID(115).")
@place_options
@json_option
def what_if(
    session: str, config: Path, data_dir: Path | None, as_json: bool, **wanted: str
) -> None:
    """Show where an order would go that nobody has sent."""
    ask = WhatRoute.model_validate({"client": session, **wanted})
    with control(config, data_dir) as client:
        view = client.route_what_if(ask)
    if as_json:
        print_json(view)
        return
    _print(view)


def _print(view: RouteView) -> None:
    told = [
        ("order", view.order),
        ("decided (UTC)", utc(view.time_ns)),
        ("route", view.route),
        ("broker", view.broker),
        ("strategy", view.strategy),
        ("price of the leg", view.leg_price),
        ("market at arrival", view.arrival),
        ("rules", view.version),
        ("refused", view.refusal),
    ]
    print_pairs([(name, value) for name, value in told if value])
    if not view.considered:
        return
    click.echo()
    rows = [
        (
            one.broker,
            one.score,
            one.quote,
            one.share,
            ", ".join(f"{name} {value}" for name, value in one.factors.items()),
            one.left_out,
        )
        for one in view.considered
    ]
    print_table(("BROKER", "SCORE", "QUOTE", "SHARE", "FACTORS", "LEFT OUT"), rows, "")
