"""The configuration: one frozen tree, read once from `fixgate.toml`, every problem told at once."""

from __future__ import annotations

from gateway.config.load import load_config
from gateway.config.models import (
    ANY,
    AuditSettings,
    Broker,
    Client,
    Config,
    ControlSettings,
    FixBroker,
    GatewaySettings,
    JournalSettings,
    Listener,
    LogSettings,
    PaperBroker,
    ReferenceSettings,
    RiskLimit,
    RiskSettings,
    Route,
    ScheduleSettings,
)
from gateway.config.problems import ConfigError

__all__ = [
    "ANY",
    "AuditSettings",
    "Broker",
    "Client",
    "Config",
    "ConfigError",
    "ControlSettings",
    "FixBroker",
    "GatewaySettings",
    "JournalSettings",
    "Listener",
    "LogSettings",
    "PaperBroker",
    "ReferenceSettings",
    "RiskLimit",
    "RiskSettings",
    "Route",
    "ScheduleSettings",
    "load_config",
]
