"""The repository checks itself: sizes, docstrings, lint exceptions, registries, the README."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

import fix_specs
from gateway.brokers import BROKERS
from gateway.cli import COMMANDS, main
from gateway.orders.order_types import ORDER_TYPES
from gateway.risk import CHECKS
from gateway.translate.dialects import DIALECTS
from sessions.versions import spec_name
from tests.gateway.brokers.conformance.venues import VENUES

ROOT = Path(__file__).parents[1]
PACKAGES = ("fix_specs", "sessions", "store", "gateway", "tools")
README = (ROOT / "README.md").read_text(encoding="utf-8")
FUNCTION_LINES_MAX = 50
FILE_LINES_MAX = 400
EXCEPTION = re.compile(
    r"#\s*(?:noqa(?P<codes>:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?"
    r"|type:\s*ignore(?P<kinds>\[[\w, -]+\])?)(?P<reason>.*)"
)
# `fixgate a b ...` in the text, and the same in blocks of commands
IN_TEXT = re.compile(r"`(?:\.venv/bin/)?fixgate ([^`]+)`")
IN_BLOCK = re.compile(r"^\.venv/bin/fixgate (.+)$", re.MULTILINE)
SAID = [m.strip() for m in IN_TEXT.findall(README) + IN_BLOCK.findall(README)]


def sources(*folders: str) -> list[Path]:
    found = [path for name in folders for path in sorted((ROOT / name).rglob("*.py"))]
    assert found
    return found


def where(path: Path, line: int | None = None) -> str:
    name = path.relative_to(ROOT).as_posix()
    return name if line is None else f"{name}:{line}"


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_file_is_too_long() -> None:
    lines = {where(p): p.read_text(encoding="utf-8").count("\n") for p in sources(*PACKAGES)}
    assert {name: count for name, count in lines.items() if count > FILE_LINES_MAX} == {}


def test_no_function_is_too_long() -> None:
    assert [
        f"{where(path, f.lineno)} {f.name}: {f.end_lineno - f.lineno + 1} lines"
        for path in sources(*PACKAGES)
        for f in functions(path)
        if f.end_lineno is not None and f.end_lineno - f.lineno + 1 > FUNCTION_LINES_MAX
    ] == []


def test_every_module_says_what_it_is() -> None:
    assert [
        where(path)
        for path in sources(*PACKAGES, "tests")
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ] == []


def test_every_lint_exception_names_its_rule_and_its_reason() -> None:
    found = [
        (where(path, number), match)
        for path in sources(*PACKAGES, "tests")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for match in EXCEPTION.finditer(line)
        if path != Path(__file__)
    ]
    assert found
    assert [
        place
        for place, match in found
        if not (match["codes"] or match["kinds"]) or not re.search(r"[a-z]{2}", match["reason"])
    ] == []


def test_lint_rules_are_ignored_for_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ignored = text.partition("[tool.ruff.lint]")[2].partition("ignore = [")[2].partition("\n]")[0]
    per_file = text.partition("per-file-ignores]")[2].partition("\n\n")[0]
    lines = (ignored + per_file).strip().splitlines()
    assert len(lines) > 3
    assert [line for line in lines if not re.search(r"# \w", line)] == []


# Registries hold what lies in their folders


def stems(folder: str) -> list[str]:
    return [p.stem for p in sorted((ROOT / folder).glob("*.py")) if p.stem != "__init__"]


def test_every_risk_check_is_registered_under_the_name_of_its_file() -> None:
    named = [s for s in stems("gateway/risk") if hasattr(import_module(f"gateway.risk.{s}"), s)]
    assert sorted(check.__name__ for check in CHECKS) == named
    assert {check.__module__ for check in CHECKS} == {f"gateway.risk.{name}" for name in named}


def test_every_broker_is_registered() -> None:
    modules = {kind.adapter.partition(":")[0] for kind in BROKERS.values()}
    folders = {p.parent.name for p in (ROOT / "gateway/brokers").glob("*/shell.py")}
    there = {f"gateway.brokers.{name}.shell" for name in folders}
    assert modules == there | {f"gateway.brokers.{name}" for name in stems("gateway/brokers")}
    for kind in BROKERS.values():
        module, _, name = kind.adapter.partition(":")
        assert getattr(import_module(module), name)


def test_every_command_is_registered() -> None:
    found = {
        f"gateway.cli.{stem}:{stem}"
        for stem in stems("gateway/cli")
        if isinstance(getattr(import_module(f"gateway.cli.{stem}"), stem, None), click.Command)
    }
    assert found == {place for place, _ in COMMANDS.values() if place.startswith("gateway.")}


def test_every_specification_is_listed() -> None:
    folder = Path(fix_specs.__file__).parent
    assert sorted(fix_specs.VERSIONS.values()) == sorted(p.name for p in folder.glob("*.xml"))
    listed = {spec_name(version) for version in DIALECTS}
    assert listed <= set(fix_specs.VERSIONS)
    assert ORDER_TYPES


# The README tells the truth


def subcommands(name: str) -> list[str]:
    command = main.get_command(click.Context(main), name)
    return command.list_commands(click.Context(command)) if isinstance(command, click.Group) else []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    rows = [words.split()[:2] for words in SAID if words.split()[0] == name]
    assert rows, f"README.md does not tell of `fixgate {name}`"
    told = {word for row in rows for word in row[-1].replace("\\", "").split("|")}
    assert [sub for sub in subcommands(name) if sub not in told] == []


@pytest.mark.parametrize("said", SAID)
def test_commands_in_the_readme_are_as_the_program_takes_them(said: str) -> None:
    words = re.sub(r"[\[\]\\]", "", said).split()
    found = main.get_command(click.Context(main), words.pop(0))
    assert found is not None, "no such command"
    commands = [found]
    while words and isinstance(group := commands[0], click.Group):
        inner = [group.get_command(click.Context(group), name) for name in words.pop(0).split("|")]
        commands = [command for command in inner if command is not None]
        assert len(commands) == len(inner), "no such subcommand"
    for command in commands:
        takes(command, words)


def takes(command: click.Command, words: list[str]) -> None:
    options = {o: p for p in command.params if isinstance(p, click.Option) for o in p.opts}
    left, free = iter(words), 0
    for word in left:
        if not word.startswith("--"):
            free += 1
        elif word != "--help":
            assert word in options, f"{command.name} has no {word}"
            if not options[word].is_flag:
                assert next(left, None), f"{command.name} {word} has no value"
    takes_at_most = sum(isinstance(parameter, click.Argument) for parameter in command.params)
    assert free <= takes_at_most, f"{command.name} takes {takes_at_most} arguments"


def test_make_targets_in_the_readme_exist() -> None:
    made = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = re.findall(r"(?:^|`)make (\w+)", README, re.MULTILINE)
    assert len(set(named)) > 3
    assert [target for target in named if target not in made] == []


def test_every_risk_check_is_in_the_readme() -> None:
    assert [c.__name__ for c in CHECKS if f"| `{c.__name__}` |" not in README] == []


def test_files_and_folders_in_the_readme_exist() -> None:
    named = re.findall(r"`((?:gateway|sessions|store|tools|tests|fix_specs)/[\w/.]*)`", README)
    assert len(named) > 5
    assert [name for name in named if not (ROOT / name).exists()] == []


# --- the compiled build ---------------------------------------------------------------------------


def bases_of(path: Path) -> Iterator[tuple[str, str]]:
    """Class, and the file of ours that its base comes from; bases of the same file are left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    came: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            file = ROOT / (node.module.replace(".", "/") + ".py")
            package = ROOT / node.module.replace(".", "/") / "__init__.py"
            found = next((p for p in (file, package) if p.exists()), None)
            if found is not None:
                came |= {a.asname or a.name: str(found.relative_to(ROOT)) for a in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                if isinstance(base, ast.Name) and base.id in came:
                    yield node.name, came[base.id]


def test_a_class_and_its_base_are_both_compiled_or_neither() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    compiled = set(settings["tool"]["fixgate"]["compiled"])
    wrong = [
        f"{path.relative_to(ROOT)}: {name}, its base in {base}"
        for path in sources("gateway", "sessions", "store")
        for name, base in bases_of(path)
        if (str(path.relative_to(ROOT)) in compiled) != (base in compiled)
    ]
    assert wrong == []


def test_every_api_is_held_to_the_suite() -> None:
    suite = ROOT / "tests/gateway/brokers/conformance"
    tested = {p.stem.removeprefix("test_") for p in suite.glob("test_*.py")}
    assert tested == set(VENUES) == set(BROKERS) - {"paper"}
