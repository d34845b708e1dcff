"""Clients that templates stand for, when they come for the first time.

A Logon(A) is first tried on a session that nobody knows: only one that would be taken makes the
client known. All others leave nothing behind but the evidence of a stranger.
"""

from typing import Final

from gateway.build import LinkMaker, core_client
from gateway.config import Client, Config
from gateway.engine import Engine
from gateway.known_links import definition, gone, keep_the_name, whose
from gateway.link import Link
from gateway.link_numbers import LinkNumbers
from gateway.session_rules import record_rules
from gateway.templates import Identity, find, template_of
from gateway.timetable import Timetable
from sessions.effects import Alarm

SESSIONS_MAX: Final = "SESSIONS_MAX"
"""Code of the alarm for a client that a full template turned away."""
RENAMED: Final = "RENAMED"
"""Code of the alarm for one whose session had another name, in an entry that is gone."""


class Guests:
    """Makes links for clients of templates."""

    def __init__(
        self, config: Config, engine: Engine, maker: LinkMaker, timetable: Timetable
    ) -> None:
        self._engine = engine
        self._timetable = timetable
        self.renew(config, maker)

    def renew(self, config: Config, maker: LinkMaker) -> None:
        """Go by another configuration."""
        self._config = config
        self._maker = maker
        self._templates = config.templates

    def claimed(self, identity: Identity, listener: str) -> Client | None:
        """The client that a stranger says to be, None if no template takes it or it is known."""
        open_here = [t for t in self._templates if not t.listeners or listener in t.listeners]
        client = find(open_here, identity)
        return None if client is None or self._is_known(client.name) else client

    def admit(self, identity: Identity, frame: bytes, listener: str, now: int) -> Link | None:
        """The new link of a client that no link is for, None if no template takes its Logon(A).
        Its password, if it needs one, was right.
        """
        client = self.claimed(identity, listener)
        if client is None:
            return None
        if not self._would_log_on(client, frame, now) or self._is_full(client):
            return None
        if self._had_another_name(client):
            return None
        return self._define(client, now)

    def _is_known(self, name: str) -> bool:
        return any(link.name == name for link in self._engine.links.values())

    def _would_log_on(self, client: Client, frame: bytes, now: int) -> bool:
        trial = self._maker.make(client, LinkNumbers(definition(client))).session
        effects = [*trial.connected(now), *trial.receive(frame, now)]
        if not trial.logged_on:
            for effect in effects:
                if isinstance(effect, Alarm):
                    self._engine.alarms.add(
                        effect.code, f"{client.name}: {effect.text}", by_anybody=True
                    )
        return trial.logged_on

    def _is_full(self, client: Client) -> bool:
        template = template_of(self._config, client.name)
        assert template is not None, f"{client.name} is of no template"
        links = self._engine.core.state.links.values()
        names = {known.defined.name for known in links} - {client.name}
        seen = sum(name.startswith(f"{template.name}.") for name in names)
        if seen < template.sessions_max:
            return False
        text = f"{client.name}: template {template.name} has sessions_max = {seen} clients already"
        self._engine.alarms.add(SESSIONS_MAX, text, by_anybody=True)
        self._engine.hit("sessions_max")
        return True

    def _had_another_name(self, client: Client) -> bool:
        old = gone(self._config, self._engine.core.state).get(whose(definition(client)))
        if old is not None:
            text = keep_the_name(client.name, old)
            self._engine.alarms.add(RENAMED, text, by_anybody=True)
        return old is not None

    def _define(self, client: Client, now: int) -> Link:
        core = self._engine.core
        fact = definition(client)
        fact.number = max(core.state.links) + 1
        self._engine.event(fact, now)
        link = self._maker.make(client, core.state.links[fact.number])
        self._engine.links[fact.number] = link
        record_rules(self._engine, link, now)
        core.setup.add_client(core_client(client, fact.number, self._maker.prepared))
        self._timetable.add([link], now)
        return link
