"""The configuration as one frozen tree: every setting, its unit, its bounds and its default.

Owns the tree's top; the sections stand beside it. The text below a field is its documentation and
becomes the comment in a new `fixgate.toml`. Knows nothing of files, TOML or the environment.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from gateway.config.brokers import Broker, FixBroker
from gateway.config.clients import Client, Listener
from gateway.config.process import (
    AuditSettings,
    ControlSettings,
    GatewaySettings,
    JournalSettings,
    LogSettings,
    PasswordSettings,
)
from gateway.config.rules import ReferenceSettings, RiskSettings, Route
from gateway.config.schedules import ScheduleSettings
from gateway.config.section import Section

ANY: Final = "*"


class Config(Section):
    """The whole configuration of one gateway."""

    gateway: GatewaySettings = GatewaySettings()
    journal: JournalSettings = JournalSettings()
    audit: AuditSettings = AuditSettings()
    control: ControlSettings = ControlSettings()
    log: LogSettings = LogSettings()
    passwords: PasswordSettings = PasswordSettings()
    listeners: Annotated[tuple[Listener, ...], Field(min_length=1)]
    schedules: tuple[ScheduleSettings, ...] = ()
    clients: Annotated[tuple[Client, ...], Field(min_length=1)]
    brokers: Annotated[tuple[Broker, ...], Field(min_length=1)]
    routes: Annotated[tuple[Route, ...], Field(min_length=1)]
    reference: ReferenceSettings = ReferenceSettings()
    risk: RiskSettings = RiskSettings()

    @property
    def fix_links(self) -> list[Client | FixBroker]:
        """All FIX sessions: the clients, then the brokers over FIX."""
        brokers = [broker for broker in self.brokers if isinstance(broker, FixBroker)]
        return [*self.clients, *brokers]
