"""The configuration: one frozen tree, read once from `fixgate.toml`, every problem told at once."""

from __future__ import annotations

from gateway.config.api_broker import ApiBroker, HttpBroker
from gateway.config.breakers import BreakerSettings
from gateway.config.brokers import Broker, FixBroker, PaperBroker
from gateway.config.clients import AcceptorLink, Client, DropCopy, Listener
from gateway.config.initiator import FixInitiator
from gateway.config.load import load_config
from gateway.config.market_data import MarketData
from gateway.config.models import ANY, Config
from gateway.config.problems import ConfigError
from gateway.config.process import (
    ArchiveSettings,
    AuditSettings,
    ControlSettings,
    GatewaySettings,
    JournalSettings,
    LogSettings,
    PasswordSettings,
)
from gateway.config.rules import ReferenceSettings, RiskLimit, RiskSettings, Route
from gateway.config.schedules import ScheduleSettings
from gateway.config.tls import BrokerTls, ListenerTls

__all__ = [
    "ANY",
    "AcceptorLink",
    "ApiBroker",
    "ArchiveSettings",
    "AuditSettings",
    "BreakerSettings",
    "Broker",
    "BrokerTls",
    "Client",
    "Config",
    "ConfigError",
    "ControlSettings",
    "DropCopy",
    "FixBroker",
    "FixInitiator",
    "GatewaySettings",
    "HttpBroker",
    "JournalSettings",
    "Listener",
    "ListenerTls",
    "LogSettings",
    "MarketData",
    "PaperBroker",
    "PasswordSettings",
    "ReferenceSettings",
    "RiskLimit",
    "RiskSettings",
    "Route",
    "ScheduleSettings",
    "load_config",
]
