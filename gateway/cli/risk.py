"""`fixgate risk`: why an order passes the checks or is refused, and how much of limits is left."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from gateway.cli.options import control, json_option, place_options
from gateway.cli.output import print_json, print_table
from gateway.control.risk_models import RiskView, SideName, WhatIf


@click.group()
def risk() -> None:
    """Show what every pre-trade check says of an order. Nothing is changed by it."""


@risk.command()
@click.argument("order")
@place_options
@json_option
def explain(order: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Show what the checks say of ORDER, an OrderID(37) or ClOrdID(11), as it stands now."""
    with control(config, data_dir) as client:
        _print(client.explain_risk(order), as_json)


@risk.command("what-if")
@click.option("--client", "session", required=True, help="Whose order it is: a session's name.")
@click.option("--symbol", required=True, help="Symbol(55).")
@click.option("--side", type=click.Choice(get_args(SideName)), required=True, help="Side(54).")
@click.option("--quantity", required=True, help="OrderQty(38).")
@click.option("--price", default="", help="Price(44); without one the order is at market.")
@click.option("--account", default="", help="Account(1); not given: the client's default.")
@click.option("--strategy", default="", help="What the client's strategy_tag would name.")
@place_options
@json_option
def what_if(
    session: str,
    symbol: str,
    side: SideName,
    quantity: str,
    price: str,
    account: str,
    strategy: str,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Show what the checks would say of an order that nobody has sent."""
    ask = WhatIf(
        client=session,
        symbol=symbol,
        side=side,
        quantity=quantity,
        price=price,
        account=account,
        strategy=strategy,
    )
    with control(config, data_dir) as client:
        _print(client.what_if(ask), as_json)


def _print(view: RiskView, as_json: bool) -> None:
    if as_json:
        print_json(view)
        return
    said = [(one.check, one.refusal or "passes") for one in view.verdicts]
    print_table(("CHECK", "SAYS"), said, "no checks")
    click.echo()
    left = [(use.limit, use.scope, use.value, use.used, use.left, use.source) for use in view.uses]
    print_table(("LIMIT", "SCOPE", "VALUE", "USED", "LEFT", "SAID"), left, "no limits")
    click.echo()
    by = f" by override {view.override}" if view.override else ""
    click.echo(f"passes{by}" if view.passes else "refused")
    if view.passed_by:
        click.echo(f"it was let pass by {view.passed_by}")
