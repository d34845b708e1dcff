"""An order's story for people, by rich, and for programs, as plain data.

Texts of counterparties are printed as they are but can't steer the terminal.
"""

from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gateway.audit.searching import correlation_of
from gateway.audit.story import Entry, EventEntry, MessageEntry, Story
from gateway.orders.statuses import ORDER_STATUSES
from sessions.describe import FieldRow
from sessions.dictionary import builtin

NS: Final = 1_000_000_000
GATEWAY: Final = "fixgate"
INDENT: Final = (0, 0, 0, 2)
# What every message has and no story needs: header, trailer and what stands in the line above.
_US_MEANS: Final = (
    "US: microseconds; of fixgate's messages since it received what led to them, until they had"
    " left, or,\nwhere no later batch tells that, until all was decided; of the broker's since the"
    " request left that they answer"
)
HIDDEN: Final = frozenset(("8", "9", "10", "34", "35", "49", "52", "56"))


def utc(time_ns: int) -> str:
    """UTC nanoseconds as `2026-11-20 10:11:12.345678`."""
    seconds, rest = divmod(time_ns, NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest // 1000:06d}"


def printable(text: str) -> str:
    """A text that can't steer a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def label(tag: str, value: str) -> str:
    """A value of an enumerated field as people call it: `Side(54)` 1 is "buy"."""
    named = builtin("FIX44").fields[tag].values.get(value, "")
    return named.replace("_", " ").lower() or printable(value)


def render(story: Story) -> Group:
    """The story as a rich renderable: who sent what when, and what it led to."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("TIME (UTC)", no_wrap=True)
    table.add_column("US", no_wrap=True, justify="right")
    table.add_column("FROM, TO", no_wrap=True)
    table.add_column("WHAT", overflow="fold")
    day, standing = "", ""
    for entry in story.entries:
        at = utc(entry.time_ns)
        shown = at if at[:10] != day else at[11:].rjust(len(at))
        day = at[:10]
        if isinstance(entry, MessageEntry):
            us = f"{entry.latency.us:,}" if entry.latency is not None else ""
            table.add_row(shown, us, Text(way(entry), "cyan"), _message(entry))
            continue
        now = _standing(entry)
        table.add_row(shown, "", "", _event(entry, now if now != standing else ""))
        standing = now
    legend = (Text(), Text(_US_MEANS, "dim")) if story.order else ()
    return Group(_head(story), Text(), table, *legend)


def _head(story: Story) -> Text:
    order = story.order
    if not order:
        return Text(printable(f'No order here has the id "{story.named}": what messages say of it'))
    price = f" at {order['price']}" if order["price"] else ""
    head = Text()
    head.append(f"Order {order['order_id']}", "bold")
    head.append(
        printable(
            f" ({correlation_of(order)}) of {order['session']},"
            f" account {order['account'] or 'none'}: "
            f"{label('54', order['side'])} {order['order_qty']} {order['symbol']} "
            f"{label('40', order['ord_type'])}{price}, {label('59', order['time_in_force'])}"
        )
    )
    head.append("\n")
    status = ORDER_STATUSES.get(order["ord_status"], order["ord_status"])
    marks = [mark for mark in ("unknown", "queued") if order[mark]]
    executed = f" of {order['order_qty']} at {order['avg_px']}" if order["cum_qty"] != "0" else ""
    head.append(f"Now {status}{''.join(f', {mark}' for mark in marks)}", "bold")
    head.append(printable(f": executed {order['cum_qty']}{executed}"))
    if order["broker"]:
        head.append(printable(f", broker {order['broker']}"))
    return head


def way(entry: MessageEntry) -> str:
    """Who sent it to whom."""
    name = printable(entry.session)
    return f"{name} > {GATEWAY}" if entry.direction == "in" else f"{GATEWAY} > {name}"


def _message(entry: MessageEntry) -> Group:
    title = Text()
    name = entry.name or "unknown message"
    title.append(f"{name}({printable(entry.msg_type)})", "bold")
    title.append(f" MsgSeqNum(34)={entry.msg_seq_num}")
    for mark in entry.marks:
        title.append(f" [{mark}]", "yellow")
    fields = "  ".join(_field(row) for row in entry.fields if row.tag not in HIDDEN)
    return Group(title, Padding(Text(fields), INDENT))


def _field(row: FieldRow) -> str:
    """Without blanks where possible, so that lines break between fields."""
    name = f"{row.name}({row.tag})" if row.name else row.tag
    meaning = f"[{row.label}]" if row.label else ""
    return printable(f"{name}={row.value}{meaning}")


def _event(entry: EventEntry, standing: str) -> Group:
    text = Text(printable(entry.text), "green")
    return Group(text, Padding(Text(standing, "dim"), INDENT)) if standing else Group(text)


def _standing(entry: EventEntry) -> str:
    status = ORDER_STATUSES.get(entry.ord_status, entry.ord_status)
    return f"now {status}, CumQty(14)={entry.cum_qty}, LeavesQty(151)={entry.leaves_qty}"


def as_data(story: Story) -> dict[str, Any]:
    """The story as JSON can hold it; raw bytes as Latin-1 text."""
    order = {"correlation": correlation_of(story.order), **story.order} if story.order else None
    return {"order": order, "entries": [entry_data(one) | _took(one) for one in story.entries]}


def _took(entry: Entry) -> dict[str, Any]:
    if not isinstance(entry, MessageEntry):
        return {}
    latency, left = entry.latency, {"released_ns": entry.released_ns}
    if latency is None:
        return {"latency_us": None, "latency_of": "", **left}
    return {"latency_us": latency.us, "latency_of": latency.where, **left}


def entry_data(entry: Entry) -> dict[str, Any]:
    """One entry of a story as JSON can hold it."""
    if isinstance(entry, MessageEntry):
        return {
            "kind": "message",
            "time_ns": entry.time_ns,
            "session": entry.session,
            "direction": entry.direction,
            "msg_seq_num": entry.msg_seq_num,
            "msg_type": entry.msg_type,
            "name": entry.name,
            "marks": list(entry.marks),
            "fields": [row._asdict() for row in entry.fields],
            "raw": entry.raw.decode("latin-1"),
        }
    return {
        "kind": "event",
        "time_ns": entry.time_ns,
        "name": entry.name,
        "text": entry.text,
        "ord_status": entry.ord_status,
        "cum_qty": entry.cum_qty,
        "leaves_qty": entry.leaves_qty,
    }
