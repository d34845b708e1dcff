"""What brokers over FIX are known to have in their own way, ready to be named.

`profile = "binance"` in a [[brokers]] entry is as good as the settings of binance.toml written
there. What the entry says itself goes over it. Owns the files, and how they are laid under an
entry. The facts are what brokers publish; each file says of which year.
"""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).parent
_RULES: Final = ".rules"
PROFILES: Final = tuple(
    sorted(path.stem for path in _FOLDER.glob("*.toml") if not path.stem.endswith(_RULES))
)
"""The names of all."""


def settings_of(name: str) -> dict[str, Any]:
    """The settings of a profile, with the path of its rules, if it has some."""
    text = (_FOLDER / f"{name}.toml").read_text("utf-8")
    settings = {"type": "fix", **tomllib.loads(text, parse_float=Decimal)}
    rules = _FOLDER / f"{name}{_RULES}.toml"
    return {"tag_rules": str(rules), **settings} if rules.exists() else settings


def lay_under(entry: dict[str, Any]) -> None:
    """Add to a [[brokers]] entry what its profile says and it does not; an unknown one is for the
    settings to refuse.
    """
    name = entry.get("profile")
    if name in PROFILES:
        _lay(settings_of(str(name)), entry)


def _lay(settings: Mapping[str, Any], entry: dict[str, Any]) -> None:
    for key, value in settings.items():
        there = entry.setdefault(key, value)
        if isinstance(value, Mapping) and isinstance(there, dict):
            _lay(value, there)
