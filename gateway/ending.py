"""What a clean stop waits for, and says: answers that are due, sessions that are there."""

from time import time_ns
from typing import Final

import structlog

from gateway.engine import Engine
from gateway.orders.order import Order

log = structlog.get_logger("fixgate")

SHOWN_ORDERS: Final = 20


def unanswered(engine: Engine) -> list[Order]:
    """Orders for which a broker that is there owes an answer."""
    core = engine.core
    return [
        order
        for order in core.state.book.open.values()
        if order.held is None
        and (not order.accepted or order.open_requests)
        and (broker := core.setup.brokers.get(order.broker)) is not None
        and broker.up
    ]


def log_out(engine: Engine) -> None:
    """All sessions, also one whose connection was just being made."""
    for link in engine.links.values():
        now = time_ns()
        if link.session.logged_on:
            engine.perform(link, link.session.logout("gateway stops", now), now)


def connected(engine: Engine) -> bool:
    """Whether any session still has a connection."""
    return any(link.connection is not None for link in engine.links.values())


def say_what_stays_open(engine: Engine) -> None:
    """In the log."""
    open_orders = list(engine.core.state.book.open.values())
    log.info(
        "stopped",
        orders_open=len(open_orders),
        orders=[order.order_id for order in open_orders[:SHOWN_ORDERS]],
    )
