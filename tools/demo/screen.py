"""What is seen while the demo runs: a table that moves, or plain lines where nothing can move.

Reads the day; changes nothing. It draws when no order waits for its answer, so that drawing does
not count as the gateway's latency.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from rich.console import Console, Group, JustifyMethod
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from gateway.orders.statuses import ORDER_STATUSES
from tools.client_simulator import ClientOrder
from tools.demo.day import Day
from tools.demo.trader import CANCELED, FILLED, REJECTED, Trader

ROWS_MAX: Final = 14
ROWS_MIN: Final = 3
LINES_BELOW: Final = 11
BAR_WIDTH: Final = 20
DRAW_EVERY_S: Final = 0.1
CALM_WAIT_S: Final = 0.002
CALM_TRIES: Final = 25
PARTS: Final = 4
_SIDES: Final = {"1": "buy", "2": "sell"}
_COLUMNS: Final[tuple[tuple[str, int, JustifyMethod], ...]] = (
    ("CLORDID", len("ACME-000001"), "left"),
    ("SIDE", len("sell"), "left"),
    ("QTY", len("1000000"), "right"),
    ("SYMBOL", len("SYMBOL"), "left"),
    ("PRICE", len("187.505"), "right"),
    ("DONE", len("1000"), "right"),
    ("STATUS", len("partially filled"), "left"),
)
_COLORS: Final = {FILLED: "green", CANCELED: "yellow", REJECTED: "red"}


@asynccontextmanager
async def shown(day: Day, console: Console) -> AsyncIterator[None]:
    """Show the day while the block runs."""
    moves = console.is_terminal and not console.is_dumb_terminal
    draw = _live if moves else _lines
    drawing = asyncio.create_task(draw(day, console))
    try:
        yield
    finally:
        drawing.cancel()
        with suppress(asyncio.CancelledError):
            await drawing


async def _live(day: Day, console: Console) -> None:
    rows = min(max(console.height - LINES_BELOW, ROWS_MIN), ROWS_MAX)
    with Live(console=console, auto_refresh=False) as live:
        try:
            while True:
                live.update(picture(day, rows), refresh=True)
                await asyncio.sleep(DRAW_EVERY_S)
                for _ in range(CALM_TRIES):
                    if day.calm:
                        break
                    await asyncio.sleep(CALM_WAIT_S)
        finally:
            live.update(picture(day, rows), refresh=True)


async def _lines(day: Day, console: Console) -> None:
    phase, part, told = "", 0, 0
    while True:
        for note in day.notes[told:]:
            console.print(note)
        told = len(day.notes)
        if day.phase != phase:
            phase = day.phase
            console.print(f"{phase} ...")
        reached = len(day.orders) * PARTS // day.planned
        if reached > part:
            part = reached
            console.print(_standing(day))
        await asyncio.sleep(DRAW_EVERY_S)


def picture(day: Day, rows: int) -> Group:
    """The whole screen, with the last orders in so many rows."""
    notes = Text("\n".join(day.notes), "magenta")
    return Group(_orders(day, rows), Text(), _sessions(day), Text(), _progress(day), notes)


def _orders(day: Day, rows: int) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name, width, justify in _COLUMNS:
        table.add_column(name, no_wrap=True, min_width=width, justify=justify)
    table.add_column("WHAT HAPPENS", no_wrap=True)
    last = day.orders[-rows:]
    for trader, order in last:
        table.add_row(*_row(trader, order), style=_COLORS.get(order.status, ""))
    for _ in range(rows - len(last)):
        table.add_row()
    return table


def _row(trader: Trader, order: ClientOrder) -> tuple[str, ...]:
    status = ORDER_STATUSES.get(order.status, "replaced" if order.status == "5" else "sent")
    return (
        order.cl_ord_id,
        _SIDES[order.side],
        f"{order.quantity:f}",
        order.symbol,
        order.fields.get("44", "market"),
        f"{order.cum:f}",
        status.replace("_", " "),
        trader.tales.get(order.first_cl_ord_id, ""),
    )


def _sessions(day: Day) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("SESSION", "VERSION", "STATE"):
        table.add_column(name, no_wrap=True)
    for name in ("TO FIXGATE", "FROM FIXGATE", "AGAIN", "LOGONS"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, version, state, counts in day.links:
        numbers = (counts.messages_out, counts.messages_in, counts.poss_dup_in, counts.logons)
        table.add_row(name, version, state, *map(str, numbers))
    return table


def _progress(day: Day) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    bar = ProgressBar(total=day.planned, completed=len(day.orders), width=BAR_WIDTH)
    table.add_row(bar, Text(f"{day.phase}: {_standing(day)}", no_wrap=True))
    return table


def _standing(day: Day) -> str:
    orders = [order for _, order in day.orders]
    ended = sum(order.closed for order in orders)
    executions = sum(trader.client.book.executions for trader in day.traders)
    return f"{len(orders)} of {day.planned} orders sent, {ended} ended, {executions} executions"
