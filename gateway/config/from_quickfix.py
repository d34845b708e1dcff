"""A `fixgate.toml` made of a QuickFIX configuration, and a list of what could not be carried over.

Owns how one session becomes a client or a broker. What QuickFIX does not know, such as accounts,
routes and limits, is filled in so that the result runs, and told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from gateway.config.brokers import FixBroker
from gateway.config.clients import Client
from gateway.config.diff import NOT_SHOWN
from gateway.config.quickfix import NONE, counterparts
from gateway.config.quickfix_file import read_sessions
from gateway.config.quickfix_schedule import TIMES, schedule_of
from gateway.config.template import EXAMPLE_CLIENT, FIRM
from gateway.config.toml_text import toml_text
from sessions.fields import PASSWORD, USERNAME

Settings = dict[str, str]
Table = dict[str, Any]

RECONNECT_MAX_S: Final = FixBroker.model_fields["reconnect_max_s"].default
ENDPOINTS: Final = ("SocketConnectHost", "SocketConnectPort")
LISTENING: Final = ("SocketAcceptAddress", "SocketAcceptHost", "SocketAcceptPort")
_DEALT_WITH: Final = frozenset({"ConnectionType", *LISTENING, *ENDPOINTS, *TIMES})
_DICTIONARIES: Final = ("DataDictionary", "AppDataDictionary", "TransportDataDictionary")
_UNLIKE: Final = frozenset({"MaxScheduledWriteRequests"})
_NUMBERED: Final = re.compile(r"(SocketConnectHost|SocketConnectPort|LogonTag)\d+")
_PRECISION: Final = {"SECONDS": 0, "MILLIS": 3, "MICROS": 6, "NANOS": 9, "PICOS": 12}
_PAPER: Final = {"name": "PAPER", "type": "paper"}
_HEADER: Final = """\
# fixgate.toml, made from a QuickFIX configuration. `fixgate init --reference` tells every setting
# that there is, docs/quickfix.md which one corresponds to which.
"""


def convert(text: str, folder: Path) -> tuple[str, list[str]]:
    """The text of a `fixgate.toml`, and what of the QuickFIX configuration `text` is not in it.

    Files that it names count from `folder`. Raises QuickfixFileError.
    """
    making = _Making(folder)
    for number, settings in enumerate(read_sessions(text), 1):
        making.session(number, settings)
    return making.text(), list(dict.fromkeys(making.notes))


class _Making:
    """The tables so far."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.notes: list[str] = []
        self._listeners: list[Table] = []
        self._schedules: list[Table] = []
        self._clients: list[Table] = []
        self._brokers: list[Table] = []

    def session(self, number: int, settings: Settings) -> None:
        """One session becomes a client or a broker."""
        is_client = settings.get("ConnectionType", "").lower() != "initiator"
        name = self._name(settings.get("TargetCompID", ""), number)
        entry: Table = {"name": name}
        if is_client:
            self._clients.append(entry)
            self._listen(settings, name)
        else:
            self._brokers.append(entry)
            entry |= {"type": "fix", "hosts": _hosts(settings)}
        self._carry(settings, entry, Client if is_client else FixBroker)
        first = entry.get("reconnect_min_s", 0)
        if isinstance(first, int | float) and first > RECONNECT_MAX_S:
            entry["reconnect_max_s"] = first
        self._keep_schedule(settings, entry)
        if is_client:
            entry["accounts"] = ["*"]
            self.notes.append(f"{name}: may use any Account(1): list its own in accounts")

    def _name(self, comp_id: str, number: int) -> str:
        name = re.sub(r"[^A-Za-z0-9_-]", "", comp_id) or f"session{number}"
        taken = {entry["name"] for entry in (*self._clients, *self._brokers)}
        return name if name not in taken else f"{name}-{number}"

    def _listen(self, settings: Settings, name: str) -> None:
        address = settings.get("SocketAcceptAddress") or settings.get("SocketAcceptHost")
        port = settings.get("SocketAcceptPort", "5001")
        listener = {"host": address or "0.0.0.0", "port": _whole(port)}  # noqa: S104 - as QuickFIX
        if "SocketAcceptPort" not in settings:
            self.notes.append(f"{name}: has no SocketAcceptPort: listening on {port}")
        if listener not in self._listeners:
            self._listeners.append(listener)

    def _keep_schedule(self, settings: Settings, entry: Table) -> None:
        schedule, notes = schedule_of(settings)
        self.notes += [f"{entry['name']}: {note}" for note in notes]
        if schedule is None:
            return
        same = [
            held for held in self._schedules if {**held, "name": ""} == {**schedule, "name": ""}
        ]
        if not same:
            schedule = {**schedule, "name": f"schedule{len(self._schedules) + 1}"}
            self._schedules.append(schedule)
        entry["schedule"] = same[0]["name"] if same else schedule["name"]

    def _carry(self, settings: Settings, entry: Table, model: type[Client | FixBroker]) -> None:
        known = _settings_of(model)
        for key, value in settings.items():
            name = _NUMBERED.sub(r"\1", key)
            if name in _DEALT_WITH:
                continue
            if name == "LogonTag":
                self._logon_tag(value, entry)
            elif name in _DICTIONARIES and name in known:
                self._dictionary(key, value, entry, known[name])
            elif name in known and name in _SPECIAL:
                entry[known[name]] = _SPECIAL[name](value)
            elif name in known and name not in _UNLIKE:
                entry[known[name]] = _value(value, model.model_fields[known[name]].annotation)
            elif name in _UNLIKE or name not in _OF_EITHER_ROLE:
                shown = NOT_SHOWN if "password" in key.lower() else value
                self.notes.append(f"{key}={shown}: {_why_not(key)}")

    def _logon_tag(self, pair: str, entry: Table) -> None:
        tag, _, value = pair.partition("=")
        if tag == PASSWORD:
            where = 'password = "env:NAME"'
            self.notes.append(f"{entry['name']}: Password(554) must not stand here: set {where}")
        elif tag == USERNAME:
            entry["username"] = value
        else:
            entry.setdefault("logon_tags", []).append(pair)

    def _dictionary(self, key: str, value: str, entry: Table, name: str) -> None:
        file = (self._folder / value).absolute()
        if file.is_file():
            entry[name] = str(file)
        else:
            self.notes.append(f"{key}={value}: there is no such file, the built-in one is taken")

    def text(self) -> str:
        """All of it."""
        if not self._clients:
            self._clients.append(dict(EXAMPLE_CLIENT))
            self.notes.append("there is no acceptor in it: the client ACME is an example")
        if not self._listeners:
            self._listeners.append({"host": "127.0.0.1", "port": 5001})
        if not self._brokers:
            self._brokers.append(_PAPER)
            self.notes.append("there is no initiator in it: orders go to a paper broker")
        broker = self._brokers[0]["name"]
        self.notes.append(f"all orders go to {broker}: write routes")
        self.notes.append(
            "the limits of the firm, instruments and prices are examples: set your own"
        )
        tables = [("listeners", one) for one in self._listeners]
        tables += [("schedules", one) for one in self._schedules]
        tables += [("clients", one) for one in self._clients]
        tables += [("brokers", one) for one in self._brokers]
        tables += [("routes", {"name": "all", "broker": broker}), ("risk.limits", dict(FIRM))]
        return "\n".join([_HEADER, *(_table(section, table) for section, table in tables)])


