"""The configuration: one frozen tree, read once from `fixgate.toml`, every problem told at once."""

from __future__ import annotations

from gateway.config.brokers import Broker, FixBroker, PaperBroker
from gateway.config.clients import Client, Listener
from gateway.config.load import load_config
from gateway.config.models import ANY, Config
from gateway.config.problems import ConfigError
from gateway.config.process import (
    AuditSettings,
    ControlSettings,
    GatewaySettings,
    JournalSettings,
    LogSettings,
    PasswordSettings,
)
from gateway.config.rules import ReferenceSettings, RiskLimit, RiskSettings, Route
from gateway.config.schedules import ScheduleSettings

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
    "PasswordSettings",
    "ReferenceSettings",
    "RiskLimit",
    "RiskSettings",
    "Route",
    "ScheduleSettings",
    "load_config",
]
