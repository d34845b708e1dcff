"""What has happened to sessions: who they are, where their numbers stand. Part of the state."""

from collections.abc import Callable
from typing import Any

from gateway.events import (
    Event,
    IntervalBegun,
    LinkDefined,
    LinkStateChanged,
    NumbersChanged,
    NumberTaken,
    PasswordChanged,
    TagRulesInForce,
    TradingStatusSubscribed,
)
from gateway.known_brokers import KnownBrokers
from gateway.link_numbers import LinkNumbers


class LinkFacts:
    """`links` by number. `subscriptions`: the TradSesReqID(335) of each client that wants to hear
    of halts. `brokers` hear which of them are in memory.
    """

    __slots__ = ("_brokers", "links", "subscriptions")

    def __init__(self, brokers: KnownBrokers) -> None:
        self._brokers = brokers
        self.links: dict[int, LinkNumbers] = {}
        self.subscriptions: dict[int, str] = {}

    def appliers(self) -> dict[type[Event], Callable[[Any, int, bytes], None]]:
        """What applies each event that concerns sessions alone."""
        return {
            LinkDefined: self._link_defined,
            NumbersChanged: self._numbers_changed,
            NumberTaken: self._number_taken,
            LinkStateChanged: self._link_state_changed,
            IntervalBegun: self._interval_begun,
            TradingStatusSubscribed: self._trading_status_subscribed,
            TagRulesInForce: self._tag_rules_in_force,
            PasswordChanged: self._password_changed,
        }

    def _link_defined(self, event: LinkDefined, _now: int, _payload: bytes) -> None:
        self.links[event.number] = LinkNumbers(event)
        if event.role == "paper":
            self._brokers.in_memory.add(event.name)
        else:  # a name that another kind of broker has taken over
            self._brokers.in_memory.discard(event.name)

    def _numbers_changed(self, event: NumbersChanged, _now: int, _payload: bytes) -> None:
        link = self.links[event.link]
        link.epoch, link.next_in, link.next_out = event.epoch, event.next_in, event.next_out

    def _number_taken(self, event: NumberTaken, _now: int, _payload: bytes) -> None:
        self.links[event.link].next_in = event.seq + 1

    def _link_state_changed(self, event: LinkStateChanged, _now: int, _payload: bytes) -> None:
        self.links[event.link].state = event.state

    def _interval_begun(self, event: IntervalBegun, _now: int, _payload: bytes) -> None:
        link = self.links[event.link]
        link.interval_ns, link.interval_epoch = event.begin_ns, event.epoch

    def _trading_status_subscribed(self, event: Any, _now: int, _payload: bytes) -> None:
        if event.trad_ses_req_id:
            self.subscriptions[event.link] = event.trad_ses_req_id
        else:
            self.subscriptions.pop(event.link, None)

    def _tag_rules_in_force(self, event: TagRulesInForce, _now: int, _payload: bytes) -> None:
        self.links[event.link].rules = event if event.digest else None

    def _password_changed(self, event: PasswordChanged, _now: int, _payload: bytes) -> None:
        self.links[event.link].password = event
