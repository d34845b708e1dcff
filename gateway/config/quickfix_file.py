"""Reads a configuration of QuickFIX, QuickFIX/J, QuickFIX/n or quickfixgo: sessions and settings.

Owns the notation: sections in brackets, "key=value" lines, `[DEFAULT]` for what all sessions share.
Knows no setting.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

DEFAULT: Final = "DEFAULT"
SESSION: Final = "SESSION"


class QuickfixFileError(Exception):
    """The text is no such configuration; says where and why."""


def read_sessions(text: str) -> list[dict[str, str]]:
    """The settings of each session, with those of `[DEFAULT]` among them."""
    shared: dict[str, str] = {}
    sessions: list[dict[str, str]] = []
    current: dict[str, str] | None = None
    for number, line in _lines(text):
        if line.startswith("["):
            name = line.strip("[] \t").upper()
            if name not in (DEFAULT, SESSION):
                raise QuickfixFileError(f"line {number}: {line} is neither [DEFAULT] nor [SESSION]")
            current = shared if name == DEFAULT else {}
            if name == SESSION:
                sessions.append(current)
            continue
        key, equals, value = line.partition("=")
        if not equals or current is None:
            where = "is no key=value" if current is not None else "stands before any section"
            raise QuickfixFileError(f"line {number}: {line!r} {where}")
        current[key.strip()] = value.strip()
    if not sessions:
        raise QuickfixFileError("there is no [SESSION] in it")
    return [{**shared, **session} for session in sessions]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, written in enumerate(text.splitlines(), 1):
        line = written.strip()
        if line and not line.startswith(("#", "//")):
            yield number, line
