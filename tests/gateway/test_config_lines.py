"""The line of every key, in every way TOML lets one write it."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.lines import KeyPath, key_lines, line_of

TEXT = '''\
top = 1
"quoted key" = "has # no comment and [no] table"

[a.b]            # a comment with x = 1
c.d = 2
inline = { x = 1, y = [10, 20], "z" = { deep = true } }
text = """
[[clients]]
name = "not a key"
"""
literal = \'\'\'
k = 1\'\'\'

[[rows]]
name = "one"
list = [
  "first",   # comment, with ] and ,
  "second",
  { in = "array" },
]
[[rows.inner]]
v = 1
[[rows]]
name = "two"
[rows.table]
w = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 1),
        (("quoted key",), 2),
        (("a", "b"), 4),
        (("a", "b", "c", "d"), 5),
        (("a", "b", "inline", "y", 1), 6),
        (("a", "b", "inline", "z", "deep"), 6),
        (("a", "b", "text"), 7),
        (("a", "b", "literal"), 11),
        (("rows", 0), 14),
        (("rows", 0, "name"), 15),
        (("rows", 0, "list", 0), 17),
        (("rows", 0, "list", 1), 18),
        (("rows", 0, "list", 2, "in"), 19),
        (("rows", 0, "inner", 0, "v"), 22),
        (("rows", 1), 23),
        (("rows", 1, "name"), 24),
        (("rows", 1, "table", "w"), 26),
    ],
)
def test_a_key_is_found_at_its_line(path: KeyPath, line: int) -> None:
    assert key_lines(TEXT)[path] == line


def test_texts_over_several_lines_hold_no_keys() -> None:
    assert ("a", "b", "name") not in key_lines(TEXT)
    assert ("clients", 0) not in key_lines(TEXT)


def test_a_key_that_is_not_there_has_the_line_of_what_is_around_it() -> None:
    lines = key_lines(TEXT)
    assert line_of(lines, ("rows", 1, "missing")) == 23
    assert line_of(lines, ("nowhere",)) == 1


def paths_in(value: Any, path: KeyPath = ()) -> set[KeyPath]:
    """Every path below `value`; tables that only stand inside a header have no line."""
    found: set[KeyPath] = set()
    if isinstance(value, dict):
        for key, inner in value.items():
            found |= {(*path, key)} | paths_in(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found |= {(*path, index)} | paths_in(inner, (*path, index))
    return found


scalars = st.sampled_from(['"t"', "'[x]'", "1", "-1.5e3", "true", '"a#b"', '"""m\n=[1"""', "0x1F"])


def written(value: Any) -> str:
    if isinstance(value, list):
        return "[\n" + ", ".join(map(written, value)) + "\n]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {written(inner)}" for key, inner in value.items()) + "}"
    return str(value)


keys = st.sampled_from(["a", "b-c", "d_1", "e"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(keys, values), st.dictionaries(keys, values))
def test_every_path_that_the_toml_reader_sees_has_a_line(
    top: dict[str, Any], table: dict[str, Any]
) -> None:
    def rows(pairs: dict[str, Any]) -> str:
        return "".join(f"{key} = {written(value)}\n" for key, value in pairs.items())

    text = f"{rows(top)}[[t]]\n{rows(table)}[[t]]\n{rows(table)}"
    lines = key_lines(text)
    assert paths_in(tomllib.loads(text)) == set(lines)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())
