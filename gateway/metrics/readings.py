"""Metrics of what the monitor read in its last round: a list like those in `families`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from gateway.control.exposure_models import BrokerReading, SessionReading
from gateway.metrics.exposition import Family, Sample
from gateway.metrics.families import NS, OfGateway, Whole


def _of_brokers(read: Callable[[BrokerReading], float]) -> OfGateway:
    return lambda whole: (({"broker": b.broker}, read(b)) for b in whole.readings.brokers)


def _of_sessions(read: Callable[[SessionReading], float]) -> OfGateway:
    return lambda whole: (({"session": s.session}, read(s)) for s in whole.readings.sessions)


def _uses(whole: Whole) -> Iterable[Sample]:
    return (({"limit": u.limit, "scope": u.scope}, u.ratio) for u in whole.readings.uses)


def _latencies(whole: Whole) -> Iterable[Sample]:
    for broker in whole.readings.brokers:
        if broker.answers:
            yield {"broker": broker.broker, "quantile": "0.5"}, broker.p50_ns / NS
            yield {"broker": broker.broker, "quantile": "0.99"}, broker.p99_ns / NS


def _result(whole: Whole) -> Iterable[Sample]:
    if whole.readings.result_today is not None:
        yield {}, whole.readings.result_today


READINGS: Final[tuple[tuple[Family, OfGateway], ...]] = (
    (
        Family(
            "fixgate_limit_used_ratio",
            "gauge",
            "How much of a limit on what a scope has in all is used, 1 for all; the nearest 1,000.",
        ),
        _uses,
    ),
    (
        Family(
            "fixgate_broker_ack_seconds",
            "gauge",
            "From an order to the broker's first answer, by quantile over the last minute.",
        ),
        _latencies,
    ),
    (
        Family(
            "fixgate_broker_ack_waiting_seconds",
            "gauge",
            "How long the order waits for a first answer that waits for longest; 0 for none.",
        ),
        _of_brokers(lambda broker: broker.waits_ns / NS),
    ),
    (
        Family("fixgate_broker_orders_unknown", "gauge", "Unknown orders, by broker."),
        _of_brokers(lambda broker: broker.unknown_orders),
    ),
    (
        Family(
            "fixgate_rejection_ratio",
            "gauge",
            "What was rejected of a session's orders in the last minute, 1 for all.",
        ),
        _of_sessions(lambda session: session.rejection_ratio),
    ),
    (
        Family("fixgate_orders_per_second", "gauge", "Orders and replaces, over the last minute."),
        _of_sessions(lambda session: session.orders_per_s),
    ),
    (
        Family("fixgate_messages_received_per_second", "gauge", "Messages, over the last minute."),
        _of_sessions(lambda session: session.messages_per_s),
    ),
    (
        Family(
            "fixgate_result_today",
            "gauge",
            "What the firm won or lost today, in the currency of the limits; none if not known.",
        ),
        _result,
    ),
    (
        Family(
            "fixgate_monitor_timestamp_seconds",
            "gauge",
            "When the last round of the monitor began, in seconds since 1970; 0 for none yet.",
        ),
        lambda whole: (({}, whole.readings.time_ns / NS),),
    ),
    (
        Family("fixgate_monitor_round_seconds", "gauge", "How long it took."),
        lambda whole: (({}, whole.readings.took_ns / NS),),
    ),
)
"""Of the gateway as a whole, as of the last second."""
