"""Checks across settings: names that must be unique or must exist, files that must be there.

Owns the tuple `CHECKS`; each check takes a draft and yields problems. A draft holds the parts that
are sound by themselves, so that these problems show beside mistakes elsewhere in the file.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from gateway.config.alert_checks import alerts_resolve
from gateway.config.alerts import Alert
from gateway.config.breaker_checks import breakers_resolve, breakers_sound
from gateway.config.breakers import BreakerSettings
from gateway.config.brokers import Broker, FixBroker
from gateway.config.clients import AcceptorLink, Client, DropCopy, Listener
from gateway.config.copy_checks import copies_resolve, unknown_scope
from gateway.config.initiator import FixInitiator
from gateway.config.kinds import OFF
from gateway.config.market_data import MarketData
from gateway.config.models import ANY, FIX_SECTIONS
from gateway.config.passing import split_groups
from gateway.config.problems import Problem
from gateway.config.route_checks import (
    routes_resolve,
    routes_sound,
    sweeps_have_quotes,
    venues_sound,
)
from gateway.config.rules import ReferenceSettings, RiskLimit, Route
from gateway.config.schedules import ScheduleSettings
from gateway.config.session_checks import (
    acceptors,
    listeners_resolve,
    names_in_section_unique,
    schedules_resolve,
    sources_complete,
    templates_apart,
    templates_needed,
    usernames_proven,
    windows_apart,
)
from gateway.config.tls_checks import certificates_asked_for, tls_usable
from gateway.config.version_checks import version_problems
from gateway.risk.limits import CANCEL_RATE_PER_S

SESSIONS: Final = frozenset({"firm", "client", "session"})
"""Kinds of scope that a session has before it sends any order."""
_PLAIN_SQLITE: Final = re.compile(r"sqlite:///[\w./-]+")
TABLES: Final = ("instruments", "prices", "corporate_actions", "restricted", "permissions")
"""Of the reference data."""
SOCKET_PATH_BYTES_MAX: Final = 107  # sun_path of Linux, without its closing zero


@dataclass(slots=True)
class Draft:
    """The sound parts of a configuration by their index, and the tables as they were written."""

    data: Mapping[str, Any]
    control_socket: Path | None = None
    database_url: str | None = None
    listeners: dict[int, Listener] = field(default_factory=dict)
    clients: dict[int, Client] = field(default_factory=dict)
    drop_copies: dict[int, DropCopy] = field(default_factory=dict)
    brokers: dict[int, Broker] = field(default_factory=dict)
    market_data: dict[int, MarketData] = field(default_factory=dict)
    schedules: dict[int, ScheduleSettings] = field(default_factory=dict)
    routes: dict[int, Route] = field(default_factory=dict)
    limits: dict[int, RiskLimit] = field(default_factory=dict)
    breakers: dict[int, BreakerSettings] = field(default_factory=dict)
    alerts: dict[int, Alert] = field(default_factory=dict)
    reference: ReferenceSettings | None = None

    def written(self, section: str, key: str) -> list[tuple[int, str]]:
        """Index and text of `key` in every entry of `section`, sound or not; lists one by one."""
        rows: Any = self.data
        for part in section.split("."):
            rows = rows.get(part) if isinstance(rows, Mapping) else None
        found = []
        for index, row in enumerate(rows if isinstance(rows, list) else []):
            value = row.get(key) if isinstance(row, Mapping) else None
            values = value if isinstance(value, list) else [value]
            found += [(index, text) for text in values if isinstance(text, str)]
        return found

    def names(self, section: str) -> list[tuple[int, str]]:
        """Index and name of every entry of `section`, sound or not."""
        return self.written(section, "name")


def check(draft: Draft) -> list[Problem]:
    """All problems that show only between settings."""
    return [problem for checker in CHECKS for problem in checker(draft)]


def _names_unique(draft: Draft) -> Iterator[Problem]:
    links: dict[str, str] = {}
    for section in FIX_SECTIONS:
        for index, name in draft.names(section):
            path = f"{section}[{index}]"
            first = links.setdefault(name, path)
            if first != path:
                yield Problem((section, index, "name"), f'"{name}" is already the name of {first}')


def _comp_ids_unique(draft: Draft) -> Iterator[Problem]:
    seen: dict[tuple[str, ...], str] = {}
    for section, index, link in _fix_links(draft):
        identity = (link.role, *link.identity)
        path = f"{section}[{index}]"
        first = seen.setdefault(identity, path)
        if first != path:
            yield Problem(
                (section, index, "target_comp_id"),
                f"{link.begin_string} {link.sender_comp_id}->{link.target_comp_id} is already the"
                f" session of {first}: SenderCompID(49) and TargetCompID(56) must differ from it",
            )


def _versions_supported(draft: Draft) -> Iterator[Problem]:
    for section, index, link in _fix_links(draft):
        yield from version_problems(section, index, link)


def _fix_links(draft: Draft) -> Iterator[tuple[str, int, AcceptorLink | FixInitiator]]:
    yield from acceptors(draft)
    yield from _initiators(draft)


def _initiators(draft: Draft) -> Iterator[tuple[str, int, FixInitiator]]:
    for index, broker in draft.brokers.items():
        if isinstance(broker, FixBroker):
            yield "brokers", index, broker
    for index, market_data in draft.market_data.items():
        yield "market_data", index, market_data


def _accounts_consistent(draft: Draft) -> Iterator[Problem]:
    for index, client in draft.clients.items():
        account = client.default_account
        if account and ANY not in client.accounts and account not in client.accounts:
            yield Problem(
                ("clients", index, "default_account"),
                f'"{account}" is not one of the client\'s accounts: {", ".join(client.accounts)}',
            )


def _ports_unique(draft: Draft) -> Iterator[Problem]:
    seen: dict[int, list[tuple[str, int]]] = {}
    for index, listener in draft.listeners.items():
        for host, first in seen.get(listener.port, []):
            if host == listener.host or "0.0.0.0" in (host, listener.host):  # noqa: S104 - compared
                yield Problem(
                    ("listeners", index, "port"),
                    f"{listener.port} is already the port of listeners[{first}]",
                )
        if listener.port:
            seen.setdefault(listener.port, []).append((listener.host, index))


def _reconnect_ordered(draft: Draft) -> Iterator[Problem]:
    for section, index, link in _initiators(draft):
        if link.reconnect_max_s < link.reconnect_min_s:
            yield Problem(
                (section, index, "reconnect_max_s"),
                f"must be at least reconnect_min_s, which is {link.reconnect_min_s:g}",
            )


def _heartbeats_ordered(draft: Draft) -> Iterator[Problem]:
    for section, index, link in _fix_links(draft):
        if link.heart_bt_int_max_s < link.heart_bt_int_min_s:
            yield Problem(
                (section, index, "heart_bt_int_max_s"),
                f"must be at least heart_bt_int_min_s, which is {link.heart_bt_int_min_s}",
            )


def _multipliers_ordered(draft: Draft) -> Iterator[Problem]:
    for section, index, link in _fix_links(draft):
        delay = link.test_request_delay_multiplier
        if link.heart_beat_timeout_multiplier <= delay:
            yield Problem(
                (section, index, "heart_beat_timeout_multiplier"),
                f"must be more than test_request_delay_multiplier, which is {delay:g}",
            )


def _groups_whole(draft: Draft) -> Iterator[Problem]:
    for index, route in draft.routes.items():
        yield from split_groups(index, route, draft.clients.values())


def _scopes_resolve(draft: Draft) -> Iterator[Problem]:
    for index, scope in draft.written("risk.limits", "scope"):
        text = unknown_scope(draft, scope)
        if text:
            yield Problem(("risk", "limits", index, "scope"), text)


def _scopes_unique(draft: Draft) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, limit in draft.limits.items():
        if first.setdefault(limit.scope, index) != index:
            yield Problem(
                ("risk", "limits", index, "scope"),
                f'"{limit.scope}" already has limits in risk.limits[{first[limit.scope]}]',
            )


def _cancel_rates_of_sessions(draft: Draft) -> Iterator[Problem]:
    """Cancels are counted a session, whatever accounts and symbols they are for."""
    for index, limit in draft.limits.items():
        for name in ("cancel_rate_per_s", "cancel_burst"):
            if limit.kind not in SESSIONS and getattr(limit, name) is not None:
                path = ("risk", "limits", index, name)
                yield Problem(path, 'is a limit of sessions: set it for "firm" or "client:NAME"')


def _cancels_never_first(draft: Draft) -> Iterator[Problem]:
    """Cancels have a larger bucket of their own, so that they are not what is refused first."""
    for index, limit in draft.limits.items():
        orders, cancels = limit.order_rate_per_s, limit.cancel_rate_per_s
        if not isinstance(orders, Decimal) or cancels == OFF or limit.kind not in SESSIONS:
            continue
        least = CANCEL_RATE_PER_S if cancels is None else cancels
        if orders > least:
            path = ("risk", "limits", index, "cancel_rate_per_s")
            yield Problem(path, f"is {least:g}, and must be at least order_rate_per_s, {orders}")


def _limits_agree(draft: Draft) -> Iterator[Problem]:
    for index, limit in draft.limits.items():
        for what in ("quantity", "notional"):
            least, most = getattr(limit, f"min_{what}"), getattr(limit, f"max_{what}")
            if isinstance(least, Decimal) and isinstance(most, Decimal) and least > most:
                path = ("risk", "limits", index, f"min_{what}")
                yield Problem(path, f"must be at most max_{what}, which is {most}")


def _capital_for_shares(draft: Draft) -> Iterator[Problem]:
    risk = draft.data.get("risk")
    capital = risk.get("capital") if isinstance(risk, Mapping) else None
    for index, limit in draft.limits.items():
        if isinstance(limit.max_concentration_pct, Decimal) and not isinstance(
            capital, int | Decimal
        ):
            path = ("risk", "limits", index, "max_concentration_pct")
            yield Problem(path, "is a share of the capital: set capital of [risk]")


def _files_exist(draft: Draft) -> Iterator[Problem]:
    if draft.reference is not None:
        queries = draft.reference.sql
        for name in TABLES:
            file = getattr(draft.reference, name)
            if file is not None and not (queries is not None and getattr(queries, name)):
                yield from _file_exists(("reference", name), file)
    for section, index, link in _fix_links(draft):
        for name, file in link.files:
            yield from _file_exists((section, index, name), file)


def _file_exists(path: tuple[str | int, ...], file: Path) -> Iterator[Problem]:
    if not file.is_file():
        what = "is not a file" if file.exists() else "there is no such file"
        yield Problem(path, f"{file}: {what}")


def _socket_fits(draft: Draft) -> Iterator[Problem]:
    path = draft.control_socket
    if path is not None and hasattr(socket, "AF_UNIX"):
        length = len(str(path).encode())
        if length > SOCKET_PATH_BYTES_MAX:
            yield Problem(
                ("control", "socket"),
                f"{path} is {length} bytes long, a Unix socket's path at most"
                f" {SOCKET_PATH_BYTES_MAX}: set a shorter one",
            )


def _database_supported(draft: Draft) -> Iterator[Problem]:
    queries = draft.reference.sql if draft.reference is not None else None
    urls: list[tuple[tuple[str, ...], str | None]] = [
        (("audit", "database_url"), draft.database_url)
    ]
    if queries is not None:
        urls.append((("reference", "sql", "database_url"), queries.database_url))
    from store import database  # noqa: PLC0415 - SQLAlchemy is slow to load, and most commands go without

    for path, url in urls:
        try:
            if url is not None:
                database.checked_url(url)
        except database.DatabaseUrlError as error:
            yield Problem(path, str(error))


def _queries_there(draft: Draft) -> Iterator[Problem]:
    """A table of a database that nothing is read from is a slip."""
    queries = draft.reference.sql if draft.reference is not None else None
    if queries is not None and not any(getattr(queries, name) for name in TABLES):
        yield Problem(("reference", "sql"), f"has no query: set one of {', '.join(TABLES)}")


def _one_rate_each(draft: Draft) -> Iterator[Problem]:
    """A rate is configured or told by prices, never both; that of the limits' currency is 1."""
    risk = draft.data.get("risk")
    table = risk if isinstance(risk, Mapping) else {}
    fed, rates = table.get("fed_rates"), table.get("rates")
    for currency in fed if isinstance(fed, Mapping) else ():
        if isinstance(rates, Mapping) and currency in rates:
            yield Problem(("risk", "fed_rates"), f"{currency} has a rate in rates already")
        if currency == table.get("currency", "USD"):
            yield Problem(("risk", "fed_rates"), f"{currency} is the currency of the limits")


LIMIT_CHECKS: Final[tuple[Callable[[Draft], Iterator[Problem]], ...]] = (
    _cancel_rates_of_sessions,
    _cancels_never_first,
    _capital_for_shares,
    _limits_agree,
)
"""What limits of one scope must be to each other, and to the rest."""
CHECKS: Final[tuple[Callable[[Draft], Iterator[Problem]], ...]] = (
    _names_unique,
    _comp_ids_unique,
    _versions_supported,
    _accounts_consistent,
    _ports_unique,
    names_in_section_unique,
    schedules_resolve,
    windows_apart,
    listeners_resolve,
    sources_complete,
    templates_apart,
    templates_needed,
    usernames_proven,
    _reconnect_ordered,
    _heartbeats_ordered,
    _multipliers_ordered,
    routes_resolve,
    routes_sound,
    sweeps_have_quotes,
    venues_sound,
    _groups_whole,
    _scopes_resolve,
    _scopes_unique,
    copies_resolve,
    *LIMIT_CHECKS,
    breakers_resolve,
    breakers_sound,
    alerts_resolve,
    _files_exist,
    tls_usable,
    certificates_asked_for,
    _socket_fits,
    _database_supported,
    _queries_there,
    _one_rate_each,
)
