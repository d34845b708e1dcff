"""What is printed when the day is over: one order's story, the totals, and where to look next."""

from __future__ import annotations

import shlex
from typing import Final

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from gateway.audit.render import render
from gateway.audit.story import Story
from gateway.cli.output import called
from tools.demo.place import Place
from tools.demo.record import Record
from tools.demo.totals import Totals

_WORDS: Final = (
    ("orders", "orders sent"),
    ("acknowledged", "acknowledged by the broker"),
    ("filled", "filled"),
    ("canceled", "canceled"),
    ("replaced", "replaces confirmed"),
    ("rejected_by_risk", "refused by fixgate's risk checks"),
    ("rejected_by_broker", "refused by the broker"),
    ("executions", "executions"),
    ("messages_in", "FIX messages into the gateway"),
    ("messages_out", "FIX messages out of it"),
    ("messages_in_audit", "messages in the audit database"),
    ("resent", "of them sent again to the client that dropped out"),
    ("p50_us", "microseconds from order to first answer, median"),
    ("p99_us", "microseconds, 99 of 100 orders are faster"),
)


def print_ending(console: Console, told: Story | None, totals: Totals, record: Record) -> None:
    """The story, the totals, the verification."""
    if told is not None:
        console.print(_title("One order's whole story, from the audit database"))
        console.print(render(told))
    console.print(_title("Totals"))
    console.print(_totals(totals))
    console.print(_title("Verified"))
    console.print(_pairs([(name, text) for name, text in record.verified.lines()]))


def print_next(console: Console, place: Place, order_id: str) -> None:
    """Where to look next."""
    console.print(_title("Next"))
    data = f"--data-dir {shlex.quote(str(place.folder))}"
    if place.kept:
        lines = [
            f"{called()} audit story {order_id} {data}",
            f"{called()} audit search {data} --limit 20",
            f"{called()} audit verify {data}",
        ]
        console.print(Text("Everything is kept; no gateway needs to run for these:"))
    else:
        lines = [f"{called()} demo --keep DIR", f"{called()} init mygate"]
        console.print(Text("Keep the data next time, or set up a gateway of your own:"))
    for line in lines:
        console.print(Text(f"  {line}"), soft_wrap=True)


def _title(text: str) -> Group:
    return Group(Text(), Text(text, "bold reverse"), Text())


def _totals(totals: Totals) -> Table:
    values = totals.as_dict()
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(justify="right", style="bold")
    table.add_column()
    for name, words in _WORDS:
        value = values[name]
        table.add_row(f"{value:,.0f}" if isinstance(value, float) else f"{value:,}", words)
    return table


def _pairs(pairs: list[tuple[str, str]]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for pair in pairs:
        table.add_row(*pair)
    return table
