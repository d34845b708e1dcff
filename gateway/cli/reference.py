"""Prints the reference of all settings, for `fixgate init --reference`."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import indent, wrap
from typing import Final

import click

from gateway.cli.output import print_json
from gateway.config.quickfix import counterparts, quickfix_page
from gateway.config.settings import Part, Setting, parts

WIDTH: Final = 96
INDENT: Final = "    "


def print_reference(as_json: bool) -> None:
    """Every setting: type, unit, default, meaning, name in QuickFIX."""
    if as_json:
        print_json([setting for part in parts() for setting in part.settings])
    else:
        click.echo("\n".join(line for part in parts() for line in _part(part)))


def print_quickfix(as_json: bool) -> None:
    """Every setting of QuickFIX and its kin, and what corresponds to it; Markdown or JSON."""
    if as_json:
        print_json(counterparts())
    else:
        click.echo(quickfix_page(), nl=False)


def _part(part: Part) -> Iterator[str]:
    yield part.section
    yield from wrap(part.description, WIDTH)
    yield ""
    for setting in part.settings:
        yield setting.name
        yield f"{INDENT}{_facts(setting)}"
        yield indent("\n".join(wrap(setting.description, WIDTH - len(INDENT))), INDENT)
        yield ""


def _facts(setting: Setting) -> str:
    unit = f" ({setting.unit})" if setting.unit else ""
    facts = f"{setting.type}{unit}; {_default(setting)}"
    return f"{facts}; QuickFIX: {', '.join(setting.quickfix)}" if setting.quickfix else facts


def _default(setting: Setting) -> str:
    return (
        setting.default
        if setting.default in ("required", "not set")
        else (f"default {setting.default}")
    )
