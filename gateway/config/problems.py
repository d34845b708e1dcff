"""What is wrong with a configuration, said so that the reader can mend it.

Owns the wording: pydantic's errors become one sentence each, with "did you mean" for unknown keys.
Knows the models, not the file: line numbers are put in front by the loader.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.config.lines import KeyPath
from gateway.config.models import Config

BROKER_TYPES: Final = ("fix", "alpaca", "binance", "ibkr", "oanda", "osengine", "paper")
KNOWN_SHOWN_MAX: Final = 16
SECRET_KEYS: Final = frozenset(
    {"password", "password_hash", "key_password", "database_url", "secret", "url", "logon_key"}
)


class ConfigError(Exception):
    """The configuration can't be used. `problems`: one line each, "file:line: key: text"."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where in the tree, and what."""

    path: KeyPath
    text: str


def path_text(path: KeyPath) -> str:
    """("clients", 0, "name") as `clients[0].name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def no_such(kind: str, name: str, known: set[str]) -> str:
    """A name that stands for nothing, and those that do."""
    return f'there is no {kind} "{name}"; there are: {", ".join(sorted(known)) or "none"}'


def model_problems(error: ValidationError, data: Mapping[str, Any]) -> list[Problem]:
    """Every error of a failed validation of `data`, in its order, each key once."""
    problems: dict[KeyPath, Problem] = {}
    for details in error.errors(include_url=False):
        path = _path_in(data, details["loc"])
        if details["type"] == "too_short" and details["input"]:
            continue  # its entries are there, but bad: they have problems of their own
        problems.setdefault(path, Problem(path, _sentence(details, path)))
    return list(problems.values())


def _path_in(data: Any, location: KeyPath) -> KeyPath:
    """Pydantic's location without the names of union members, which are no keys of the file."""
    path: list[str | int] = []
    for position, part in enumerate(location):
        known = _child(data, part)
        if known is not None or position == len(location) - 1:
            path.append(part)
            data = known
    return tuple(path)


def _child(data: Any, part: str | int) -> Any:
    if isinstance(part, int):
        return data[part] if isinstance(data, list) and part < len(data) else None
    return data.get(part) if isinstance(data, Mapping) else None


def _sentence(details: ErrorDetails, path: KeyPath) -> str:
    kind = details["type"]
    writer = _SENTENCES.get(kind)
    if writer is not None:
        return writer(details, path)
    text = _lowered(details["msg"].removeprefix("Value error, "))
    return text if kind == "value_error" else text + _but_is(details, path)


def _but_is(details: ErrorDetails, path: KeyPath) -> str:
    secret = path and path[-1] in SECRET_KEYS
    return "" if secret else f", not {_shown(details['input'])}"


def _lowered(text: str) -> str:
    text = re.sub(r"^Input should (?:be )?(?:a )?(valid )?", "must be ", text)
    return text[:1].lower() + text[1:]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return str(value) if isinstance(value, int | float) or not _is_nested(value) else "this"


def _is_nested(value: object) -> bool:
    return isinstance(value, Mapping | list | tuple)


def _unknown(details: ErrorDetails, path: KeyPath) -> str:
    known = sorted(_settings_at(path[:-1]))
    if path[-1] in known:  # of another kind of entry
        return "there is no such setting for an entry of this type"
    near = get_close_matches(str(path[-1]), known, n=1, cutoff=0.5)
    if near:
        return f'there is no such setting; did you mean "{near[0]}"?'
    few = f"; here are: {', '.join(known)}" if len(known) <= KNOWN_SHOWN_MAX else ""
    return f"there is no such setting{few}"


def _missing(details: ErrorDetails, path: KeyPath) -> str:
    if len(path) == 1:
        return f"is missing: write at least one [[{path[0]}]] section"
    return "is missing"


def _expected(details: ErrorDetails, path: KeyPath) -> str:
    choices = details["ctx"]["expected"].replace("'", '"')
    return f"must be {choices}{_but_is(details, path)}"


def _type_tag(details: ErrorDetails, path: KeyPath) -> str:
    kinds = ("webhook", "email", "news") if path[0] == "alerts" else BROKER_TYPES
    return "must have a type, one of " + ", ".join(f'"{kind}"' for kind in kinds)


def _table(details: ErrorDetails, path: KeyPath) -> str:
    if isinstance(details["input"], list) and len(path) == 1:
        return f"stands once: write [{path[0]}] in single brackets"
    return f"must be a table, not {_shown(details['input'])}"


def _tables(details: ErrorDetails, path: KeyPath) -> str:
    if isinstance(details["input"], Mapping):
        return f"can stand several times: write [[{'.'.join(map(str, path))}]] in double brackets"
    return f"must be a list, not {_shown(details['input'])}"


def _pattern(details: ErrorDetails, path: KeyPath) -> str:
    pattern = details["ctx"]["pattern"]
    what = _PATTERNS.get(pattern, f"a text that matches {pattern}")
    return f"must be {what}{_but_is(details, path)}"


def _too_short(details: ErrorDetails, path: KeyPath) -> str:
    return "must not be empty"


_PATTERNS: Final = {
    r"^[\x20-\x7e]*$": "printable ASCII, for it goes over FIX",
    r"^[\x21-\x7e]+$": "printable ASCII without blanks, for it goes over FIX",
    r"^[1-9][0-9]{0,8}=[\x20-\x7e]+$": '"tag=value"',
}
_Writer = Callable[[ErrorDetails, KeyPath], str]


def _must_be(what: str) -> _Writer:
    return lambda details, path: f"must be {what}{_but_is(details, path)}"


_SENTENCES: Final[dict[str, _Writer]] = {
    "extra_forbidden": _unknown,
    "string_pattern_mismatch": _pattern,
    "missing": _missing,
    "literal_error": _expected,
    "union_tag_not_found": _type_tag,
    "union_tag_invalid": _type_tag,
    "model_type": _table,
    "model_attributes_type": _table,
    "tuple_type": _tables,
    "too_short": _too_short,
    "string_too_short": _too_short,
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), _must_be("a whole number")),
    **dict.fromkeys(("float_type", "float_parsing"), _must_be("a number")),
    **dict.fromkeys(("decimal_type", "decimal_parsing", "finite_number"), _must_be("a number")),
    **dict.fromkeys(("bool_type", "bool_parsing"), _must_be("true or false")),
    **dict.fromkeys(("string_type", "path_type"), _must_be("a text in quotes")),
}


def _settings_at(path: KeyPath) -> set[str]:
    """Names of the settings that a table at `path` may have; of all members of a union."""
    models: list[type[BaseModel]] = [Config]
    for part in path:
        if isinstance(part, str):
            models = [
                inner
                for model in models
                if part in model.model_fields
                for inner in models_in(model.model_fields[part].annotation)
            ]
    return {name for model in models for name in model.model_fields}


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """The sections that a type is made of: one, the members of a union, or none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in models_in(inner)]
