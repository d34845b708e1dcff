"""`fixgate exposure`: what is at risk now, and how much of the limits is used."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.options import control, json_option, place_options
from gateway.cli.output import print_json, print_pairs, print_table
from gateway.control.exposure_models import ExposureView


@click.command()
@click.option("--scope", default="", help='"firm", "KIND:NAME", or "KIND:*" for each of a kind.')
@place_options
@json_option
def exposure(scope: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Show what the firm, each client and each account have at risk in open orders and positions;
    of one scope all that is known, with its limits.
    """
    with control(config, data_dir) as client:
        views = client.exposure(scope)
    if as_json:
        print_json(views)
    elif len(views) == 1 and scope:
        _print_one(views[0])
    else:
        head = ("SCOPE", "OPEN", "UNKNOWN", "BUYS", "SELLS", "LONG", "SHORT", "TODAY", "UNREALISED")
        print_table((*head, "NO PRICE", "WORST LIMIT"), map(_row, views), "nothing is at risk")


def _row(view: ExposureView) -> tuple[object, ...]:
    orders = (view.open_orders, view.unknown_orders, view.open_buys, view.open_sells)
    held = (view.long_value, view.short_value, view.realised_today, view.unrealised)
    return (view.scope, *orders, *held, ", ".join(view.unpriced), _worst(view))


def _worst(view: ExposureView) -> str:
    """The limit that is nearest to its end."""
    used = [(float(use.used) / float(use.value), use.limit) for use in view.limits]
    if not used:
        return ""
    ratio, limit = max(used)
    return f"{limit} {ratio:.0%}"


def _print_one(view: ExposureView) -> None:
    print_pairs(
        [
            ("scope", view.scope),
            ("currency", view.currency),
            ("open orders", f"{view.open_orders}, {view.unknown_orders} of them unknown"),
            ("open buys", f"{view.open_buys} for {view.open_buys_quantity} units"),
            ("open sells", f"{view.open_sells} for {view.open_sells_quantity} units"),
            ("long positions", view.long_value),
            ("short positions", view.short_value),
            ("net positions", view.net_value),
            ("gross, orders too", view.gross_value),
            ("realised today", view.realised_today),
            ("unrealised", view.unrealised),
            ("no price or rate", ", ".join(view.unpriced)),
            ("credit in use", view.credit_used),
        ]
    )
    click.echo()
    rows = [(use.limit, use.value, use.used, use.left) for use in view.limits]
    print_table(("LIMIT", "VALUE", "USED", "LEFT"), rows, "no limits of this scope")
