"""Reads `fixgate.toml` into a `Config`, or says everything that is wrong with it at once.

Owns the file: TOML, environment overrides, relative paths, line numbers. Knows no setting by name
except those that hold paths.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from fix_specs import DIALECTS
from gateway.broker_profiles import lay_under
from gateway.config.alerts import Alert
from gateway.config.breakers import BreakerSettings
from gateway.config.brokers import Broker
from gateway.config.checks import Draft, check
from gateway.config.clients import Client, DropCopy, Listener
from gateway.config.lines import KeyPath, key_lines, line_of
from gateway.config.market_data import MarketData
from gateway.config.models import FIX_SECTIONS, Config
from gateway.config.problems import ConfigError, Problem, model_problems, path_text
from gateway.config.rules import ReferenceSettings, RiskLimit, Route
from gateway.config.schedules import ScheduleSettings
from gateway.config.secrets import password_in_url, resolve_secrets

_TOML_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_LISTS: Final[tuple[tuple[KeyPath, str, Any], ...]] = (
    (("listeners",), "listeners", Listener),
    (("schedules",), "schedules", ScheduleSettings),
    (("clients",), "clients", Client),
    (("drop_copies",), "drop_copies", DropCopy),
    (("brokers",), "brokers", Broker),
    (("market_data",), "market_data", MarketData),
    (("routes",), "routes", Route),
    (("risk", "limits"), "limits", RiskLimit),
    (("breakers",), "breakers", BreakerSettings),
    (("alerts",), "alerts", Alert),
)
_PATHS: Final[tuple[tuple[str, str], ...]] = (
    ("gateway", "data_dir"),
    ("audit", "keys_dir"),
    ("control", "socket"),
    ("reference", "instruments"),
    ("reference", "prices"),
    ("reference", "corporate_actions"),
    ("reference", "restricted"),
    ("reference", "permissions"),
)


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """Where a configuration comes from, to be read again. `data_dir` overrides what it says."""

    path: Path
    data_dir: Path | None = None

    def read(self) -> Config:
        """As it is now; raises ConfigError."""
        return load_config(self.path, self.data_dir)


class Overrides(BaseSettings):
    """Settings that the environment may override: FIXGATE_DATA_DIR, FIXGATE_LOG_LEVEL ..."""

    model_config = SettingsConfigDict(env_prefix="FIXGATE_", env_ignore_empty=True)

    data_dir: Path | None = None
    database_url: str | None = None
    control_socket: Path | None = None
    log_level: str | None = None

    @classmethod
    def read(cls, data_dir: Path | None) -> Overrides:
        """The environment's overrides, and `data_dir` over them if it is given."""
        return cls() if data_dir is None else cls(data_dir=data_dir)

    def apply(self, data: dict[str, Any]) -> None:
        """Put what is set over what the file says; paths count from the current folder."""
        for section, key, value in (
            ("gateway", "data_dir", self.data_dir and str(self.data_dir.absolute())),
            ("audit", "database_url", self.database_url),
            ("control", "socket", self.control_socket and str(self.control_socket.absolute())),
            ("log", "level", self.log_level),
        ):
            table = data.setdefault(section, {}) if value else None
            if isinstance(table, dict):
                table[key] = value


def load_config(path: Path, data_dir: Path | None = None) -> Config:
    """The configuration in the TOML file `path`; `data_dir` overrides the folder it names.

    Paths come out absolute and secrets resolved. Raises ConfigError with every problem found,
    each "file:line: key: text".
    """
    text = _read(path)
    data = _parse(path, text)
    problems = list(password_in_url(data))
    for entry in _entries(data, "brokers"):
        lay_under(entry)
    Overrides.read(data_dir).apply(data)
    folder = path.absolute().parent
    problems += resolve_secrets(data, folder)
    resolve_paths(data, folder)
    config, found = _validate(data)
    problems += found
    if problems or config is None:
        raise ConfigError(_located(path, text, problems))
    return config


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        problem = "there is no such file; `fixgate init` writes one"
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 text: byte {error.start} is 0x{error.object[error.start]:02x}"
    except OSError as error:
        problem = f"can't be read: {error.strerror}"
    raise ConfigError([f"{path}: {problem}"])


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _TOML_PLACE.search(message)
        line = place[1] if place and place[1] else str(text.count("\n") + 1)
        raise ConfigError([f"{path}:{line}: {_TOML_PLACE.sub('', message)}"]) from None


