"""The table of commands: every one loads, has help, and loads only when it is asked for."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from gateway.cli import COMMANDS, main

HEAVY = ("pydantic", "fastapi", "uvicorn", "httpx", "rich", "sqlalchemy", "sessions", "store")


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        if path or importlib.util.find_spec(COMMANDS[name][0].partition(":")[0]):
            command = group.get_command(context, name)
            assert command is not None
            yield (*path, name)
            if isinstance(command, click.Group):
                yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_every_command_has_help(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0, result.output
    usage, _, rest = result.output.partition("\n\n")
    assert usage.startswith("Usage: ")
    assert len(rest.split("Options:")[0].strip()) > 10


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_every_option_says_what_it_is_for(path: tuple[str, ...]) -> None:
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    options = [p for p in command.params if isinstance(p, click.Option)]
    assert [option.name for option in options if not option.help and not option.type.name] == []


def test_the_table_is_the_help() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for name, (_, text) in COMMANDS.items():
        assert f"  {name} " in result.output
        assert text in result.output


def test_a_mistyped_command_is_bad_usage() -> None:
    result = CliRunner().invoke(main, ["stauts"])
    assert result.exit_code == 2
    assert "No such command 'stauts'" in result.output


def test_help_loads_no_heavy_module() -> None:
    program = (
        "import sys; from gateway.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_an_operators_command_loads_no_server() -> None:
    program = (
        "import sys; from gateway.cli import main\n"
        "try: main(['status', '--data-dir', '/nonexistent'])\n"
        "except SystemExit as stop: print(stop.code)\n"
        "print([name for name in ('fastapi', 'uvicorn', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == ["3", "[]"], done.stderr


def test_the_version_is_told() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert result.output.startswith("fixgate ")
