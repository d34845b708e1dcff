"""`fixgate prices`: what orders that are held for a price, and price collars, go by."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json, print_table, utc
from gateway.control.views import PriceKind, PriceView
from gateway.translate.inbound import positive

_HEAD = ("SYMBOL", "KIND", "PRICE", "", "SOURCE", "AGE", "AT (UTC)")


@click.group()
def prices() -> None:
    """List the prices that are known, or state one."""


@prices.command("list")
@place_options
@json_option
def list_(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """List last trades, quotes and closes, who said them, and how old they are; "*" marks what
    orders are judged by.
    """
    with control(config, data_dir) as client:
        views = client.prices()
    if as_json:
        print_json(views)
        return
    print_table(
        _HEAD,
        map(_row, views),
        "no prices yet",
    )


def _row(view: PriceView) -> tuple[object, ...]:
    mark = "*" if view.is_reference else ""
    age = f"{view.age_s:.0f} s" if view.fresh else f"{view.age_s:.0f} s, too old"
    return (view.symbol, view.kind, view.price, mark, view.source, age, utc(view.time_ns))


@prices.command("set")
@click.argument("symbol")
@click.argument("price")
@click.option(
    "--kind",
    type=click.Choice(get_args(PriceKind)),
    default="last",
    show_default=True,
    help="The last trade, or a side of the quote.",
)
@click.option("--force", is_flag=True, help="Also more than 20 % from the reference price.")
@reason_option(required=True)
@place_options
@json_option
def set_(
    symbol: str,
    price: str,
    kind: PriceKind,
    force: bool,
    reason: str,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """State a price, as if it had just been seen: stops that it reaches are triggered, and a last
    trade is the reference price of risk checks from now on.
    """
    number = positive(price)
    if number is None:
        raise click.BadParameter(f"{price} is no number above 0", param_hint="PRICE")
    with control(config, data_dir) as client:
        view = client.state_price(symbol, price=number, kind=kind, reason=reason, force=force)
    if as_json:
        print_json(view)
    else:
        click.echo(f"{view.symbol}: {view.kind} is {view.price}")