def resolve_paths(data: dict[str, Any], folder: Path) -> None:
    """Make paths absolute against the file's folder, and fill `{data_dir}` in."""
    defaults = Config.model_fields
    data_dir = folder / "data"
    for section, key in _PATHS:
        table = data.setdefault(section, {})
        if isinstance(table, dict):
            written = table.get(key, getattr(defaults[section].default, key))
            if isinstance(written, str | Path):
                table[key] = str(folder / str(written).replace("{data_dir}", str(data_dir)))
                data_dir = Path(table[key]) if key == "data_dir" else data_dir
    audit = data.setdefault("audit", {})
    if isinstance(audit, dict):
        url = audit.get("database_url", defaults["audit"].default.database_url)
        if isinstance(url, str):
            audit["database_url"] = url.replace("{data_dir}", str(data_dir))
    for link in _entries(data, *FIX_SECTIONS):
        _resolve_dictionaries(link, folder)
    for entry in _entries(data, "listeners", "brokers", "market_data"):
        _resolve_certificates(entry.get("tls"), folder)


def _resolve_dictionaries(link: dict[str, Any], folder: Path) -> None:
    for key in ("dictionary", "transport_dictionary", "tag_rules"):
        if isinstance(link.get(key), str):
            link[key] = str(folder / link[key])
    if isinstance(link.get("dialect"), str) and link["dialect"] not in ("", *DIALECTS):
        link["dialect"] = str(folder / link["dialect"])
    paths = link.get("appl_dictionaries")
    if isinstance(paths, dict):
        link["appl_dictionaries"] = {
            version: str(folder / path) if isinstance(path, str) else path
            for version, path in paths.items()
        }


def _resolve_certificates(tls: Any, folder: Path) -> None:
    if not isinstance(tls, dict):
        return
    for key in ("certificate", "key", "client_ca", "crl", "ca"):
        if isinstance(tls.get(key), str):
            tls[key] = str(folder / tls[key])
    others = tls.get("by_server_name")
    for pair in others.values() if isinstance(others, dict) else ():
        _resolve_certificates(pair, folder)


def _entries(data: Mapping[str, Any], *sections: str) -> Iterator[dict[str, Any]]:
    for section in sections:
        rows = data.get(section)
        yield from (
            (row for row in rows or () if isinstance(row, dict)) if isinstance(rows, list) else ()
        )


def _validate(data: dict[str, Any]) -> tuple[Config | None, list[Problem]]:
    try:
        config = Config.model_validate(data)
        problems: list[Problem] = []
    except ValidationError as error:
        config = None
        problems = model_problems(error, data)
    draft = Draft(data)
    if config is None:
        _fill_with_sound(draft)
    else:
        _fill(draft, config)
    control = _at(data, ("control", "socket"))
    draft.control_socket = Path(control) if isinstance(control, str) else None
    url = _at(data, ("audit", "database_url"))
    draft.database_url = url if isinstance(url, str) else None
    return config, problems + check(draft)


def _fill(draft: Draft, config: Config) -> None:
    for path, name, _ in _LISTS:
        entries = attrgetter(".".join(map(str, path)))(config)
        getattr(draft, name).update(enumerate(entries))
    draft.reference = config.reference


def _fill_with_sound(draft: Draft) -> None:
    """Each entry by itself, where the whole has mistakes: only then is there anything to sort."""
    for path, name, kind in _LISTS:
        rows = _at(draft.data, path)
        for index, row in enumerate(rows if isinstance(rows, list) else []):
            sound = _sound(kind, row)
            if sound is not None:
                getattr(draft, name)[index] = sound
    draft.reference = _sound(ReferenceSettings, draft.data.get("reference"))


def _at(data: Any, path: KeyPath) -> Any:
    for part in path:
        data = data.get(part) if isinstance(data, dict) else None
    return data


def _sound(kind: Any, row: object) -> Any:
    try:
        return _adapter(kind).validate_python(row)
    except ValidationError:
        return None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _located(path: Path, text: str, problems: list[Problem]) -> list[str]:
    lines = key_lines(text)
    placed = [(line_of(lines, problem.path), problem) for problem in problems]
    placed.sort(key=lambda item: item[0])
    return [f"{path}:{line}: {path_text(item.path)}: {item.text}" for line, item in placed]
