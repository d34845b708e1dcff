"""One journal record or event to one row. Pure: the same record gives the same row for ever.

Knows FIX fields and the columns of `store.tables`; knows no database and keeps no state.
"""

import json
from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final, cast

from gateway.audit.message_rows import NUL, SHOWN_NUL
from gateway.events import (
    EVENTS,
    Event,
    ExecutionParked,
    OperatorIssued,
    OperatorRotated,
    PasswordChanged,
    decode,
)
from gateway.orders.order import Order
from gateway.orders.parked import key_of
from gateway.translate.outbound import average_text
from sessions.fields import SOH
from sessions.values import format_decimal
from store.record import Record
from store.tables import RECORDS_A_BATCH_MAX, SEARCHED_LENGTH_MAX
from store.writes import Row

NAMES: Final[dict[type[Event], tuple[str, ...]]] = {
    kind: tuple(field.name for field in fields(kind)) for kind in EVENTS
}
_JSON_SOH: Final = "\\u0001"
# Nearly always no text has anything in it that JSON writes otherwise, but for SOH between FIX
# fields: one look at all of them.
_WRITTEN_AS_THEY_ARE: Final = bytes({*range(0x20, 0x7F), *SOH.encode()} - {*b'"\\'})
_EVENT_TYPES: Final = {kind.__name__: kind for kind in EVENTS}


def record_id(batch_number: int, index: int) -> int:
    """The key of record `index` of a batch: grows with the journal, never repeats."""
    assert index < RECORDS_A_BATCH_MAX, f"batch {batch_number} has more records than have keys"
    return batch_number * RECORDS_A_BATCH_MAX + index


def place_of(key: int) -> tuple[int, int]:
    """The batch number and index of a key."""
    return divmod(key, RECORDS_A_BATCH_MAX)


def shown(text: str) -> str:
    """A text that an SQL database can hold."""
    return text.replace(NUL, SHOWN_NUL) if NUL in text else text


def names_of(event: Event) -> tuple[str, ...]:
    """The names of an event's values."""
    return NAMES[type(event)]


def details(event: Event) -> str:
    """An event's values as JSON, as json.dumps writes them."""
    template, quotes, is_text, read = _DETAILS[type(event)]
    if read is None:
        return template
    values = (read(event),) if len(is_text) == 1 else read(event)
    written = template % values
    if written.encode().translate(None, _WRITTEN_AS_THEY_ARE) == quotes:
        return written.replace(SOH, _JSON_SOH)
    escaped = [_escaped(v) if text else v for text, v in zip(is_text, values, strict=True)]
    return template % tuple(escaped)


def _template(
    kind: type[Event],
) -> tuple[str, bytes, tuple[bool, ...], Callable[[Any], Any] | None]:
    """JSON with a place for each value, the quotes that it has, which of the values are texts, and
    what reads them: one value, or all as a tuple; None where there is none.
    """
    told = fields(kind)
    texts = tuple(field.type is str for field in told)
    assert all(field.type in (str, int) for field in told), f"{kind.__name__}: neither str nor int"
    places = ('"%s"' if text else "%d" for text in texts)
    pairs = (f'"{field.name}": {place}' for field, place in zip(told, places, strict=True))
    names = tuple(field.name for field in told)
    template = f"{{{', '.join(pairs)}}}"
    read = attrgetter(*names) if names else None
    return template, b'"' * template.count('"'), texts, read


def _escaped(text: str) -> str:
    quoted: str = json.encoder.encode_basestring_ascii(text)
    return quoted[1:-1]


_DETAILS: Final = {kind: _template(kind) for kind in EVENTS}


def read_event(payload: bytes) -> Event:
    """The event of a record, in texts that an SQL database can hold."""
    if b"\x00" in payload:
        payload = payload.replace(b"\x00", SHOWN_NUL.encode())
    return decode(payload)


def without_secrets(event: Event) -> Event:
    """What of it is for everybody to read: hashes of tokens and passwords stay in the journal."""
    if isinstance(event, OperatorIssued | OperatorRotated):
        return replace(event, token_hash="")
    return PasswordChanged(event.link, "", "") if isinstance(event, PasswordChanged) else event


def event_of(name: str, values: str) -> Event:
    """The event that a row of `order_events` describes."""
    return _EVENT_TYPES[name](**json.loads(values))


