"""What stands in the way of a configuration while sessions and orders are as they are."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from gateway.config import ApiBroker, Broker, Config, FixBroker
from gateway.known_links import KnownLinks, Session, definition, same_session
from gateway.orders.book import OrderBook
from gateway.reload.open_orders import named
from gateway.state import State


def brokers_in_use(before: Config, after: Config, book: OrderBook) -> Iterator[str]:
    """A broker that holds orders stays as it is, or nobody could cancel them."""
    wanted = {broker.name: broker for broker in after.brokers}
    for broker in before.brokers:
        found = wanted.get(broker.name)
        if found is not None and _is_same(broker, found):
            continue
        orders = [order for order in book.open.values() if order.broker == broker.name]
        if orders:
            what = "is taken out" if found is None else "becomes another session"
            yield (
                f"brokers[{broker.name}]: {what}, and has {len(orders)} open order(s),"
                f" {named(orders)}: cancel them first"
            )


def _is_same(one: Broker, other: Broker) -> bool:
    if isinstance(one, FixBroker) and isinstance(other, FixBroker):
        return same_session(one, other)
    if isinstance(one, ApiBroker) and isinstance(other, ApiBroker):
        return (one.type, one.account) == (other.type, other.account)
    return type(one) is type(other)


def still_ending(added: Sequence[Session], state: State, links: Container[int]) -> Iterator[str]:
    """A session that was taken out and comes again before its connection is gone: there is one of
    a number.
    """
    known = KnownLinks(state)
    for session in added:
        found = known.get(definition(session))
        if found is not None and found.number in links:
            yield f"{session.name}: is still being logged out: reload again in a few seconds"
