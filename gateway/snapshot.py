"""What opens a journal segment: the events that make the state again."""

from collections.abc import Iterator
from itertools import chain

from gateway.events import (
    CountersSet,
    Event,
    HistoryFrom,
    IntervalBegun,
    LinkStateChanged,
    NumbersChanged,
    OrphanAccountTold,
    TradingStatusSubscribed,
    encode,
)
from gateway.state import State


def snapshot(state: State, now: int) -> Iterator[tuple[int, bytes]]:
    """The events that make this state again, each with its time: what opens a journal segment.

    They tell of the moment of this call, also if they are asked for bit by bit while the state goes
    on. Closed orders are left out: a restart reads them from segment `history_from` onwards.
    """
    book = state.book
    return chain(
        list(_small_things(state, now)),
        _encoded(list(book.lists.snapshot(book.open, book.look_at))),
        book.histories(),
        # After the orders: of two trades in one nanosecond their histories do not tell the later.
        _encoded([(now, told) for told in state.prices.snapshot()]),
        # After the orders: executions in their histories are in it.
        _encoded_at(now, state.positions.snapshot()),
        # Likewise, and told as they are now.
        _encoded_at(now, iter([*state.routing.snapshot(), *state.prices.overtaken()])),
    )


def _encoded(told: list[tuple[int, Event]]) -> Iterator[tuple[int, bytes]]:
    for time_ns, event in told:
        yield time_ns, encode(event)


def _encoded_at(now: int, told: Iterator[Event]) -> Iterator[tuple[int, bytes]]:
    for event in told:
        yield now, encode(event)


def _small_things(state: State, now: int) -> Iterator[tuple[int, bytes]]:
    yield now, encode(HistoryFrom(state.history_from))
    yield now, encode(CountersSet(state.order_no, state.request_no))
    yield from _links(state, now)
    for number, request_id in state.subscriptions.items():
        yield now, encode(TradingStatusSubscribed(number, request_id))
    for told in state.lockouts.snapshot():
        yield now, encode(told)
    yield from _encoded(list(state.routing.switches.values()))
    yield from _encoded(list(state.limit_changes.snapshot()))
    for rate in state.exposures.rates():  # before the orders, whose executions count at them
        yield now, encode(rate)
    for rolled in state.day.rolls:  # before the orders, which begin at the date of their number
        yield state.day.since_ns, encode(rolled)
    for since, latched in state.levels.snapshot():
        yield since, encode(latched)
    for tripped_ns, tripped in state.breakers.snapshot(now):
        yield tripped_ns, encode(tripped)
    for seen_ns, seen in state.alarms.snapshot():
        yield seen_ns, encode(seen)
    for happened_ns, event in state.operators.snapshot():
        yield happened_ns, encode(event)
    for retained_ns, retained in state.retention.snapshot():
        yield retained_ns, encode(retained)
    yield from _encoded(list(state.brokers.snapshot(now)))
    for _, parked_ns, parked in state.parked.items():
        yield parked_ns, encode(parked)
    for key, account in state.parked.accounts.items():
        yield now, encode(OrphanAccountTold(key, account))
    for compared in state.positions.comparisons.snapshot():
        yield now, encode(compared)


def _links(state: State, now: int) -> Iterator[tuple[int, bytes]]:
    for link in state.links.values():
        yield now, encode(link.defined)
        numbers = NumbersChanged(link.number, link.epoch, link.next_in, link.next_out, "snapshot")
        yield now, encode(numbers)
        if link.interval_ns:
            begun = IntervalBegun(link.number, link.interval_ns, link.interval_epoch)
            yield now, encode(begun)
        if link.state:
            yield now, encode(LinkStateChanged(link.number, link.state, "snapshot"))
        if link.password is not None:
            yield now, encode(link.password)
        if link.rules is not None:
            yield now, encode(link.rules)


def history_needed(state: State, oldest_wanted: int) -> int:
    """The first segment a restart must read: `oldest_wanted`, or earlier where an order that was
    closed once is open again and its history lies in an older segment.
    """
    pinned = [order.segment for order in state.book.reopened.values()]
    return min([oldest_wanted, *pinned])
