"""What differs between two configurations, setting by setting.

Entries of a list are told apart by their names, so that one that only stands elsewhere is the same;
where the order decides, it is a setting of its own. Secrets are never shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from gateway.config.clients import Client
from gateway.config.models import Config
from gateway.config.problems import SECRET_KEYS
from gateway.config.toml_text import toml_text

NOT_SHOWN: Final = "(not shown)"
NOT_SET: Final = "not set"
ORDER: Final = "order"
"""Name of the change of a list whose entries stand in another order."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `entry`: the name of the list's entry, "" in a plain section; `name`: the
    setting, "" for an entry that is new or gone, whose `old` or `new` is then "".
    """

    section: str
    entry: str
    name: str
    old: str
    new: str

    @property
    def setting(self) -> str:
        """Where it is: "journal.sync", "clients[ACME].heart_bt_int_s", "clients[ACME]"."""
        where = f"{self.section}[{self.entry}]" if self.entry else self.section
        return f"{where}.{self.name}" if self.name else where

    @property
    def is_added(self) -> bool:
        """A new entry."""
        return not self.name and not self.old

    @property
    def is_removed(self) -> bool:
        """An entry that is gone."""
        return not self.name and not self.new

    @property
    def text(self) -> str:
        """One line."""
        if self.is_added:
            return f"{self.setting}: added: {self.new}"
        if self.is_removed:
            return f"{self.setting}: removed"
        if NOT_SHOWN in (self.old, self.new):
            return f"{self.setting}: changed {NOT_SHOWN}"
        return f"{self.setting}: {self.old} -> {self.new}"


def differences(old: Config, new: Config) -> list[Change]:
    """Every change from `old` to `new`."""
    return [*_sections("", old, new)]


def _sections(path: str, old: BaseModel, new: BaseModel) -> Iterator[Change]:
    for name in type(old).model_fields:
        before, after = getattr(old, name), getattr(new, name)
        below = f"{path}{name}"
        if isinstance(before, BaseModel) and isinstance(after, BaseModel):
            yield from _settings(below, "", before, after)
            yield from _sections(f"{below}.", before, after)
        elif is_entries(before) or is_entries(after):
            yield from _lists(below, before, after)


def is_entries(value: Any) -> bool:
    """Whether it is a list of entries."""
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], BaseModel)


def _settings(section: str, entry: str, old: BaseModel, new: BaseModel) -> Iterator[Change]:
    for name in type(new).model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if before == after or is_entries(before) or is_entries(after):
            continue
        table = after if isinstance(after, BaseModel) else before
        if not isinstance(table, BaseModel):
            yield Change(section, entry, name, shown(name, before), shown(name, after))
        elif entry or before is None or after is None:  # a plain section's are sections too
            yield from _table(section, entry, name, before, after)


def _table(section: str, entry: str, name: str, old: Any, new: Any) -> Iterator[Change]:
    """A table of an entry or a section, which may be there or not."""
    for key in type(old if new is None else new).model_fields:
        before, after = getattr(old, key, None), getattr(new, key, None)
        if before != after:
            below = f"{name}.{key}"
            yield Change(section, entry, below, shown(key, before), shown(key, after))


def shown(name: str, value: Any) -> str:
    """The value of a setting as a text; of a secret only that it is set."""
    if name in SECRET_KEYS:
        return NOT_SHOWN
    return NOT_SET if value is None else toml_text(_open(value))


def _open(value: Any) -> Any:
    """Without the secrets in it."""
    if isinstance(value, BaseModel):
        set_here = {name: getattr(value, name) for name in value.model_fields_set}
        return {k: NOT_SHOWN if k in SECRET_KEYS else _open(v) for k, v in sorted(set_here.items())}
    if isinstance(value, Mapping):
        return {key: _open(inner) for key, inner in value.items()}
    return value


def _lists(section: str, old: Sequence[BaseModel], new: Sequence[BaseModel]) -> Iterator[Change]:
    before, after = _by_name(old), _by_name(new)
    for name in before:
        if name not in after:
            yield Change(section, name, "", _entry(before[name]), "")
    for name, entry in after.items():
        held = before.get(name)
        if held is None:
            yield Change(section, name, "", "", _entry(entry))
        elif type(held) is not type(entry):
            yield Change(section, name, "", _entry(held), "")
            yield Change(section, name, "", "", _entry(entry))
        elif held != entry:
            yield from _settings(section, name, held, entry)
    yield from _order(section, before, after)


def _by_name(entries: Sequence[BaseModel]) -> dict[str, BaseModel]:
    return {entry_name(entry): entry for entry in entries}


def entry_name(entry: Any) -> str:
    """Its name, the scope of limits, or the address of a listener without a name."""
    if hasattr(entry, "scope"):
        return str(entry.scope)
    return str(entry.name) or f"{entry.host}:{entry.port}"


def _entry(entry: BaseModel) -> str:
    """What is set in it."""
    names = [name for name in type(entry).model_fields if name in entry.model_fields_set]
    return ", ".join(f"{name} = {shown(name, getattr(entry, name))}" for name in names)


def _order(
    section: str, old: Mapping[str, BaseModel], new: Mapping[str, BaseModel]
) -> Iterator[Change]:
    """Of routes, and of templates, the first that fits counts."""
    before = [name for name, entry in old.items() if name in new and _is_ordered(section, entry)]
    after = [name for name, entry in new.items() if name in old and _is_ordered(section, entry)]
    if before != after and sorted(before) == sorted(after):
        yield Change(section, "", ORDER, ", ".join(before), ", ".join(after))


def _is_ordered(section: str, entry: BaseModel) -> bool:
    return section == "routes" or (isinstance(entry, Client) and entry.is_template)
