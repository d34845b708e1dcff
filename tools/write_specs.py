"""Writes fix_specs/*.xml from the facts about each FIX version in tests/data/fix_facts.

The facts are JSON: fields with types and values, and the layout of messages, groups and components.
The output is the data-dictionary format of QuickFIX, which counterparties exchange. Run it as
`python -m tools.write_specs` after a change of the facts.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

import click

from fix_specs import VERSIONS

Facts = Mapping[str, Any]

_ROOT: Final = Path(__file__).parent.parent
FACTS_FOLDER: Final = _ROOT / "tests" / "data" / "fix_facts"
SPECS_FOLDER: Final = _ROOT / "fix_specs"
_NOTE: Final = "<!-- Written by tools/write_specs.py from the facts: change those, not this. -->"


def specification(facts: Facts) -> str:
    """The whole XML file of one version."""
    kind, major, minor = facts["begin_string"].split(".")
    root = _open("fix", type=kind, major=major, minor=minor, servicepack=facts["service_pack"])
    lines = [_NOTE, root]
    lines += _section("header", _members(facts["header"], 2))
    lines += _section("messages", _messages(facts["messages"]))
    lines += _section("trailer", _members(facts["trailer"], 2))
    lines += _section("components", _components(facts["components"]))
    lines += _section("fields", _fields(facts["fields"]))
    return "\n".join([*lines, "</fix>", ""])


def write_all(facts_folder: Path, specs_folder: Path) -> None:
    """Write every version's file."""
    for name, file_name in VERSIONS.items():
        facts = json.loads((facts_folder / f"{name}.json").read_text("utf-8"))
        (specs_folder / file_name).write_text(specification(facts), "utf-8")


def _open(element: str, **attributes: object) -> str:
    written = "".join(f' {name}="{escape(str(value))}"' for name, value in attributes.items())
    return f"<{element}{written}>"


def _empty(element: str, **attributes: object) -> str:
    return _open(element, **attributes)[:-1] + "/>"


def _section(name: str, content: Iterator[str]) -> list[str]:
    lines = list(content)
    return [f"  <{name}>", *lines, f"  </{name}>"] if lines else [f"  <{name}/>"]


def _members(members: Sequence[Facts], depth: int) -> Iterator[str]:
    indent = "  " * depth
    for member in members:
        required = "Y" if member.get("required") else "N"
        attributes = {"name": member["name"], "required": required}
        if member["kind"] == "group":
            yield indent + _open("group", **attributes)
            yield from _members(member["members"], depth + 1)
            yield indent + "</group>"
        else:
            yield indent + _empty(member["kind"], **attributes)


def _messages(messages: Sequence[Facts]) -> Iterator[str]:
    for message in messages:
        attributes = {"msgtype": message["msg_type"], "msgcat": message["category"]}
        yield "    " + _open("message", name=message["name"], **attributes)
        yield from _members(message["members"], 3)
        yield "    </message>"


def _components(components: Sequence[Facts]) -> Iterator[str]:
    for component in components:
        yield "    " + _open("component", name=component["name"])
        yield from _members(component["members"], 3)
        yield "    </component>"


def _fields(fields: Sequence[Facts]) -> Iterator[str]:
    for field in fields:
        attributes = {"number": field["tag"], "name": field["name"], "type": field["type"]}
        if not field.get("values"):
            yield "    " + _empty("field", **attributes)
            continue
        yield "    " + _open("field", **attributes)
        for value, label in field["values"].items():
            yield "      " + _empty("value", enum=value, description=label)
        yield "    </field>"


@click.command()
@click.option("--facts", default=FACTS_FOLDER, type=click.Path(path_type=Path, exists=True))
@click.option("--specs", default=SPECS_FOLDER, type=click.Path(path_type=Path, exists=True))
def main(facts: Path, specs: Path) -> None:
    """Write the FIX version files from the facts."""
    write_all(facts, specs)


if __name__ == "__main__":
    main()
