"""The tables of the audit database: a view of the journal, which can be dropped and refilled.

Owns columns, units and indexes. Knows no FIX rule and no order: texts are kept as they came.

What holds for all tables:
- `record_id` places a row in the journal: batch number * 16777216 + number of the record in its
  batch. It grows with time and never repeats.
- `..._ns` are UTC nanoseconds since 1970.
- Quantities and prices are decimal texts, exact as they came; cast them to NUMERIC to reckon.
- Texts of counterparties are cut after 200 characters where a column is meant for searching, and
  a NUL character is shown as U+2400, because no SQL text may hold it; `raw` has every byte.
- NULL means that a message had no such field.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

RECORDS_A_BATCH_MAX: Final = 1 << 24
SEARCHED_LENGTH_MAX: Final = 200
PROJECTION_ROW: Final = 1

metadata: Final = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"}
)


# In SQLite an INTEGER primary key is the row's own number and needs no index of its own.
_KEY_TYPE: Final = BigInteger().with_variant(Integer(), "sqlite")


def _key(comment: str, name: str = "record_id") -> Column[Any]:
    return Column(name, _KEY_TYPE, primary_key=True, autoincrement=False, comment=comment)


def _time(name: str, comment: str, nullable: bool = False) -> Column[Any]:
    return Column(name, BigInteger, nullable=nullable, comment=comment)


def _number(name: str, comment: str) -> Column[Any]:
    return Column(name, BigInteger, nullable=False, comment=comment)


def _text(name: str, comment: str) -> Column[Any]:
    return Column(name, Text, nullable=False, comment=comment)


def _field(name: str, comment: str) -> Column[Any]:
    return Column(name, Text, comment=comment)


def _flag(name: str, comment: str) -> Column[Any]:
    return Column(name, Boolean(create_constraint=False), nullable=False, comment=comment)


messages: Final = Table(
    "messages",
    metadata,
    _key("place in the journal"),
    _time("time_ns", "when it was received, or handed out to be sent"),
    Column("link", Integer, nullable=False, comment="number of the session in the journal"),
    _text("session", "name of the session"),
    _text("direction", '"in": received by fixgate, "out": sent by it'),
    _number("epoch", "run of sequence numbers between two resets, from 1"),
    _number("msg_seq_num", "MsgSeqNum(34); 0 if it could not be read"),
    _text("msg_type", "MsgType(35); empty if it could not be read"),
    Column("order_no", BigInteger, comment="number of the order it concerns, where that is known"),
    _flag("kept", "not sent, for the session was down; sent later if the peer asked for it"),
    _flag("resent", "sent again on request, or a gap fill; consumed no sequence number"),
    _flag("poss_dup", "PossDupFlag(43) is Y"),
    _flag("garbled", "no FIX message: ignored by rule, kept as evidence"),
    _flag("stashed", "came ahead of a gap and was kept until the gap was filled"),
    _field("cl_ord_id", "ClOrdID(11)"),
    _field("orig_cl_ord_id", "OrigClOrdID(41)"),
    _field("order_id", "OrderID(37)"),
    _field("exec_id", "ExecID(17)"),
    _field("account", "Account(1)"),
    _field("symbol", "Symbol(55)"),
    _field("side", "Side(54)"),
    _field("ord_type", "OrdType(40)"),
    _field("order_qty", "OrderQty(38)"),
    _field("price", "Price(44)"),
    _field("exec_type", "ExecType(150)"),
    _field("ord_status", "OrdStatus(39)"),
    _field("last_qty", "LastQty(32)"),
    _field("last_px", "LastPx(31)"),
    _field("cum_qty", "CumQty(14)"),
    _field("text", "Text(58)"),
    _time(
        "batch_ns",
        "time of its batch: all in it was decided, and nothing had left; NULL: made before 0100",
        nullable=True,
    ),
    Column(
        "raw", LargeBinary, nullable=False, comment="every byte; passwords are overwritten by *"
    ),
    comment="every message of every session, in the order of the journal",
)
# Most rows are found by one of these; NULLs are left out, so an index costs only where it serves.
for _column in (
    "order_no",
    "cl_ord_id",
    "orig_cl_ord_id",
    "order_id",
    "exec_id",
    "account",
    "symbol",
):
    Index(
        None,
        messages.c[_column],
        sqlite_where=messages.c[_column].is_not(None),
        postgresql_where=messages.c[_column].is_not(None),
    )
Index(None, messages.c.time_ns)

orders: Final = Table(
    "orders",
    metadata,
    _key("our number, from 1", "order_no"),
    _text("order_id", "OrderID(37) that clients are told"),
    Column("link", Integer, nullable=False, comment="number of the client's session"),
    _text("session", "name of the client's session"),
    _text("cl_ord_id", "ClOrdID(11) of the order as it stands"),
    _text("account", "Account(1)"),
    _text("symbol", "Symbol(55)"),
    _text("side", "Side(54)"),
    _text("ord_type", "OrdType(40)"),
    _text("time_in_force", "TimeInForce(59)"),
    _text("order_qty", "OrderQty(38)"),
    _text("price", "Price(44); empty: none"),
    _text("stop_px", "StopPx(99); empty: none"),
    _text("route", "rule that chose the broker; empty: refused here"),
    _text("broker", "name of the broker; empty: refused here"),
    _text("broker_cl_ord_id", "ClOrdID(11) towards the broker, as the order stands"),
    _text("broker_order_id", "OrderID(37) that the broker gave"),
    _text("ord_status", "OrdStatus(39)"),
    _text("cum_qty", "CumQty(14)"),
    _text("leaves_qty", "LeavesQty(151)"),
    _text("avg_px", "AvgPx(6), at most 8 decimals"),
    _flag("open", "it may still be executed"),
    _flag("queued", "it waits for its broker's return"),
    _flag("unknown", "what the broker holds can't be told"),
    _text("refusal_code", "why fixgate refused it; empty: it did not"),
    _text("text", "what was last said about it, Text(58)"),
    _time("entered_ns", "when it was entered or refused"),
    _time("updated_ns", "when it last changed"),
    Column("whole_no", BigInteger, comment="the order that it is a part of; NULL: it is no part"),
    comment="orders as they stand, also those that were refused here, and parts of orders",
)
Index(None, orders.c.order_id)
Index(None, orders.c.account)
Index(None, orders.c.symbol)
Index(
    None,
    orders.c.whole_no,
    sqlite_where=orders.c.whole_no.is_not(None),
    postgresql_where=orders.c.whole_no.is_not(None),
)

order_ids: Final = Table(
    "order_ids",
    metadata,
    Column("id", Text, primary_key=True, comment="the id"),
    Column(
        "kind",
        Text,
        primary_key=True,
        comment='"client": ClOrdID(11) of the client, "broker": ClOrdID(11) towards the broker, '
        '"broker_order": OrderID(37) of the broker',
    ),
    Column(
        "order_no", BigInteger, primary_key=True, autoincrement=False, comment="order it leads to"
    ),
    comment="every id an order ever had",
)
Index(None, order_ids.c.order_no)

order_events: Final = Table(
    "order_events",
    metadata,
    _key("place in the journal"),
    _time("time_ns", "when it happened"),
    _number("order_no", "the order; 0: a request for an order not known, or for many"),
    _text("name", "what happened, such as OrderAccepted"),
    _text("details", "the event's values as a JSON object"),
    comment="the facts that made the orders what they are",
)
Index(None, order_events.c.order_no, order_events.c.record_id)

executions: Final = Table(
    "executions",
    metadata,
    _key("place in the journal"),
    _time("time_ns", "when it was booked or parked"),
    Column("order_no", BigInteger, comment="the order; NULL: parked, it fits no order"),
    _text("broker", "name of the broker"),
    _text("exec_id", "ExecID(17) of the broker"),
    _text("report_id", "ExecID(17) that the client was told; empty: parked"),
    _text("exec_ref_id", "ExecRefID(19) of a correction: what it replaces"),
    _text("account", "Account(1)"),
    _text("symbol", "Symbol(55)"),
    _text("side", "Side(54)"),
    _text("last_qty", "LastQty(32)"),
    _text("last_px", "LastPx(31)"),
    _text(
        "status",
        '"booked", "busted", "corrected" (another row replaces it), "parked"; was parked: "adopted"'
        ' (booked in another row), "suspense" (of the account), "acknowledged" (dealt with)',
    ),
    _text("text", "Text(58), or why it is parked"),
    _text("parked_key", "what operators call it by; empty: it was never parked"),
    _text("trade_date", "TradeDate(75) of the broker, yyyymmdd; empty: it said none"),
    comment="executions; those that count have the status booked",
)
Index(None, executions.c.order_no)
Index(None, executions.c.exec_id)
Index(None, executions.c.report_id)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("link", Integer, primary_key=True, autoincrement=False, comment="number in the journal"),
    _text("name", "name in the configuration"),
    _text("role", '"client", "broker" or "paper"'),
    _text("begin_string", "BeginString(8)"),
    _text("sender_comp_id", "SenderCompID(49) of fixgate"),
    _text("target_comp_id", "TargetCompID(56) of fixgate's messages"),
    _text("state", "state as last recorded; empty: never connected"),
    _text("why", "what led to that state"),
    _number("epoch", "run of sequence numbers between two resets, from 1"),
    _number("next_in", "MsgSeqNum(34) expected next"),
    _number("next_out", "MsgSeqNum(34) sent next"),
    _time("updated_ns", "when anything of this row last changed"),
    comment="sessions and their numbers as they stand",
)

session_events: Final = Table(
    "session_events",
    metadata,
    _key("place in the journal"),
    _time("time_ns", "when it happened"),
    Column("link", Integer, nullable=False, comment="number of the session in the journal"),
    _text("name", "LinkDefined, LinkStateChanged, NumbersChanged or NumberTaken"),
    _text("details", "the event's values as a JSON object"),
    comment="what happened to sessions",
)
Index(None, session_events.c.link, session_events.c.record_id)

releases: Final = Table(
    "releases",
    metadata,
    _key("place in the journal, which tells it in the batch after"),
    _number("batch", "number of the batch: record_id / 16777216 of its rows"),
    _time("released_ns", "when all that it let leave had been handed to the network"),
    comment="batches that let something leave, once it had left",
)
Index(None, releases.c.batch)

operator_actions: Final = Table(
    "operator_actions",
    metadata,
    _key("place in the journal"),
    _time("time_ns", "when it was done"),
    _text("who", "user of the operating system"),
    _text("what", "the action"),
    _text("why", "the reason given"),
    _text("details", "everything recorded about it as a JSON object"),
    comment="what operators did",
)

halts: Final = Table(
    "halts",
    metadata,
    _key("place in the journal"),
    _text("scope", '"firm", or a kind and a name such as "client:NAME"'),
    _text("level", '"reduce-only", "cancel-only" or "halted"'),
    _time("halted_ns", "when it began"),
    _text("halted_by", "who began it"),
    _text("halted_why", "the reason given"),
    _time("resumed_ns", "when it was lifted or changed; NULL: it is in force", nullable=True),
    _text("resumed_by", "who lifted it"),
    _text("resumed_why", "the reason given"),
    comment="halts of trading, a row each level",
)

projection: Final = Table(
    "projection",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="always 1"),
    _number("batch", "number of the last journal batch these tables hold; 0: none"),
    _number("segment", "journal segment of that batch"),
    _number("position", "byte offset of that batch in its segment"),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256 of that batch"),
    _time("time_ns", "time of that batch"),
    _number("first_batch", "number of the first journal batch these tables were made from"),
    Column("first_hash", LargeBinary, nullable=False, comment="SHA-256 of that batch"),
    comment="how far these tables follow the journal; changed together with them",
)

DATA_TABLES: Final[tuple[Table, ...]] = (
    messages,
    orders,
    order_ids,
    order_events,
    executions,
    sessions,
    session_events,
    releases,
    operator_actions,
    halts,
)
