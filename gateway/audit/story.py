"""The whole story of one order: both sides' messages, decoded, with what happened between them.

Reads the tables only; knows no output format.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection

from fix_specs import VERSIONS
from gateway.audit import rows
from gateway.audit.happenings import sentence
from gateway.audit.latencies import Latency, latencies
from gateway.orders import machine
from gateway.orders.beginning import begun
from gateway.orders.order import Order
from sessions.describe import FieldRow, describe, message_name
from sessions.dictionary import Dictionary, builtin, merge
from sessions.message import Message, parse
from sessions.values import format_decimal
from store.database import AuditDatabaseError, Database
from store.naming import NAMED_MAX, messages_naming
from store.queries import events_of, find_orders, messages_of, parts_of
from store.releases import released_ns

FALLBACK: Final = "FIX44"


class UnknownOrderError(AuditDatabaseError):
    """No order has this id."""


class AmbiguousOrderError(AuditDatabaseError):
    """Several orders have this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEntry:
    """A message. `marks` says what is special about it, such as "resent"; `latency` where and how
    long it took until this, `released_ns` when what its batch sent had left, None where that is not
    known.
    """

    time_ns: int
    session: str
    direction: str
    msg_seq_num: int
    msg_type: str
    name: str
    marks: tuple[str, ...]
    latency: Latency | None
    released_ns: int | None
    fields: list[FieldRow]
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEntry:
    """A fact, in words, and the order's OrdStatus(39), CumQty(14) and LeavesQty(151) after it."""

    time_ns: int
    name: str
    text: str
    ord_status: str
    cum_qty: str
    leaves_qty: str


Entry = MessageEntry | EventEntry


@dataclass(frozen=True, slots=True)
class Story:
    """An order's row and all that concerns it, in the order of the journal. Where there is no such
    order here, but messages name one: no row, and what they name it by. `batches`: the first and
    the last that it is in.
    """

    order: Mapping[str, Any]
    entries: list[Entry]
    batches: tuple[int, int]
    named: str = ""


def story(database: Database, key: str) -> Story:
    """The story of the order with OrderID(37) or any ClOrdID(11) `key`, or of messages that name
    one which is no order here.

    Raises UnknownOrderError or AmbiguousOrderError.
    """
    with database.reading() as connection:
        found = find_orders(connection, key)
        if not found and (naming := messages_naming(connection, key)):
            return _named(naming, key)
        order = _one(found, key)
        events = events_of(connection, order["order_no"])
        messages = messages_of(connection, order)
        released = _released(connection, messages)
        took = latencies(messages, order["broker"], released)
        placed = _happened(events)
        for part in parts_of(connection, order["order_no"]):
            named = f"part {part['order_id']}: "
            placed += _happened(events_of(connection, part["order_no"]), named)
            of_part = messages_of(connection, part)
            left = _released(connection, of_part)
            took |= latencies(of_part, part["broker"], left)
            released |= left
            messages += of_part
    for row in messages:
        at = row["record_id"]
        left_ns = released.get(rows.place_of(at)[0]) if row["direction"] == "out" else None
        placed.append((at, message_entry(row, took.get(at), left_ns)))
    if not placed:
        raise AuditDatabaseError(
            f"the tables lack all that made the order {order['order_id']} what it is: see"
            " `fixgate audit verify`"
        )
    placed.sort(key=lambda item: item[0])
    return Story(dict(order), [entry for _, entry in placed], _batches(placed[0], placed[-1]))


def _named(found: list[Any], key: str) -> Story:
    if len(found) > NAMED_MAX:
        raise AmbiguousOrderError(
            f'no order here has OrderID(37) or ClOrdID(11) "{key}", and more than {NAMED_MAX}'
            " messages name it: see `fixgate audit search --cl-ord-id`, of some --from and --to"
        )
    placed = [(row["record_id"], message_entry(row)) for row in found]
    return Story({}, [entry for _, entry in placed], _batches(placed[0], placed[-1]), key)


def _batches(first: tuple[int, Entry], last: tuple[int, Entry]) -> tuple[int, int]:
    return rows.place_of(first[0])[0], rows.place_of(last[0])[0]


def _released(connection: Connection, messages: list[Any]) -> dict[int, int]:
    """When they had left, by their batches."""
    batches = {rows.place_of(row["record_id"])[0] for row in messages}
    return released_ns(connection, batches)


def _one(found: list[Any], key: str) -> Mapping[str, Any]:
    if not found:
        raise UnknownOrderError(f'no order has OrderID(37) or ClOrdID(11) "{key}"')
    if len(found) > 1:
        ids = ", ".join(f"{row['order_id']} ({row['session']})" for row in found[:10])
        raise AmbiguousOrderError(
            f'"{key}" belongs to {len(found)} orders: give the OrderID(37), one of {ids}'
        )
    order: Mapping[str, Any] = found[0]
    return order


_MARKS: Final = (
    ("kept", "kept: the session was down"),
    ("resent", "resent"),
    ("poss_dup", "PossDupFlag(43)=Y"),
    ("stashed", "waited behind a gap"),
    ("garbled", "garbled"),
)


def message_entry(
    row: Mapping[str, Any], latency: Latency | None = None, released_ns: int | None = None
) -> MessageEntry:
    """A row of `messages`, decoded by its version's dictionary."""
    parsed = parse(row["raw"])
    fields: list[FieldRow] = []
    name = ""
    if isinstance(parsed, Message):
        dictionary = dictionary_of(parsed)
        fields = describe(parsed, dictionary)
        name = message_name(parsed, dictionary)
    return MessageEntry(
        time_ns=row["time_ns"],
        session=row["session"],
        direction=row["direction"],
        msg_seq_num=row["msg_seq_num"],
        msg_type=row["msg_type"],
        name=name,
        marks=tuple(text for column, text in _MARKS if row[column]),
        latency=latency,
        released_ns=released_ns,
        fields=fields,
        raw=row["raw"],
    )


def dictionary_of(message: Message) -> Dictionary:
    """The built-in dictionary of a message's version."""
    return _dictionary(message.fields.get("8", ""))


@cache
def _dictionary(begin_string: str) -> Dictionary:
    name = begin_string.replace(".", "")
    if name == "FIXT11":
        return merge(builtin(name), builtin("FIX50SP2"))
    return builtin(name if name in VERSIONS else FALLBACK)


def _happened(events: list[Any], named: str = "") -> list[tuple[int, Entry]]:
    """What happened to an order, with what each begins with."""
    order: Order | None = None
    entries: list[tuple[int, Entry]] = []
    for row in events:
        event = rows.event_of(row.name, row.details)
        order = begun(event, row.time_ns) or order
        assert order is not None, f"order number {row.order_no}: {row.name} before it was entered"
        if type(event) in machine.TRANSITIONS:
            machine.apply(order, event)
        values = {name: getattr(event, name) for name in rows.names_of(event)}
        entry = EventEntry(
            time_ns=row.time_ns,
            name=row.name,
            text=named + sentence(row.name, values),
            ord_status=order.ord_status,
            cum_qty=format_decimal(order.cum_qty),
            leaves_qty=format_decimal(order.leaves_qty),
        )
        entries.append((row.record_id, entry))
    return entries
