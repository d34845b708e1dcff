"""How commands print positions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import click

from gateway.cli.output import print_json, print_pairs, print_table, utc
from gateway.control.position_models import PositionView


def print_positions(views: Sequence[PositionView], as_json: bool, empty: str) -> None:
    """A table of positions, and what they make by currency: sums never cross one."""
    if as_json:
        print_json(list(views))
        return
    head = ("ACCOUNT", "SYMBOL", "STRATEGY", "QTY", "AVGPX", "PRICE", "UNREALISED", "TODAY")
    print_table((*head, "REALISED", "CCY"), map(_row, views), empty)
    for currency in dict.fromkeys(view.currency for view in views):
        click.echo(_total([view for view in views if view.currency == currency], currency))


def _row(view: PositionView) -> tuple[object, ...]:
    name = (view.account, view.symbol, view.strategy, view.quantity, view.average_price)
    price = f"{view.price} ({view.unpriced})" if view.price and view.unpriced else view.price
    unrealised = "unpriced" if view.unpriced else view.unrealised
    return (*name, price, unrealised, view.realised_today, view.realised, view.currency)


def _total(views: Sequence[PositionView], currency: str) -> str:
    unpriced = sum(bool(view.unpriced) for view in views)
    text = (
        f"{currency}: realised {_sum(v.realised for v in views)},"
        f" of it today {_sum(v.realised_today for v in views)},"
        f" unrealised {_sum(v.unrealised for v in views if v.unrealised)}"
    )
    return f"{text} without {unpriced} unpriced" if unpriced else text


def _sum(texts: Iterable[str]) -> str:
    return format(sum(map(Decimal, texts), Decimal(0)), "f")


def print_position(view: PositionView) -> None:
    """One position, with its lots."""
    paid = ", ".join(f"{money} {currency}" for currency, money in view.commissions.items())
    print_pairs(
        [
            ("Account(1)", view.account),
            ("Symbol(55)", view.symbol),
            ("Currency(15)", view.currency),
            ("strategy", view.strategy),
            ("quantity", view.quantity),
            ("average price", view.average_price),
            ("cost", view.cost),
            ("reference price", view.price),
            ("of (UTC)", utc(view.price_ns)),
            ("unrealised", f"unpriced: {view.unpriced}" if view.unpriced else view.unrealised),
            ("realised", view.realised),
            ("realised, first in first out", view.realised_fifo),
            ("realised today", view.realised_today),
            ("dividends", view.income if view.income != "0" else ""),
            ("commissions", paid),
            ("lots", ", ".join(f"{lot.quantity} at {lot.price}" for lot in view.lots)),
        ]
    )
