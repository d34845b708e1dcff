"""`fixgate positions`: what accounts hold and what it brought, and what an operator says of it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import click

from gateway.cli.numbers import Number
from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json, print_table
from gateway.cli.position_breaks import FOUND_BREAKS, breaks
from gateway.cli.position_output import print_position, print_positions
from gateway.cli.position_rows import read_rows
from gateway.control.position_models import (
    POSITIONS_MAX,
    BreakView,
    PositionFilter,
    PositionRow,
    ReconcilePositions,
)

_force_option = click.option("--force", is_flag=True, help="Also accounts that no client has.")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def positions() -> None:
    """List, import and adjust positions, and hold a broker's against them."""


@positions.command("list")
@click.option("--account", default="", help="Only of this Account(1).")
@click.option("--symbol", default="", help="Only of this Symbol(55).")
@click.option("--strategy", default="", help="Only of this strategy.")
@click.option("--currency", default="", help="Only in this currency.")
@click.option("--all", "everything", is_flag=True, help="Flat ones too.")
@click.option("--limit", default=100, type=click.IntRange(1, POSITIONS_MAX), show_default=True)
@place_options
@json_option
def list_(
    account: str,
    symbol: str,
    strategy: str,
    currency: str,
    everything: bool,
    limit: int,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """List positions, with what they have brought by average cost, before commissions."""
    wanted = PositionFilter(
        account=account,
        symbol=symbol,
        strategy=strategy,
        currency=currency,
        open_only=not everything,
        limit=limit,
    )
    with control(config, data_dir) as client:
        views = client.positions(wanted)
    empty = "no such positions" if everything else "no open positions; --all shows the flat ones"
    print_positions(views, as_json, empty)
    if len(views) == limit and not as_json:
        click.echo(f"the first {limit} only, and sums of these; --limit shows more")


@positions.command()
@click.argument("account")
@click.argument("symbol")
@click.option("--strategy", default="", help="Only of this strategy.")
@place_options
@json_option
def show(
    account: str, symbol: str, strategy: str, config: Path, data_dir: Path | None, as_json: bool
) -> None:
    """Show the positions of an account in a symbol: one a strategy, with lots and commissions."""
    wanted = PositionFilter(
        account=account, symbol=symbol, strategy=strategy, lots=True, limit=POSITIONS_MAX
    )
    with control(config, data_dir) as client:
        views = client.positions(wanted)
    if not views:
        of = f" for strategy {strategy}" if strategy else ""
        raise click.ClickException(f"account {account} has never had {symbol}{of}")
    if as_json:
        print_json(views)
        return
    for number, view in enumerate(views):
        if number:
            click.echo()
        print_position(view)


@positions.command("import")
@click.argument("file", type=_FILE)
@_force_option
@reason_option(required=True)
@place_options
@json_option
def import_(
    file: Path, force: bool, reason: str, config: Path, data_dir: Path | None, as_json: bool
) -> None:
    """Have positions as a CSV FILE says, at the start of the day: all of them, or none. Columns:
    account, symbol, quantity, price of one or cost of all, and perhaps currency and strategy.
    Positions that are not in it stay.
    """
    rows = read_rows(file)
    with control(config, data_dir) as client:
        view = client.import_positions(rows, file=file.name, reason=reason, force=force)
    if as_json:
        print_json(view)
    else:
        click.echo(f"{view.positions} position(s) imported")


@positions.command()
@click.argument("account")
@click.argument("symbol")
@click.option("--quantity", type=Number(), required=True, help="What is held; below 0: short.")
@click.option("--price", type=Number(), help="What one unit cost.")
@click.option("--cost", type=Number(), help="What all of it cost, in place of --price.")
@click.option("--currency", default="", help="That of the instrument, if it is not said.")
@click.option("--strategy", default="", help="Of this strategy.")
@_force_option
@reason_option(required=True)
@place_options
@json_option
def adjust(
    account: str,
    symbol: str,
    quantity: Decimal,
    price: Decimal | None,
    cost: Decimal | None,
    currency: str,
    strategy: str,
    force: bool,
    reason: str,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Say what a position is from now on; nothing is realised by it."""
    if quantity and (price is None) == (cost is None):
        raise click.UsageError("say what it cost: either --price of one unit, or --cost of all")
    row = PositionRow(
        account=account,
        symbol=symbol,
        quantity=quantity,
        price=price,
        cost=cost,
        currency=currency,
        strategy=strategy,
    )
    with control(config, data_dir) as client:
        view = client.adjust_position(row, reason=reason, force=force)
    if as_json:
        print_json(view)
    else:
        print_position(view)


@positions.command()
@click.argument("file", type=_FILE)
@click.option(
    "--quantity-tolerance",
    type=Number(),
    default="0",
    show_default=True,
    help="Units that a quantity may differ by.",
)
@click.option(
    "--price-tolerance",
    type=Number(),
    default="0.0001",
    show_default=True,
    help="Part of the broker's average price that it may differ by.",
)
@place_options
@json_option
def reconcile(
    file: Path,
    quantity_tolerance: Decimal,
    price_tolerance: Decimal,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Hold a broker's positions, a CSV FILE as for `import`, against ours, for the accounts in it.
    Without a column for the strategy, all strategies of an account are added up. Nothing is
    changed; exit code 1 if there are differences.
    """
    ask = ReconcilePositions(
        rows=read_rows(file),
        quantity_tolerance=quantity_tolerance,
        price_tolerance=price_tolerance,
    )
    with control(config, data_dir) as client:
        found = client.reconcile_positions(ask)
    if as_json:
        print_json(found)
    else:
        head = ("BREAK", "ACCOUNT", "SYMBOL", "STRATEGY", "QTY", "BROKER", "AVGPX", "BROKER")
        print_table((*head, "LINE"), map(_row, found.breaks), "no differences")
        click.echo(f"{found.compared} position(s) compared, {len(found.breaks)} difference(s)")
    if found.breaks:
        raise SystemExit(FOUND_BREAKS)


def _row(view: BreakView) -> tuple[object, ...]:
    name = (view.kind, view.account, view.symbol, view.strategy)
    quantities = (view.quantity, view.broker_quantity)
    return (*name, *quantities, view.average_price, view.broker_price, view.line or "")


positions.add_command(breaks)
