"""The configuration as one frozen tree: every setting, its unit, its bounds and its default.

Owns the tree's top; the sections stand beside it. The text below a field is its documentation and
becomes the comment in a new `fixgate.toml`. Knows nothing of files, TOML or the environment.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Final

from pydantic import Field

from gateway.config.alerts import Alert
from gateway.config.breakers import BreakerSettings
from gateway.config.brokers import Broker, FixBroker
from gateway.config.clients import AcceptorLink, Client, DropCopy, Listener
from gateway.config.day import DaySettings
from gateway.config.initiator import FixInitiator
from gateway.config.market_data import MarketData
from gateway.config.process import (
    ArchiveSettings,
    AuditSettings,
    ControlSettings,
    GatewaySettings,
    JournalSettings,
    LogSettings,
    MetricsSettings,
    PasswordSettings,
)
from gateway.config.routing import RoutingSettings
from gateway.config.rules import ReferenceSettings, RiskSettings, Route
from gateway.config.schedules import ScheduleSettings
from gateway.config.section import Section

ANY: Final = "*"
FIX_SECTIONS: Final = ("clients", "drop_copies", "brokers", "market_data")
"""Sections whose entries are FIX sessions."""


class Config(Section):
    """The whole configuration of one gateway."""

    gateway: GatewaySettings = GatewaySettings()
    journal: JournalSettings = JournalSettings()
    audit: AuditSettings = AuditSettings()
    archive: ArchiveSettings = ArchiveSettings()
    control: ControlSettings = ControlSettings()
    metrics: MetricsSettings = MetricsSettings()
    log: LogSettings = LogSettings()
    passwords: PasswordSettings = PasswordSettings()
    listeners: Annotated[tuple[Listener, ...], Field(min_length=1)]
    day: DaySettings = DaySettings()
    schedules: tuple[ScheduleSettings, ...] = ()
    clients: Annotated[tuple[Client, ...], Field(min_length=1)]
    drop_copies: tuple[DropCopy, ...] = ()
    brokers: Annotated[tuple[Broker, ...], Field(min_length=1)]
    market_data: tuple[MarketData, ...] = ()
    routes: Annotated[tuple[Route, ...], Field(min_length=1)]
    routing: RoutingSettings = RoutingSettings()
    reference: ReferenceSettings = ReferenceSettings()
    risk: RiskSettings = RiskSettings()
    breakers: tuple[BreakerSettings, ...] = ()
    alerts: tuple[Alert, ...] = ()

    @cached_property
    def templates(self) -> tuple[Client, ...]:
        """The clients that stand for many, in their order."""
        return tuple(client for client in self.clients if client.is_template)

    @property
    def acceptors(self) -> list[AcceptorLink]:
        """All who log on to us: the clients, then the drop copies."""
        return [*self.clients, *self.drop_copies]

    @property
    def initiators(self) -> list[tuple[str, int, FixInitiator]]:
        """Those we connect to, each with its section and its index there."""
        brokers = [
            ("brokers", index, broker)
            for index, broker in enumerate(self.brokers)
            if isinstance(broker, FixBroker)
        ]
        return [*brokers, *(("market_data", i, one) for i, one in enumerate(self.market_data))]

    @property
    def fix_links(self) -> list[AcceptorLink | FixInitiator]:
        """All FIX sessions: those who log on to us, then those we connect to."""
        return [*self.acceptors, *(link for _, _, link in self.initiators)]