def _table(section: str, table: Mapping[str, Any]) -> str:
    lines = [f"{key} = {toml_text(value)}" for key, value in table.items()]
    return "\n".join([f"[[{section}]]", *lines, ""])


def _settings_of(model: type[Client | FixBroker]) -> dict[str, str]:
    """What QuickFIX calls them: name there to name here."""
    found: dict[str, str] = {}
    for name, info in model.model_fields.items():
        extra = info.json_schema_extra
        if isinstance(extra, dict) and "quickfix" in extra and name not in ("role", "comp_ids"):
            found |= dict.fromkeys(str(extra["quickfix"]).split(", "), name)
    return found


def _why_not(key: str) -> str:
    if key in NONE:
        return NONE[key]
    base = key.partition(".")[0]
    found = next((row for row in counterparts() if row.quickfix in (key, base) and row.name), None)
    if found is None:
        return "is not known here"
    sections = dict.fromkeys(section.partition(" ")[0] for section in found.sections)
    return f"see {found.name} in {', '.join(sections)}"


def _hosts(settings: Settings) -> list[str]:
    """SocketConnectHost, SocketConnectHost1 ... with their ports."""
    hosts = []
    for suffix in ("", *map(str, range(100))):
        host = settings.get(f"SocketConnectHost{suffix}")
        if host is not None:
            hosts.append(f"{host}:{settings.get(f'SocketConnectPort{suffix}', '')}")
    return hosts


def _value(text: str, annotation: Any) -> Any:
    """A plain one; what is wrong with it `fixgate check` tells."""
    if annotation is bool:
        return text.upper() in ("Y", "YES", "TRUE", "1")
    if annotation in (int, float):
        return _number(text)
    return text


def _number(text: str) -> int | float | str:
    try:
        return int(text) if text.isdigit() else float(text)
    except ValueError:
        return text


def _whole(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def _digits(text: str) -> int | str:
    return _PRECISION.get(text.upper(), _whole(text))


_SPECIAL: Final[Mapping[str, Callable[[str], Any]]] = {
    "MillisecondsInTimeStamp": lambda text: 3 if text.upper() == "Y" else 0,
    "ReconnectInterval": lambda text: _number(re.split(r"[;x]", text)[0]),
    "RejectInvalidMessage": lambda text: "reject" if text.upper() == "Y" else "deliver",
    "SocketSendTimeout": lambda text: int(text) / 1000 if text.isdigit() else text,
    "TimeStampPrecision": _digits,
    "TimestampPrecision": _digits,
}
_OF_EITHER_ROLE: Final = frozenset({*_settings_of(Client), *_settings_of(FixBroker)})
"""What `[DEFAULT]` may say for sessions of the other role is left out without a word."""
