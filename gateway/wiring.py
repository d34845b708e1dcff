"""Makes sessions and brokers, and connects, disconnects and exchanges them.

Owns the outgoing connections. A session is exchanged, or let go, only while it has no connection:
one that has is logged out first. Numbers go on where they stand.
"""

import asyncio
from functools import partial
from time import time_ns
from typing import Any

from gateway.brokers import BROKERS
from gateway.brokers.paper import PaperBroker as Paper
from gateway.build import LinkMaker, budget_of
from gateway.calling import caller
from gateway.config import AcceptorLink, ApiBroker, FixInitiator, HttpBroker, PaperBroker
from gateway.engine import Engine
from gateway.known_links import BROKER, MARKET_DATA, KnownLinks, Session, sessions_of
from gateway.link import CALLED, Link
from gateway.link_numbers import LinkNumbers
from gateway.prepared import Prepared
from gateway.reception import Reception
from gateway.reference import Reference
from gateway.session_rules import record_rules
from gateway.state import State
from gateway.timetable import Timetable
from sessions.state import LATENT, LOGGED_ON, OUT_OF_SCHEDULE
from sessions.transport import Initiator


class Wiring:
    """All links of a gateway."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        engine: Engine,
        maker: LinkMaker,
        reception: Reception,
        timetable: Timetable,
    ) -> None:
        self._loop = loop
        self._engine = engine
        self._maker = maker
        self._reception = reception
        self._timetable = timetable
        self._initiators: dict[int, Initiator] = {}
        self._is_stopping = False

    # --- making ---------------------------------------------------------------------------------

    def recover(self, prepared: Prepared, state: State) -> None:
        """All sessions as they were left when the gateway ended; paper brokers begin anew."""
        known = KnownLinks(state)
        for session in sessions_of(prepared.config, state):
            link = self._recovered(session, known.of(session))
            self.expect(session, link)
            if isinstance(session, FixInitiator):
                self._make_initiator(session, link)
        for broker in prepared.config.brokers:
            number = self._engine.core.setup.brokers[broker.name].link
            if isinstance(broker, PaperBroker):
                self._make_paper(broker, number, prepared.reference)
            elif isinstance(broker, ApiBroker):
                self._make_api(broker, number)

    def _recovered(self, config: Session, known: LinkNumbers) -> Link:
        link = self._engine.links[known.number] = self._maker.make(config, known)
        record_rules(self._engine, link, time_ns())
        self._engine.perform(link, link.session.recovered(known.state), time_ns())
        return link

    def _make_paper(self, config: PaperBroker, number: int, reference: Reference) -> None:
        """A broker in memory."""
        broker = Paper(seed=config.seed, **_behaviour(config, reference))
        self._engine.paper.add(number, config.name, broker)

    def _make_api(self, config: ApiBroker, number: int) -> None:
        """A broker over an API."""
        tls = config.tls if isinstance(config, HttpBroker) else None
        certificates = self._reception.certificates
        context = certificates.of(tls, config.name) if tls is not None else None
        adapter = BROKERS[config.type].make(config, context)
        self._engine.apis.add(number, config, adapter)

    def _make_initiator(self, config: FixInitiator, link: Link) -> None:
        certificates = self._reception.certificates
        made = caller(self._loop, self._engine, config, link, certificates)
        self._initiators[link.number] = made

    # --- another configuration ------------------------------------------------------------------

    def exchange(self, maker: LinkMaker) -> None:
        """Make sessions by another configuration from now on."""
        self._maker = maker

    async def read_certificates(self) -> None:
        """Those of listeners and brokers, if they have changed."""
        await self._reception.certificates.look()

    def add(self, config: Session, known: LinkNumbers) -> None:
        """A session that was not there, or not any more."""
        now = time_ns()
        link = self._engine.links[known.number] = self._maker.make(config, known)
        record_rules(self._engine, link, now)
        self._begin(config, link, now)

    def _begin(self, config: Session, link: Link, now: int) -> None:
        self.expect(config, link)
        if isinstance(config, FixInitiator):
            self._make_initiator(config, link)
        self._timetable.add([link], now)
        if isinstance(config, FixInitiator):
            self._connect_or_not(link, link.session.state)

    def expect(self, config: Session, link: Link) -> None:
        """Let who comes to us log on where it may."""
        if isinstance(config, AcceptorLink):
            self._reception.expect(config, link)

    def adjust(self, config: Session, link: Link, now: int) -> None:
        """The session goes on, by another schedule or by settings that it does not have inside."""
        held = link.session.config
        if (
            isinstance(config, AcceptorLink)
            and isinstance(held, AcceptorLink)
            and _spends(held, config)
        ):
            link.budget = budget_of(config)
        link.session.config = config
        self._engine.committer.message_log.follow(link)
        self._engine.perform(link, link.session.reschedule(self._maker.calendar(config), now), now)
        self._timetable.add([link], now)

    def renew(self, config: Session, link: Link, now: int) -> None:
        """The session logs out, and comes back as the configuration has it now."""
        link.renewal = partial(self._renewed, config, link)
        if link.connection is None:
            self._renew_now(link)
        else:
            text = "its settings have changed, log on again"
            self._engine.perform(link, link.session.logout(text, now), now)

    def _renew_now(self, link: Link) -> None:
        renew, link.renewal = link.renewal, None
        if renew is not None:
            renew()

    def _renewed(self, config: Session, link: Link) -> None:
        made = self._maker.make(config, self._known(link))
        made.session.counts = link.session.counts
        link.session, link.budget, link.rules = made.session, made.budget, made.rules
        record_rules(self._engine, link, time_ns())
        initiator = self._initiators.pop(link.number, None)
        if initiator is not None:
            initiator.stop_reconnecting()
        self._begin(config, link, time_ns())

    def _known(self, link: Link) -> LinkNumbers:
        """What the state has of a session, up to date."""
        known = self._engine.core.state.links[link.number]
        known.stand_at(link.session.numbers)
        return known

    def retire(self, link: Link, now: int) -> None:
        """The session is taken out: it ends at once, and nobody may log on to it."""
        link.renewal = partial(self._forget, link)
        if link.connection is None:
            self._renew_now(link)
        else:
            text = "the session is taken out of the configuration"
            self._engine.perform(link, link.session.retire(text, now), now)

    def _forget(self, link: Link) -> None:
        """What the journal knows of it stays: it may be put in again."""
        self._known(link)
        if link.timer is not None:
            link.timer.cancel()
        self._timetable.drop(link)
        initiator = self._initiators.pop(link.number, None)
        if initiator is not None:
            initiator.stop_reconnecting()
        setup = self._engine.core.setup
        if link.number not in {broker.link for broker in setup.brokers.values()}:
            setup.brokers_by_link.pop(link.number, None)
        setup.let_feed_go(link.number)
        self._engine.links.pop(link.number, None)

    def exchange_paper(self, prepared: Prepared, now: int) -> None:
        """Brokers in memory that come, or behave otherwise. One that is taken out has no open order
        and gets none.
        """
        engine = self._engine
        for config in prepared.config.brokers:
            if not isinstance(config, PaperBroker):
                continue
            broker = engine.core.setup.brokers[config.name]
            made = engine.paper.get(broker.link)
            if made is not None:
                made.behave(**_behaviour(config, prepared.reference))
            else:
                self._make_paper(config, broker.link, prepared.reference)
            if not broker.up:
                engine.perform_decision(engine.core.broker_up(config.name, now))

    def exchange_apis(self, prepared: Prepared) -> None:
        """Brokers over APIs that come, go, or are to be connected to otherwise."""
        apis = self._engine.apis
        wanted = {one.name: one for one in prepared.config.brokers if isinstance(one, ApiBroker)}
        for number, link in apis.items():
            if link.settings != wanted.pop(link.name, None):
                apis.drop(number)
        for config in prepared.config.brokers:
            number = self._engine.core.setup.brokers[config.name].link
            if isinstance(config, ApiBroker) and apis.get(number) is None:
                self._make_api(config, number)
                apis.start(number)

    # --- coming and going -----------------------------------------------------------------------

    def start(self) -> None:
        """Have sessions follow their schedules, and connect."""
        self._timetable.add(self._engine.links.values(), time_ns())
        for number, initiator in self._initiators.items():
            if self._engine.links[number].session.state != OUT_OF_SCHEDULE:
                initiator.start()
        self._engine.apis.start()

    def state_changed(self, link: Link, state: str) -> None:
        """A session has another state: what the core and connections have to do about it."""
        logged_on = state == LOGGED_ON
        if link.role in CALLED:
            self._connect_or_not(link, state)
        if link.role == MARKET_DATA:
            self._feed_changed(link, logged_on)
        elif link.role == BROKER:
            broker = self._engine.core.setup.brokers_by_link[link.number]
            if logged_on and not broker.up:
                self._initiators[link.number].logged_on()
                decision = self._engine.core.broker_up(link.name, time_ns())
                self._engine.perform_decision(decision)
            elif not link.session.logged_on:
                broker.up = False
                self._engine.core.setup.feed_gone(link.number)
        elif logged_on and link.connection is not None:
            link.alarm = ""
            self._reception.identified(link.connection)

    def _feed_changed(self, link: Link, logged_on: bool) -> None:
        feed = self._engine.core.setup.feeds[link.number]
        if logged_on and not feed.up:
            self._initiators[link.number].logged_on()
            self._engine.perform_decision(self._engine.core.feed_up(link.number, time_ns()))
        elif not link.session.logged_on:
            self._engine.core.setup.feed_gone(link.number)

    def _connect_or_not(self, link: Link, state: str) -> None:
        initiator = self._initiators[link.number]
        if state == OUT_OF_SCHEDULE:
            initiator.stop_reconnecting()
        elif state == LATENT and not self._is_stopping:
            initiator.start()

    def stop_reconnecting(self) -> None:
        """Connect to nobody any more."""
        self._is_stopping = True
        for initiator in self._initiators.values():
            initiator.stop_reconnecting()

    def stop(self, why: str) -> None:
        """Close the outgoing connections."""
        self._is_stopping = True
        for initiator in self._initiators.values():
            initiator.stop(why)


def _spends(held: AcceptorLink, config: AcceptorLink) -> bool:
    """Whether it may send more or fewer messages than before."""
    names = ("message_rate_per_s", "message_burst", "message_policy")
    return any(getattr(held, name) != getattr(config, name) for name in names)


def _behaviour(config: PaperBroker, reference: Reference) -> dict[str, Any]:
    """Of a broker in memory."""
    return {
        "fill": config.fill,
        "ack_delay_ms": config.ack_delay_ms,
        "fill_delay_ms": config.fill_delay_ms,
        "slices": config.slices,
        "prices": {symbol: close.price for symbol, close in reference.closes.items()},
    }
