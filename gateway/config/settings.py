"""Every setting there is, told by the models: where it stands, its type, unit, default, meaning.

Owns the walk over the tree and the words for types and units. Knows no setting by name.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.config.models import Config
from gateway.config.problems import models_in
from gateway.config.section import NOT_SHOWN
from gateway.config.toml_text import toml_text

REQUIRED: Final = "required"
NOT_SET: Final = "not set"
_UNITS: Final[tuple[tuple[str, str], ...]] = (  # by the end of the name; the first that fits
    ("_bytes_per_h", "bytes an hour"),
    ("_per_s", "a second"),
    ("_s", "seconds"),
    ("_ms", "milliseconds"),
    ("_mb", "MiB"),
    ("_pct", "percent"),
    ("_bytes", "bytes"),
    ("_days", "days"),
    ("_max_messages", "messages"),
    ("_digits", "digits"),
    ("_length", "characters"),
    ("_multiplier", "heartbeat intervals"),
)
_TYPES: Final[Mapping[Any, str]] = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    Decimal: "number",
    str: "text",
    Path: "path",
    date: "date",
}
_BOUNDS: Final = (("gt", "above"), ("ge", "from"), ("le", "to"))


class Setting(BaseModel):
    """One setting. `section`: as in `fixgate.toml`, "[journal]" or "[[clients]]"; `default`: as
    TOML, "required" or "not set"; `quickfix`: what QuickFIX or its kin call it, if they have it.
    """

    section: str
    name: str
    type: str
    unit: str
    default: str
    quickfix: list[str]
    description: str


class Part(BaseModel):
    """One section of the file, or one kind of its entries."""

    section: str
    description: str
    settings: list[Setting]


def parts() -> list[Part]:
    """The whole configuration, section by section, in the order of the models; a table that
    several kinds of an entry have is one.
    """
    return [*{part.section: part for part in _parts(Config, "")}.values()]


def _parts(model: type[BaseModel], path: str) -> Iterator[Part]:
    for name, info in model.model_fields.items():
        for inner in models_in(info.annotation):
            below = f"{path}{name}"
            below += ".NAME" if get_origin(info.annotation) is Mapping else ""
            title = f"[[{below}]]" if _is_list(info.annotation) else f"[{below}]"
            kind = inner.model_fields.get("type")
            if kind is not None:
                title += f" type = {_type(kind.annotation)}"
            yield Part(
                section=title,
                description=_line(inner.__doc__ or ""),
                settings=[*_settings(inner, title)],
            )
            yield from _parts(inner, f"{below}.")


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is tuple


def _settings(model: type[BaseModel], section: str) -> Iterator[Setting]:
    for name, info in model.model_fields.items():
        if info.json_schema_extra != NOT_SHOWN and not models_in(info.annotation):
            extra = info.json_schema_extra
            extra = extra if isinstance(extra, dict) else {}
            yield Setting(
                section=section,
                name=name,
                type=_type(info.annotation) + _bounds(info),
                unit=str(extra.get("unit", _unit(name))),
                default=_default(info),
                quickfix=[name for name in str(extra.get("quickfix", "")).split(", ") if name],
                description=_line(info.description or ""),
            )


def _line(text: str) -> str:
    return " ".join(text.split())


def _unit(name: str) -> str:
    return next((unit for ending, unit in _UNITS if name.endswith(ending)), "")


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return REQUIRED
    default = info.get_default(call_default_factory=True)
    return NOT_SET if default is None else toml_text(default)


def _bounds(info: FieldInfo) -> str:
    return "".join(
        f" {word} {getattr(limit, name)}"
        for name, word in _BOUNDS
        for limit in info.metadata
        if hasattr(limit, name)
    )


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0])
    if origin is Literal:
        return " or ".join(toml_text(value) for value in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(_type(member) for member in arguments if member is not type(None))
    if origin is tuple:
        return f"list of {_plural(_type(arguments[0]))}"
    if origin is not None and issubclass(origin, Mapping):
        return f"table of {_plural(_type(arguments[1]))}"
    return _TYPES[annotation]


def _plural(word: str) -> str:
    return f"{word}s"
