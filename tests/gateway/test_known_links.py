"""Which session of the journal is one of the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.build import limit_table, undefined_links
from gateway.config import Config
from gateway.events import NumbersChanged
from gateway.known_links import KnownLinks, definition, renamed
from gateway.prepared import NO_REFERENCE
from gateway.state import State
from tests.gateway.config_files import ACME, ROUTE, SIM, load, with_reference_data

BASE = f"""\
[[listeners]]
port = 5001

{ACME}accounts = "*"

{SIM}
{ROUTE}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return with_reference_data(tmp_path)


def started(config: Config, state: State | None = None) -> State:
    """The state after a start with this configuration."""
    state = state or State(limit_table(config, NO_REFERENCE), 10)
    assert not list(renamed(config, state))
    for defined in undefined_links(config, state):
        state.apply(defined, 0, b"")
    return state


def traded(state: State, number: int, next_in: int = 50, next_out: int = 60) -> None:
    state.apply(NumbersChanged(number, 1, next_in, next_out, "trading"), 0, b"")


def other(folder: Path, *replaced: tuple[str, str]) -> Config:
    text = BASE
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    return load(folder, text)


RENAMED = ('name = "ACME"', 'name = "NEW"')
RENAMED_BROKER = ('name = "SIM"', 'name = "NEW"'), ('broker = "SIM"', 'broker = "NEW"')


@pytest.mark.parametrize("replaced", [(RENAMED,), RENAMED_BROKER], ids=str)
def test_a_session_that_has_numbers_keeps_its_name(
    folder: Path, replaced: tuple[tuple[str, str], ...]
) -> None:
    state = started(load(folder, BASE))
    for number in (1, 2):
        traded(state, number)
    (why,) = renamed(other(folder, *replaced), state)
    old = "ACME" if replaced == (RENAMED,) else "SIM"
    assert why.startswith(f"NEW: has the CompIDs of {old}, and by another name its numbers would")
    assert f"`fixgate sessions reset {old}`" in why
    traded(state, 1, 1, 1)
    traded(state, 2, 1, 1)
    assert not list(renamed(other(folder, *replaced), state))


def test_sub_ids_make_sessions_of_the_same_comp_ids(folder: Path) -> None:
    state = started(load(folder, BASE))
    traded(state, 1)
    desk = 'name = "NEW"\nsub_ids_identify = true\ntarget_sub_id = "DESK"'
    assert not list(renamed(other(folder, ('name = "ACME"', desk)), state))


def test_one_that_changes_its_identity_and_back_goes_on_where_it_stood(folder: Path) -> None:
    first = load(folder, BASE)
    state = started(first)
    traded(state, 1)
    started(other(folder, ('target_comp_id = "ACME"', 'target_comp_id = "ACME2"')), state)
    assert len(state.links) == 3
    started(first, state)
    assert len(state.links) == 3
    known = KnownLinks(state)
    found = known.of(first.clients[0])
    assert (found.number, found.next_in, found.next_out) == (1, 50, 60)
    assert known.get(definition(first.clients[0])) is found
