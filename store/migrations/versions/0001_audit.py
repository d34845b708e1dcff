"""The first tables."""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None


def upgrade() -> None:
    """Make them all."""
    _messages()
    _orders()
    _order_ids()
    _order_events()
    _executions()
    _sessions()
    _session_events()
    _operator_actions()
    _halts()
    _projection()


def _messages() -> None:
    op.create_table(
        "messages",
        _key("record_id"),
        _number("time_ns"),
        _integer("link"),
        _text("session"),
        _text("direction"),
        _number("epoch"),
        _number("msg_seq_num"),
        _text("msg_type"),
        _number("order_no", nullable=True),
        _flag("resent"),
        _flag("poss_dup"),
        _flag("garbled"),
        _flag("stashed"),
        _text("cl_ord_id", nullable=True),
        _text("orig_cl_ord_id", nullable=True),
        _text("order_id", nullable=True),
        _text("exec_id", nullable=True),
        _text("account", nullable=True),
        _text("symbol", nullable=True),
        _text("side", nullable=True),
        _text("ord_type", nullable=True),
        _text("order_qty", nullable=True),
        _text("price", nullable=True),
        _text("exec_type", nullable=True),
        _text("ord_status", nullable=True),
        _text("last_qty", nullable=True),
        _text("last_px", nullable=True),
        _text("cum_qty", nullable=True),
        _text("text", nullable=True),
        _bytes("raw"),
        sa.PrimaryKeyConstraint("record_id", name="pk_messages"),
    )
    _index_of_given("messages", "account")
    _index_of_given("messages", "cl_ord_id")
    _index_of_given("messages", "exec_id")
    _index_of_given("messages", "order_id")
    _index_of_given("messages", "order_no")
    _index_of_given("messages", "orig_cl_ord_id")
    _index_of_given("messages", "symbol")
    _index("messages", "time_ns")


def _orders() -> None:
    op.create_table(
        "orders",
        _key("order_no"),
        _text("order_id"),
        _integer("link"),
        _text("session"),
        _text("cl_ord_id"),
        _text("account"),
        _text("symbol"),
        _text("side"),
        _text("ord_type"),
        _text("time_in_force"),
        _text("order_qty"),
        _text("price"),
        _text("stop_px"),
        _text("route"),
        _text("broker"),
        _text("broker_cl_ord_id"),
        _text("broker_order_id"),
        _text("ord_status"),
        _text("cum_qty"),
        _text("leaves_qty"),
        _text("avg_px"),
        _flag("open"),
        _flag("queued"),
        _flag("unknown"),
        _text("refusal_code"),
        _text("text"),
        _number("entered_ns"),
        _number("updated_ns"),
        sa.PrimaryKeyConstraint("order_no", name="pk_orders"),
    )
    _index("orders", "account")
    _index("orders", "order_id")
    _index("orders", "symbol")


def _order_ids() -> None:
    op.create_table(
        "order_ids",
        _text("id"),
        _text("kind"),
        _number("order_no"),
        sa.PrimaryKeyConstraint("id", "kind", "order_no", name="pk_order_ids"),
    )
    _index("order_ids", "order_no")


def _order_events() -> None:
    op.create_table(
        "order_events",
        _key("record_id"),
        _number("time_ns"),
        _number("order_no"),
        _text("name"),
        _text("details"),
        sa.PrimaryKeyConstraint("record_id", name="pk_order_events"),
    )
    _index("order_events", "order_no", "record_id")


def _executions() -> None:
    op.create_table(
        "executions",
        _key("record_id"),
        _number("time_ns"),
        _number("order_no", nullable=True),
        _text("broker"),
        _text("exec_id"),
        _text("report_id"),
        _text("exec_ref_id"),
        _text("account"),
        _text("symbol"),
        _text("side"),
        _text("last_qty"),
        _text("last_px"),
        _text("status"),
        _text("text"),
        sa.PrimaryKeyConstraint("record_id", name="pk_executions"),
    )
    _index("executions", "exec_id")
    _index("executions", "order_no")
    _index("executions", "report_id")


def _sessions() -> None:
    op.create_table(
        "sessions",
        _integer("link"),
        _text("name"),
        _text("role"),
        _text("begin_string"),
        _text("sender_comp_id"),
        _text("target_comp_id"),
        _text("state"),
        _text("why"),
        _number("epoch"),
        _number("next_in"),
        _number("next_out"),
        _number("updated_ns"),
        sa.PrimaryKeyConstraint("link", name="pk_sessions"),
    )


def _session_events() -> None:
    op.create_table(
        "session_events",
        _key("record_id"),
        _number("time_ns"),
        _integer("link"),
        _text("name"),
        _text("details"),
        sa.PrimaryKeyConstraint("record_id", name="pk_session_events"),
    )
    _index("session_events", "link", "record_id")


def _operator_actions() -> None:
    op.create_table(
        "operator_actions",
        _key("record_id"),
        _number("time_ns"),
        _text("who"),
        _text("what"),
        _text("why"),
        _text("details"),
        sa.PrimaryKeyConstraint("record_id", name="pk_operator_actions"),
    )


def _halts() -> None:
    op.create_table(
        "halts",
        _key("record_id"),
        _text("scope"),
        _number("halted_ns"),
        _text("halted_by"),
        _text("halted_why"),
        _number("resumed_ns", nullable=True),
        _text("resumed_by"),
        _text("resumed_why"),
        sa.PrimaryKeyConstraint("record_id", name="pk_halts"),
    )


def _projection() -> None:
    op.create_table(
        "projection",
        _integer("id"),
        _number("batch"),
        _number("segment"),
        _number("position"),
        _bytes("hash"),
        _number("time_ns"),
        _number("first_batch"),
        _bytes("first_hash"),
        sa.PrimaryKeyConstraint("id", name="pk_projection"),
    )


def _column(name: str, kind: Any, nullable: bool) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, autoincrement=False)


def _key(name: str) -> sa.Column[Any]:
    return _column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), False)


def _number(name: str, nullable: bool = False) -> sa.Column[Any]:
    return _column(name, sa.BigInteger(), nullable)


def _integer(name: str, nullable: bool = False) -> sa.Column[Any]:
    return _column(name, sa.Integer(), nullable)


def _text(name: str, nullable: bool = False) -> sa.Column[Any]:
    return _column(name, sa.Text(), nullable)


def _flag(name: str, nullable: bool = False) -> sa.Column[Any]:
    return _column(name, sa.Boolean(create_constraint=False), nullable)


def _bytes(name: str, nullable: bool = False) -> sa.Column[Any]:
    return _column(name, sa.LargeBinary(), nullable)


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _index_of_given(table: str, column: str) -> None:
    """An index without the rows that have no value."""
    given = sa.column(column).is_not(None)
    op.create_index(
        f"ix_{table}_{column}", table, [column], sqlite_where=given, postgresql_where=given
    )