def event_row(key: int, time_ns: int, event: Event, **about: int) -> Row:
    """A row of `order_events` (`order_no` given) or `session_events` (`link` given)."""
    return {
        "record_id": key,
        "time_ns": time_ns,
        **about,
        "name": type(event).__name__,
        "details": details(event),
    }


def order_row(order: Order, session: str, refusal_code: str, updated_ns: int) -> Row:
    """A row of `orders`: the order as it stands."""
    terms = order.terms
    return {
        "order_no": order.order_no,
        "order_id": order.order_id,
        "link": order.link,
        "session": session,
        "cl_ord_id": order.cl_ord_id,
        "account": order.account[:SEARCHED_LENGTH_MAX],
        "symbol": order.symbol[:SEARCHED_LENGTH_MAX],
        "side": order.side,
        "ord_type": terms.ord_type,
        "time_in_force": terms.time_in_force,
        "order_qty": format_decimal(terms.order_qty),
        "price": terms.price,
        "stop_px": terms.stop_px,
        "route": order.route,
        "broker": order.broker,
        "broker_cl_ord_id": order.broker_cl_ord_id,
        "broker_order_id": order.broker_order_id,
        "ord_status": order.ord_status,
        "cum_qty": format_decimal(order.cum_qty),
        "leaves_qty": format_decimal(order.leaves_qty),
        "avg_px": _average(order),
        "open": not order.closed,
        "queued": order.queued,
        "unknown": order.unknown,
        "refusal_code": refusal_code,
        "text": order.text,
        "entered_ns": order.entered_ns,
        "updated_ns": updated_ns,
        "whole_no": order.whole_no or None,
    }


def _average(order: Order) -> str:
    return average_text(order.avg_px) if order.cum_qty else format_decimal(Decimal(0))


def execution_row(key: int, time_ns: int, order: Order, event: Any) -> Row:
    """A row of `executions` for OrderExecuted or ExecutionCorrected, already applied."""
    ledger = order.executions
    assert ledger is not None, f"{order!r}: an execution that was not applied"
    return {
        "record_id": key,
        "time_ns": time_ns,
        "order_no": order.order_no,
        "broker": order.broker,
        "exec_id": event.exec_id[:SEARCHED_LENGTH_MAX],
        "report_id": order.report_id(ledger[event.exec_id].report_no),
        "exec_ref_id": getattr(event, "exec_ref_id", ""),
        "account": order.account,
        "symbol": order.symbol,
        "side": order.side,
        "last_qty": event.last_qty,
        "last_px": event.last_px,
        "status": "booked",
        "text": event.text,
        "parked_key": "",
        "trade_date": _date(ledger[event.exec_id].trade_date),
    }


def _date(date: int) -> str:
    return str(date) if date else ""


def parked_row(key: int, record: Record, event: ExecutionParked) -> Row:
    """A row of `executions` for ExecutionParked."""
    return {
        "record_id": key,
        "time_ns": record.time_ns,
        "order_no": None,
        "broker": event.broker,
        "exec_id": event.exec_id[:SEARCHED_LENGTH_MAX],
        "report_id": "",
        "exec_ref_id": "",
        "account": "",
        "symbol": event.symbol,
        "side": event.side,
        "last_qty": event.last_qty,
        "last_px": event.last_px,
        "status": "parked",
        "text": event.why,
        "parked_key": key_of(record.payload),
        "trade_date": "",
    }


def release_row(key: int, record: Record) -> Row:
    """A row of `releases` for a RELEASED record."""
    return {"record_id": key, "batch": record.seq, "released_ns": record.time_ns}


def operator_row(key: int, time_ns: int, payload: bytes) -> Row:
    """A row of `operator_actions` for an OPERATOR record."""
    said = _json_object(payload)
    return {
        "record_id": key,
        "time_ns": time_ns,
        "who": shown(str(said.get("who", ""))),
        "what": shown(str(said.get("what", ""))),
        "why": shown(str(said.get("why", ""))),
        "details": json.dumps(said),
    }


def _json_object(payload: bytes) -> dict[str, object]:
    try:
        said = json.loads(payload)
    except ValueError:
        said = None
    if isinstance(said, dict):
        return cast(dict[str, object], said)
    return {"what": "unreadable", "payload": payload.decode("latin-1")}
