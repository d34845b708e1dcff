"""`fixgate audit at`: orders, positions and halts as they were at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from gateway.audit.at import AsOf, state_at
from gateway.cli.audit_reading import record_reading
from gateway.cli.moments import Moment
from gateway.cli.options import json_option, place_options
from gateway.cli.order_output import print_orders
from gateway.cli.output import print_json, print_pairs, print_table, utc
from gateway.cli.position_output import print_positions
from gateway.config.locate import locate
from gateway.control.position_models import PositionFilter, PositionView
from gateway.control.views import OrderFilter, OrderView
from gateway.order_desk import is_wanted as is_wanted_order
from gateway.order_desk import order_view
from gateway.position_desk import is_wanted as is_wanted_position
from gateway.position_desk import unvalued


@click.command()
@click.argument("moment", metavar="TIME", type=Moment())
@click.option("--client", default="", help="Only orders of this client.")
@click.option("--account", default="", help="Only of this Account(1).")
@click.option("--symbol", default="", help="Only of this Symbol(55).")
@click.option("--all", "everything", is_flag=True, help="Closed orders and flat positions too.")
@place_options
@json_option
def at(
    moment: int,
    client: str,
    account: str,
    symbol: str,
    everything: bool,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Rebuild orders, positions and halts as they were at TIME, from the journal alone.

    TIME is UTC: "2026-11-20 10:11:12.345". All that was recorded up to then counts. Neither the
    database nor a running gateway is needed. Closed orders are those of the days before TIME that
    the gateway itself had in memory then.
    """
    where = locate(config, data_dir).data_dir
    asked = {"time": utc(moment), "client": client, "account": account, "symbol": symbol}
    given = {name: value for name, value in asked.items() if value}
    record_reading("audit at", given, config=config, data_dir=data_dir, where=where)
    found = state_at(where, moment)
    orders = list(_orders(found, client, account, symbol, everything))
    positions = list(_positions(found, moment, account, symbol, everything))
    halts = [(since, latch) for since, latch in found.state.levels.snapshot()]
    place = _place(found)
    if as_json:
        print_json(
            {
                **place,
                "orders": [view.model_dump() for view in orders],
                "positions": [view.model_dump() for view in positions],
                "halts": [
                    {"scope": one.scope, "level": one.level, "since_ns": since, "who": one.who}
                    for since, one in halts
                ],
            }
        )
        return
    print_pairs([("as of (UTC)", utc(moment)), *place.items()])
    click.echo()
    print_orders(orders, "no open orders then; --all shows closed ones")
    click.echo()
    print_positions(positions, as_json=False, empty="no positions then")
    click.echo()
    rows = [(one.scope, one.level, utc(since), one.who) for since, one in halts]
    print_table(("SCOPE", "LEVEL", "SINCE (UTC)", "BY"), rows, "nothing was halted then")


def _place(found: AsOf) -> dict[str, Any]:
    """What of the journal it rests on: anyone can fold it again up to there."""
    batch = found.batch
    return {
        "batch": batch.number,
        "segment": batch.position.segment,
        "offset": batch.position.offset,
        "hash": batch.hash.hex(),
        "recorded": utc(found.time_ns),
    }


def _orders(
    found: AsOf, client: str, account: str, symbol: str, everything: bool
) -> Iterator[OrderView]:
    """Newest first."""
    wanted = OrderFilter(client=client, account=account, symbol=symbol)
    book = found.state.book
    for order_no in reversed(book.numbers() if everything else list(book.open)):
        order = book.look_at(order_no)
        if order is not None and is_wanted_order(found.state, order, wanted):
            yield order_view(found.state, order)


def _positions(
    found: AsOf, moment: int, account: str, symbol: str, everything: bool
) -> Iterator[PositionView]:
    wanted = PositionFilter(account=account, symbol=symbol, open_only=not everything)
    positions = found.state.positions
    for position in positions:
        if is_wanted_position(position, wanted):
            yield unvalued(positions, position, moment, lots=True)
