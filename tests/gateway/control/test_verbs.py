"""Every path of the control API and every command has a line in the table of who may do it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gateway.cli import COMMANDS, main
from gateway.config.process import ControlSettings
from gateway.control.api import build_app
from gateway.control.verbs import (
    ADMINISTRATOR,
    ALWAYS,
    BY_NAME,
    CONFIGURABLE,
    MAY_NEED_TWO,
    NEVER,
    ROLES,
    VERBS,
    WITHOUT_GATEWAY,
)
from tests.gateway.config_files import problems, with_reference_data
from tests.gateway.control.memory_desk import MemoryDesk


def commands(group: click.Group, *names: str) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)
        else:
            yield " ".join((*names, name))


def test_every_path_of_the_api_is_in_the_table() -> None:
    paths = build_app(MemoryDesk()).openapi()["paths"]
    found = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    named = {(verb.method, verb.path.replace(":path}", "}")) for verb in VERBS}
    assert named - found == {("GET", "/openapi.json")}
    assert found <= named
    assert len(found) == len(VERBS) - 1


def test_every_command_is_in_the_table_once() -> None:
    assert isinstance(main, click.Group)
    named = sorted(
        {name.partition(" --")[0] for verb in VERBS for name in verb.commands}
        | set(WITHOUT_GATEWAY)
    )
    assert named == sorted(commands(main))
    assert {name.split()[0] for name in named} == set(COMMANDS)


def test_roles_are_known_and_everybody_reads() -> None:
    for verb in VERBS:
        assert verb.roles
        assert verb.roles <= set(ROLES)
        if verb.method == "GET":
            assert verb.roles == set(ROLES)
    changes = [v.name for v in VERBS if v.method == "POST" and "viewer" in v.roles]
    reads = ["positions reconcile", "risk what-if", "route what-if", "audit search"]
    assert changes == reads  # which change nothing but who read is kept


def test_only_probes_are_open() -> None:
    assert [verb.path for verb in VERBS if verb.open] == ["/health", "/ready"]


def test_only_administrators_name_operators() -> None:
    for verb in VERBS:
        if verb.path.startswith("/operators") and verb.method == "POST":
            assert verb.roles == {ADMINISTRATOR}


def test_what_must_not_wait_cannot_be_made_to() -> None:
    for name in ("halt", "orders cancel", "sessions disconnect", "approvals approve", "reload"):
        assert BY_NAME[name].second_person == NEVER
        with pytest.raises(ValueError, match=f'"{name}" cannot wait for a second person'):
            ControlSettings(second_person=(name,))
    assert "resume" in MAY_NEED_TWO


def test_names_are_those_of_verbs() -> None:
    for verb in VERBS:
        assert verb.second_person in (NEVER, CONFIGURABLE, ALWAYS)
        if verb.second_person != NEVER:
            assert BY_NAME[verb.name] is verb
            assert verb.method == "POST"


def test_the_configuration_names_them_or_is_told_which_there_are(tmp_path: Path) -> None:
    with_reference_data(tmp_path)
    text = '[control]\nsecond_person = ["resume", "halt"]\n'
    (problem,) = [p for p in problems(tmp_path, text) if "second_person" in p]
    assert 'second_person: "halt" cannot wait for a second person; these can: ' in problem
    assert "resume" in problem.partition("these can: ")[2]
