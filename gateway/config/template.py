"""A complete, commented `fixgate.toml`, made from the models so that it never lags behind them.

Owns the example values and the layout. Each setting is written with its documentation; what has a
default stands there commented out. Knows no files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from textwrap import wrap
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.config.alerts import EmailSink, NewsSink, WebhookSink
from gateway.config.breakers import BreakerSettings
from gateway.config.brokers import FixBroker, PaperBroker
from gateway.config.capabilities import Capabilities
from gateway.config.clients import Client, DropCopy, Listener
from gateway.config.market_data import MarketData
from gateway.config.models import Config
from gateway.config.routing import VenueSettings, WeightSettings
from gateway.config.rules import ReferenceSql, RiskLimit, Route
from gateway.config.schedules import ScheduleSettings
from gateway.config.section import NOT_SHOWN
from gateway.config.tls import BrokerTls, ListenerTls
from gateway.config.toml_text import toml_text

HEADER: Final = """\
# fixgate.toml: the configuration of one fixgate gateway.
#
# Every setting is here. A line that begins with "#key = value" shows the default: remove the "#"
# to change it. "fixgate check" lists every problem in this file; "fixgate run" starts the gateway.
# Units are part of the names: _s seconds, _ms milliseconds, _mb MiB, _pct percent.
# The environment goes over the file: FIXGATE_DATA_DIR, FIXGATE_DATABASE_URL,
# FIXGATE_CONTROL_SOCKET, FIXGATE_LOG_LEVEL. Secrets stand elsewhere: password = "env:NAME"
# takes the environment variable NAME, "file:PATH" the text of a file that not everybody may read,
# "keyring:SERVICE/USER" what the system's keyring has (pip install 'fixgate[keyring]').
"""
INSTRUMENTS: Final = """\
symbol,security_type,currency,tick_size,lot_size,multiplier,restricted
AAPL,CS,USD,0.01,1,1,no
MSFT,CS,USD,0.01,1,1,no
IBM,CS,USD,0.01,1,1,no
"""
_CLOSES: Final = (("AAPL", "187.50"), ("MSFT", "412.10"), ("IBM", "231.40"))
SECTIONS: Final = (
    "gateway",
    "journal",
    "audit",
    "archive",
    "control",
    "metrics",
    "log",
    "passwords",
)
_APART: Final = frozenset(
    {"role", "limits", "capabilities", "sql", "tls", "venue", "weights"}
)  # told by the section; sections of their own

_SCHEDULE: Final = {
    "name": "us-equities",
    "time_zone": "America/New_York",
    "windows": ["07:00-20:00"],
    "weekdays": ["Mon", "Tue", "Wed", "Thu", "Fri"],
    "holidays": ["2026-11-26", "2026-12-25"],
    "reset": "window",
}
EXAMPLE_CLIENT: Final = {
    "name": "ACME",
    "begin_string": "FIX.4.4",
    "sender_comp_id": "FIXGATE",
    "target_comp_id": "ACME",
    "accounts": ["ACC1"],
    "default_account": "ACC1",
}
_DROP_COPY: Final = {
    "name": "RISK",
    "begin_string": "FIX.4.4",
    "sender_comp_id": "FIXGATE",
    "target_comp_id": "RISK",
    "of": ["firm"],
}
_PAPER: Final = {"name": "PAPER", "type": "paper"}
_FIX: Final = {
    "name": "SIM",
    "type": "fix",
    "hosts": ["127.0.0.1:9001"],
    "begin_string": "FIX.4.4",
    "sender_comp_id": "FIXGATE",
    "target_comp_id": "SIM",
}
_MARKET_DATA: Final = {
    "name": "PRICES",
    "hosts": ["127.0.0.1:9002"],
    "begin_string": "FIX.4.4",
    "sender_comp_id": "FIXGATE",
    "target_comp_id": "PRICES",
}
_SQL: Final = {
    "database_url": "sqlite:////srv/reference.db",
    "instruments": "SELECT symbol, security_type, currency, tick_size, lot_size FROM instruments",
}
_LISTENER_TLS: Final = {
    "certificate": "fixgate.pem",
    "key": "fixgate.key",
    "client_ca": "clients-ca.pem",
}
_BROKER_TLS: Final = {"ca": "broker-ca.pem", "server_name": "fix.broker.example"}
_CAPABILITIES: Final = {
    "order_types": ["market", "limit"],
    "times_in_force": ["day", "gtc", "ioc", "fok"],
}
_VENUE: Final = {"kind": "dark", "fee_bps": 0.5, "min_quantity": 1000}
_WEBHOOK: Final = {
    "name": "ops",
    "type": "webhook",
    "url": "https://alerts.example.com/fixgate",
    "secret": "file:webhook.secret",
}
_EMAIL: Final = {
    "name": "mail",
    "type": "email",
    "host": "smtp.example.com",
    "sender": "fixgate@example.com",
    "to": ["desk@example.com"],
}
_NEWS: Final = {"name": "desk", "type": "news", "sessions": ["ACME"]}
FIRM: Final = {
    "scope": "firm",
    "instrument_known": "on",
    "max_quantity": 100_000,
    "max_notional": 5_000_000,
    "price_collar_pct": 10,
    "max_open_orders": 1000,
    "max_open_notional": 50_000_000,
    "max_gross_notional": 200_000_000,
    "max_credit": 50_000_000,
    "max_daily_loss": "off",
    "order_rate_per_s": 200,
    "order_burst": 400,
    "cancel_rate_per_s": 1000,
    "cancel_burst": 2000,
    "duplicate_window_s": 1,
    "duplicate_max": 10,
}

_BREAKER: Final = {
    "name": "account-loss",
    "condition": "daily_loss",
    "scopes": ["account:*"],
    "threshold": 250_000,
    "actions": ["reduce_only"],
}


def config_text() -> str:
    """The text of a new `fixgate.toml`: one client, the paper broker, limits for the firm."""
    parts = [HEADER]
    parts.extend(_section(name) for name in SECTIONS)
    parts.append(_entry("listeners", Listener, {"host": "127.0.0.1", "port": 5001}))
    parts.append(_commented(_table("listeners.tls", ListenerTls, _LISTENER_TLS)))
    parts.append(_commented(_entry("schedules", ScheduleSettings, _SCHEDULE)))
    parts.append(_section("day"))
    parts.append(_entry("clients", Client, EXAMPLE_CLIENT))
    parts.append(_commented(_entry("drop_copies", DropCopy, _DROP_COPY)))
    parts.append(_entry("brokers", PaperBroker, _PAPER))
    parts.append(_commented(_entry("brokers", FixBroker, _FIX)))
    parts.append(_commented(_table("brokers.capabilities", Capabilities, _CAPABILITIES)))
    parts.append(_commented(_table("brokers.venue", VenueSettings, _VENUE)))
    parts.append(_commented(_table("brokers.tls", BrokerTls, _BROKER_TLS)))
    parts.append(_commented(_entry("market_data", MarketData, _MARKET_DATA)))
    parts.append(_entry("routes", Route, {"name": "all", "broker": "PAPER"}))
    parts.append(_section("routing"))
    parts.append(_table("routing.weights", WeightSettings, {}))
    parts.append(_commented(_entry("breakers", BreakerSettings, _BREAKER)))
    for model, values in ((WebhookSink, _WEBHOOK), (EmailSink, _EMAIL), (NewsSink, _NEWS)):
        parts.append(_commented(_entry("alerts", model, values)))
    parts.append(_section("reference"))
    parts.append(_commented(_table("reference.sql", ReferenceSql, _SQL)))
    parts.append(_section("risk"))
    parts.append(_entry("risk.limits", RiskLimit, FIRM))
    return "\n".join(parts)


def closes_text(now: datetime) -> str:
    """An example price file whose prices were made at `now`, so that they are not stale."""
    time = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = [f"{symbol},{price},{time}" for symbol, price in _CLOSES]
    return "\n".join(["symbol,price,time", *rows, ""])


def _section(name: str) -> str:
    default = Config.model_fields[name].default
    return _table(name, type(default), {})


def _entry(name: str, model: type[BaseModel], values: Mapping[str, Any]) -> str:
    return "\n".join([_title(model), f"[[{name}]]", *_settings(model, values), ""])


def _table(name: str, model: type[BaseModel], values: Mapping[str, Any]) -> str:
    return "\n".join([_title(model), f"[{name}]", *_settings(model, values), ""])


def _title(model: type[BaseModel]) -> str:
    return "\n".join(_comment(" ".join((model.__doc__ or "").split())))


def _commented(text: str) -> str:
    lines = ['An example: take "# " from each line below to use it.', *text.splitlines()]
    return "\n".join(f"# {line}".rstrip() for line in lines) + "\n"


def _settings(model: type[BaseModel], values: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(model.model_fields, key=lambda name: _rank(name, values)):
        info = model.model_fields[name]
        if name not in _APART and info.json_schema_extra != NOT_SHOWN:
            yield from _setting(name, info, values)


def _rank(name: str, values: Mapping[str, Any]) -> int:
    return list(values).index(name) if name in values else len(values)


def _setting(name: str, info: FieldInfo, values: Mapping[str, Any]) -> Iterator[str]:
    yield from _comment(" ".join((info.description or "").split()))
    yield from _elsewhere(info)
    if name in values:
        yield f"{name} = {toml_text(values[name])}"
    elif info.is_required():
        raise AssertionError(f"the example of {name} has no value")
    else:
        default = info.get_default(call_default_factory=True)
        yield f"#{name} = {toml_text(default)}" if default is not None else f"#{name} = (not set)"


def _elsewhere(info: FieldInfo) -> Iterator[str]:
    """What people who come from QuickFIX know the setting as."""
    extra = info.json_schema_extra
    if isinstance(extra, dict) and "quickfix" in extra:
        yield from _comment(f"QuickFIX: {extra['quickfix']}")


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in wrap(text, 96)]
