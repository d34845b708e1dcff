"""Where each key of a TOML text stands: key path to line number, for problem reports.

Owns a lenient scan of a text that `tomllib` has already accepted. Knows nothing of what the keys
mean. Elements of arrays and arrays of tables are addressed by their index: ("clients", 0, "name").
"""

from __future__ import annotations

import re
from typing import Final

KeyPath = tuple[str | int, ...]

_TOKEN: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}'  # texts over several lines
    r'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\''
    r"|\#[^\n]*|\n|[\[\]{},=.]|[^\s\"'\#\[\]{},=.]+",
    re.DOTALL,
)
_ENDS: Final = frozenset({",", "]", "}", "\n"})


def key_lines(text: str) -> dict[KeyPath, int]:
    """Line number (from 1) of every table, key and array element of `text`."""
    return _Scan(text).run()


def line_of(lines: dict[KeyPath, int], path: KeyPath) -> int:
    """Line of `path`, or of the nearest thing around it that stands in the file."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 1


class _Scan:
    def __init__(self, text: str) -> None:
        self._words: list[tuple[str, int]] = []
        self._at = 0
        self._counts: dict[KeyPath, int] = {}
        self._lines: dict[KeyPath, int] = {}
        line = 1
        for match in _TOKEN.finditer(text):
            word = match.group()
            if not word.startswith("#"):
                self._words.append((word, line))
            line += word.count("\n")

    def run(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while self._at < len(self._words):
            word = self._peek()
            if word == "\n":
                self._take()
            elif word == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    def _peek(self) -> str:
        return self._words[self._at][0] if self._at < len(self._words) else "\n"

    def _take(self) -> tuple[str, int]:
        word = self._words[self._at]
        self._at += 1
        return word

    def _header(self) -> KeyPath:
        line = self._take()[1]
        many = self._peek() == "["
        if many:
            self._take()
        keys = self._keys("]")
        while self._peek() == "]":
            self._take()
        return self._open_table(keys, many, line)

    def _open_table(self, keys: list[str], many: bool, line: int) -> KeyPath:
        path: KeyPath = ()
        for key in keys[:-1]:
            path = self._newest((*path, key))
        path = (*path, keys[-1])
        self._lines.setdefault(path, line)
        if many:
            self._counts[path] = self._counts.get(path, -1) + 1
            path = self._newest(path)
            self._lines[path] = line
        return path

    def _newest(self, path: KeyPath) -> KeyPath:
        return (*path, self._counts[path]) if path in self._counts else path

    def _keys(self, end: str) -> list[str]:
        keys: list[str] = []
        while self._peek() not in (end, "\n"):
            word = self._take()[0]
            if word != ".":
                keys.append(word.strip("\"'"))
        return keys

    def _pair(self, base: KeyPath) -> None:
        line = self._words[self._at][1]
        path = base
        for key in self._keys("="):
            path = (*path, key)
            self._lines.setdefault(path, line)
        if self._peek() == "=":
            self._take()
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        opening = self._peek()
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            while self._at < len(self._words) and self._peek() not in _ENDS:
                self._take()

    def _array(self, path: KeyPath) -> None:
        self._take()
        index = 0
        while self._at < len(self._words) and self._peek() != "]":
            if self._peek() in (",", "\n"):
                self._take()
                continue
            self._lines[(*path, index)] = self._words[self._at][1]
            self._value((*path, index))
            index += 1
        if self._at < len(self._words):
            self._take()

    def _inline_table(self, path: KeyPath) -> None:
        self._take()
        while self._at < len(self._words) and self._peek() != "}":
            if self._peek() in (",", "\n"):
                self._take()
            else:
                self._pair(path)
        if self._at < len(self._words):
            self._take()
