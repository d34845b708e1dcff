"""Settings of drop copies: whose reports they get, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import Config
from gateway.config.notes import notes
from gateway.config.template import FIRM
from gateway.config.toml_text import toml_text
from tests.gateway.config_files import ACME, ROUTE, SIM, load, problems, with_reference_data

LIMITS = "\n".join(["[[risk.limits]]", *(f"{k} = {toml_text(v)}" for k, v in FIRM.items())])
COPY = """\
[[drop_copies]]
name = "RISK"
begin_string = "FIX.4.2"
sender_comp_id = "FIXGATE"
target_comp_id = "RISK"
of = "firm"
"""
GOOD = "\n".join(
    ["[[listeners]]\nport = 5001", ACME + 'accounts = ["A"]', SIM, ROUTE, LIMITS, COPY]
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return with_reference_data(tmp_path)


def loaded(folder: Path) -> Config:
    return load(folder, GOOD)


def test_a_drop_copy_is_of_what_is_named_one_or_many(folder: Path) -> None:
    [copy] = loaded(folder).drop_copies
    assert (copy.name, copy.of, copy.cancel_rejects) == ("RISK", ("firm",), True)
    many = 'of = ["client:ACME", "account:A", "symbol:IBM"]'
    [copy] = load(folder, GOOD.replace('of = "firm"', many)).drop_copies
    assert copy.of == ("client:ACME", "account:A", "symbol:IBM")
    assert [link.name for link in loaded(folder).fix_links] == ["ACME", "RISK", "SIM"]


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        (
            'of = "firm"',
            'of = "client:ACMI"',
            'drop_copies[0].of: there is no client "ACMI"; there are: ACME',
        ),
        (
            'of = "firm"',
            'of = ["account:B"]',
            'drop_copies[0].of: there is no account "B"; there are: A',
        ),
        ('of = "firm"', "of = []", "drop_copies[0].of: "),
        ('of = "firm"', "", "drop_copies[0].of: "),
        (
            'of = "firm"',
            'of = "everybody"',
            'drop_copies[0].of[0]: "everybody" must be "firm", "client:NAME", "account:NAME" or'
            ' "symbol:NAME"',
        ),
        ('name = "RISK"', 'name = "ACME"', 'name: "ACME" is already the name of clients[0]'),
        (
            'begin_string = "FIX.4.2"\nsender_comp_id = "FIXGATE"\ntarget_comp_id = "RISK"',
            'begin_string = "FIX.4.4"\nsender_comp_id = "FIXGATE"\ntarget_comp_id = "ACME"',
            "is already the session of clients[0]",
        ),
        (
            'target_comp_id = "RISK"',
            'target_comp_id = "R*"',
            'drop_copies[0].target_comp_id: must have no "*": only clients have templates',
        ),
        (
            'of = "firm"',
            'of = "firm"\nschedule = "night"',
            'drop_copies[0].schedule: there is no schedule "night"; there are: none',
        ),
        (
            'of = "firm"',
            'of = "firm"\nlisteners = ["back"]',
            'drop_copies[0].listeners: there is no listener "back"; there are: none',
        ),
        (
            'of = "firm"',
            'of = "firm"\nusername = "risk"',
            "drop_copies[0].username: needs a password_hash",
        ),
        (
            'of = "firm"',
            'of = "firm"\npassword = "x"',
            "drop_copies[0].password: no client's password is kept",
        ),
        (
            'of = "firm"',
            'of = "firm"\ncertificates = ["cn:risk"]',
            "drop_copies[0].certificates: no listener that it may log on at asks for one",
        ),
        (
            'of = "firm"',
            'of = "firm"\ndictionary = "nowhere.xml"',
            "drop_copies[0].dictionary: nowhere.xml: there is no such file",
        ),
        ("FIX.4.2", "FIX.4.9", "drop_copies[0].begin_string: must be FIX.4.0 or"),
        ('of = "firm"', 'of = "firm"\naccounts = ["A"]', "drop_copies[0].accounts: "),
    ],
)
def test_what_is_wrong_with_it_is_told(folder: Path, good: str, bad: str, problem: str) -> None:
    [told] = problems(folder, GOOD.replace(good, bad))
    assert problem in told


def test_one_that_is_open_to_a_network_is_told(folder: Path) -> None:
    assert notes(loaded(folder)) == []
    text = GOOD.replace("port = 5001", 'host = "0.0.0.0"\nport = 5001')
    said = notes(load(folder, text))
    assert any(note.startswith("drop copy RISK may log on from other machines") for note in said)
