"""The FIX version files: complete, up to date with the facts, and read as the facts say."""

import json
from pathlib import Path
from typing import Any

import pytest

import fix_specs
from sessions.dictionary import builtin
from tools.write_specs import FACTS_FOLDER, SPECS_FOLDER, write_all


def facts_of(version: str) -> Any:
    return json.loads((FACTS_FOLDER / f"{version}.json").read_text("utf-8"))


def test_every_file_is_listed_and_every_listed_version_has_a_file() -> None:
    files = {path.name for path in SPECS_FOLDER.glob("*.xml")}
    assert files == set(fix_specs.VERSIONS.values())
    assert {path.stem for path in FACTS_FOLDER.glob("*.json")} == set(fix_specs.VERSIONS)


def test_an_unknown_version_is_answered_with_those_there_are() -> None:
    with pytest.raises(KeyError, match=r"no FIX version 'FIX45'; there are FIX40, .*, FIXT11"):
        fix_specs.open_spec("FIX45")


def test_the_files_are_what_the_generator_writes_from_the_facts(tmp_path: Path) -> None:
    write_all(FACTS_FOLDER, tmp_path)
    for version, file_name in fix_specs.VERSIONS.items():
        assert (tmp_path / file_name).read_bytes() == fix_specs.open_spec(version), version


class Expanded:
    """Tags and required tags of a layout, worked out from the facts alone."""

    def __init__(self, facts: Any) -> None:
        self.tags = {field["name"]: str(field["tag"]) for field in facts["fields"]}
        self.components = {item["name"]: item["members"] for item in facts["components"]}

    def all_tags(self, members: list[Any]) -> set[str]:
        found: set[str] = set()
        for member in members:
            if member["kind"] == "component":
                found |= self.all_tags(self.components[member["name"]])
            else:
                found |= {self.tags[member["name"]]} | self.all_tags(member.get("members", []))
        return found

    def required(self, members: list[Any]) -> set[str]:
        found: set[str] = set()
        for member in members:
            if member.get("required") and member["kind"] == "component":
                found |= self.required(self.components[member["name"]])
            elif member.get("required"):
                found.add(self.tags[member["name"]])
        return found


@pytest.mark.parametrize("version", fix_specs.VERSIONS)
def test_a_dictionary_says_what_the_facts_say(version: str) -> None:
    facts = facts_of(version)
    dictionary = builtin(version)
    expanded = Expanded(facts)
    around = [*facts["header"], *facts["trailer"]]
    assert dictionary.begin_string == facts["begin_string"]
    assert list(dictionary.messages) == [message["msg_type"] for message in facts["messages"]]
    for message in facts["messages"]:
        definition = dictionary.messages[message["msg_type"]]
        members = [*around, *message["members"]]
        assert (definition.name, definition.category) == (message["name"], message["category"])
        assert definition.required == expanded.required(members), definition.name
        assert definition.allowed == expanded.all_tags(members), definition.name
    for field in facts["fields"]:
        found = dictionary.by_name[field["name"]]
        assert (found.tag, found.type) == (str(field["tag"]), field["type"])
        assert found.values == field.get("values", {})
        assert dictionary.fields[found.tag] is found
