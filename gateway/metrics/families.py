"""Every metric there is, and where in the desk's views it stands: two explicit lists.

A metric that README.md does not name, or the other way round, fails a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.control.exposure_models import ReadingsView
from gateway.control.views import HealthView, SessionView, StatusView
from gateway.metrics.exposition import Family, Sample
from gateway.metrics.usage import cpu_s, resident_bytes

NS: Final = 1_000_000_000
MB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Whole:
    """The gateway as a whole, when somebody asked."""

    status: StatusView
    health: HealthView
    readings: ReadingsView


OfGateway = Callable[[Whole], Iterable[Sample]]
OfSession = Callable[[SessionView], Iterable[Sample]]


def _one(value: float) -> Iterable[Sample]:
    return (({}, value),)


def _named(label: str, counts: Mapping[str, int]) -> Iterable[Sample]:
    return (({label: name}, number) for name, number in counts.items())


def _rejects(counts: Mapping[str, int]) -> Iterable[Sample]:
    """By MsgType(35) and "TAG=REASON"."""
    for name, number in counts.items():
        msg_type, _, reason = name.partition(" ")
        yield {"msg_type": msg_type, "reason": reason}, number


def _next_change(view: SessionView) -> Iterable[Sample]:
    if view.next_change:
        yield {"change": view.next_change}, view.next_change_ns / NS


def _info(whole: Whole) -> Iterable[Sample]:
    yield {"version": whole.status.version, "node": whole.status.node}, 1


def _of_sinks(name: str) -> OfGateway:
    """A number of each sink of alerts."""
    return lambda whole: (({"sink": one.name}, getattr(one, name)) for one in whole.status.alerts)


GATEWAY: Final[tuple[tuple[Family, OfGateway], ...]] = (
    (Family("fixgate_info", "gauge", "Always 1; the labels say which gateway it is."), _info),
    (
        Family(
            "fixgate_start_time_seconds", "gauge", "When the process began, in seconds since 1970."
        ),
        lambda whole: _one(whole.status.started_ns / NS),
    ),
    (
        Family("fixgate_ready", "gauge", "1 if orders can come in."),
        lambda whole: _one(int(whole.health.ready)),
    ),
    (
        Family("fixgate_sessions", "gauge", "FIX sessions there are."),
        lambda whole: _one(whole.status.sessions_total),
    ),
    (
        Family("fixgate_sessions_logged_on", "gauge", "FIX sessions that are logged on."),
        lambda whole: _one(whole.status.sessions_logged_on),
    ),
    (
        Family("fixgate_orders_known", "gauge", "Orders that are open, or closed and still known."),
        lambda whole: _one(whole.status.orders_total),
    ),
    (
        Family("fixgate_orders_open", "gauge", "Open orders."),
        lambda whole: _one(whole.status.orders_open),
    ),
    (
        Family(
            "fixgate_orders_held",
            "gauge",
            "Open orders that are held here, for a price, another order or a next slice.",
        ),
        lambda whole: _one(whole.status.orders_held),
    ),
    (
        Family(
            "fixgate_orders_unknown",
            "gauge",
            "Open orders of which nobody can tell what their broker holds.",
        ),
        lambda whole: _one(whole.status.orders_unknown),
    ),
    (
        Family(
            "fixgate_executions_parked",
            "gauge",
            "Orphans that nobody has dealt with.",
        ),
        lambda whole: _one(whole.status.executions_parked),
    ),
    (
        Family("fixgate_business_date", "gauge", "The business date as yyyymmdd; 0: none is kept."),
        lambda whole: _one(int(whole.status.day.business_date or 0)),
    ),
    (
        Family(
            "fixgate_orders_to_roll", "gauge", "Open orders that have yet to roll to that date."
        ),
        lambda whole: _one(whole.status.day.orders_to_roll),
    ),
    (
        Family("fixgate_halts", "gauge", "Halts in force."),
        lambda whole: _one(len(whole.status.halts)),
    ),
    (
        Family("fixgate_breakers_tripped", "gauge", "Scopes that breakers have tripped for."),
        lambda whole: _one(len(whole.status.breakers_tripped)),
    ),
    (
        Family("fixgate_alarms_total", "counter", "Alarms since the start, by code."),
        lambda whole: _named("code", whole.status.alarm_counts),
    ),
    *(
        (Family(f"fixgate_alerts_{name}_total", "counter", f"Alerts {what}, by sink."), read)
        for name, what, read in (
            ("sent", "that were delivered", _of_sinks("sent")),
            ("failed", "that were given up", _of_sinks("failed")),
            ("dropped", "that came while too many waited", _of_sinks("dropped")),
        )
    ),
    (
        Family("fixgate_alerts_waiting", "gauge", "Alerts that are not delivered yet, by sink."),
        _of_sinks("waiting"),
    ),
    (
        Family(
            "fixgate_broker_reports_impossible_total",
            "counter",
            "Reports that cannot be as far as is known here, since the start, by broker.",
        ),
        lambda whole: _named("broker", whole.status.broker_reports_impossible),
    ),
    (
        Family(
            "fixgate_limits_hit_total",
            "counter",
            "How often a limit was reached since the start, by the name of its setting.",
        ),
        lambda whole: _named("limit", whole.status.limits_hit),
    ),
    (
        Family(
            "fixgate_journal_batches_total",
            "counter",
            "Batches the journal has, over all restarts.",
        ),
        lambda whole: _one(whole.status.journal.batches),
    ),
    (
        Family(
            "fixgate_journal_segment", "gauge", "Number of the journal file that is being written."
        ),
        lambda whole: _one(whole.status.journal.segment),
    ),
    (
        Family("fixgate_journal_free_bytes", "gauge", "What is free on the journal's disk."),
        lambda whole: _one(whole.status.journal.free_mb * MB),
    ),
    (
        Family(
            "fixgate_audit_lag_batches",
            "gauge",
            "Batches that the audit database is behind the journal.",
        ),
        lambda whole: _one(whole.status.audit.lag_batches),
    ),
    (
        Family(
            "fixgate_audit_lag_seconds",
            "gauge",
            "Since the journal had the oldest batch that the audit database lacks.",
        ),
        lambda whole: _one(whole.status.audit.lag_s),
    ),
    (
        Family(
            "fixgate_audit_lag_messages",
            "gauge",
            "Messages since the start that the audit database lacks.",
        ),
        lambda whole: _one(whole.status.audit.lag_messages),
    ),
    (
        Family("process_cpu_seconds_total", "counter", "CPU time of the gateway's process."),
        lambda _whole: _one(cpu_s()),
    ),
    (
        Family(
            "process_resident_memory_bytes", "gauge", "Resident memory of the gateway's process."
        ),
        lambda _whole: (({}, size) for size in resident_bytes()),
    ),
)
"""Of the gateway as a whole."""

SESSIONS: Final[tuple[tuple[Family, OfSession], ...]] = (
    (
        Family("fixgate_session_state", "gauge", "1 for the state that the session is in."),
        lambda view: (({"state": view.state}, 1),),
    ),
    (
        Family("fixgate_session_logged_on", "gauge", "1 if it is logged on."),
        lambda view: _one(int(view.logged_on)),
    ),
    (
        Family("fixgate_session_epoch", "gauge", "Run of sequence numbers."),
        lambda view: _one(view.epoch),
    ),
    (
        Family("fixgate_session_next_in", "gauge", "MsgSeqNum(34) expected next."),
        lambda view: _one(view.next_in),
    ),
    (
        Family("fixgate_session_next_out", "gauge", "MsgSeqNum(34) sent next."),
        lambda view: _one(view.next_out),
    ),
    (
        Family(
            "fixgate_session_next_change_timestamp_seconds",
            "gauge",
            "When its schedule opens or closes next, in seconds since 1970.",
        ),
        _next_change,
    ),
    (
        Family(
            "fixgate_session_last_received_timestamp_seconds",
            "gauge",
            "When something came last, in seconds since 1970; 0 for never.",
        ),
        lambda view: _one(view.last_received_ns / NS),
    ),
    (
        Family(
            "fixgate_session_last_sent_timestamp_seconds",
            "gauge",
            "When a message was made last, in seconds since 1970; 0 for never.",
        ),
        lambda view: _one(view.last_sent_ns / NS),
    ),
    (
        Family(
            "fixgate_session_round_trip_seconds",
            "gauge",
            "From the last TestRequest(1) that was answered to its answer; 0 for none yet.",
        ),
        lambda view: _one(view.round_trip_ns / NS),
    ),
    (
        Family(
            "fixgate_session_unsent_bytes",
            "gauge",
            "Bytes that the counterparty has not taken yet.",
        ),
        lambda view: _one(view.unsent_bytes),
    ),
    (
        Family(
            "fixgate_session_held_bytes",
            "gauge",
            "Bytes that wait while old messages are sent again.",
        ),
        lambda view: _one(view.held_bytes),
    ),
    (
        Family("fixgate_session_stash_messages", "gauge", "Messages that wait behind a gap."),
        lambda view: _one(view.stash_messages),
    ),
    (
        Family(
            "fixgate_session_messages_received_total",
            "counter",
            "Messages received, by MsgType(35).",
        ),
        lambda view: _named("msg_type", view.received),
    ),
    (
        Family(
            "fixgate_session_messages_sent_total",
            "counter",
            "Messages that got a number, and gap fills, by MsgType(35).",
        ),
        lambda view: _named("msg_type", view.sent),
    ),
    (
        Family(
            "fixgate_session_rejects_received_total",
            "counter",
            "Rejects received, by MsgType(35) and reason.",
        ),
        lambda view: _rejects(view.rejects_received),
    ),
    (
        Family(
            "fixgate_session_rejects_sent_total",
            "counter",
            "Rejects sent, by MsgType(35) and reason.",
        ),
        lambda view: _rejects(view.rejects_sent),
    ),
    (
        Family(
            "fixgate_session_refused_total",
            "counter",
            "Orders and requests refused, by code; of a broker its own, by OrdRejReason(103).",
        ),
        lambda view: _named("code", view.refused),
    ),
    (
        Family(
            "fixgate_session_limits_hit_total",
            "counter",
            "How often its counterparty reached a limit, by the name of the setting.",
        ),
        lambda view: _named("limit", view.limits_hit),
    ),
    (
        Family("fixgate_session_garbled_total", "counter", "Pieces that were no message."),
        lambda view: _one(view.garbled),
    ),
    (
        Family("fixgate_session_resent_total", "counter", "Messages sent again."),
        lambda view: _one(view.resent),
    ),
    (
        Family(
            "fixgate_session_kept_total",
            "counter",
            "Messages that got their number while it was not logged on.",
        ),
        lambda view: _one(view.kept),
    ),
    (
        Family("fixgate_session_disconnects_total", "counter", "Connections that ended, by cause."),
        lambda view: _named("cause", view.disconnects),
    ),
    (
        Family(
            "fixgate_session_market_data_entries_total",
            "counter",
            "Entries of market data: came, conflated, unknown_symbol, no_price.",
        ),
        lambda view: _named("entries", view.market_data),
    ),
)
"""Of each session; the labels `session` and `role` come to those that are given here."""
