"""Which dictionary a session gets: built in, from files, changed by a dialect, shared or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import fix_specs
from gateway.config import Client
from gateway.dictionaries import Dictionaries
from sessions.dictionary import DictionaryError
from tests.gateway.end_to_end import settings

DIALECT = (
    '<dialect><fields><field number="5001" name="House" type="STRING"/></fields>'
    '<header><field name="House" required="Y"/></header>'
    '<message msgtype="A"><field name="Text" required="Y"/></message>'
    '<message msgtype="D"><field name="House"/><drop name="Symbol"/></message>'
    '<message msgtype="UX" name="Own"><field name="House"/></message></dialect>'
)
SP2 = {"begin_string": "FIXT.1.1", "default_appl_ver_id": "FIX.5.0SP2"}


def client(**more: Any) -> Client:
    return Client(**settings.client("ACME", **more))


@pytest.fixture
def dialect(tmp_path: Path) -> str:
    path = tmp_path / "acme.xml"
    path.write_text(DIALECT)
    return str(path)


def test_sessions_of_a_version_share_its_dictionary() -> None:
    dictionaries = Dictionaries()
    first, second = client(), client()
    assert dictionaries.of(first) is dictionaries.of(second)
    assert dictionaries.of(client(begin_string="FIX.4.2")) is not dictionaries.of(first)


def test_sessions_with_the_same_files_share_what_is_read_from_them(dialect: str) -> None:
    dictionaries = Dictionaries()
    one = dictionaries.of(client(dialect=dialect))
    assert one is dictionaries.of(client(dialect=dialect))
    assert one is not dictionaries.of(client())


def test_a_dialect_changes_one_session_alone(dialect: str) -> None:
    dictionaries = Dictionaries()
    mine, others = dictionaries.of(client(dialect=dialect)), dictionaries.of(client())
    assert "5001" in mine.header_tags
    assert "5001" not in others.header_tags
    assert "55" not in mine.messages["D"].allowed
    assert mine.messages["UX"].name == "Own"


def test_a_dialect_of_a_fixt_session_reaches_both_its_layers(dialect: str) -> None:
    whole = Dictionaries().of(client(dialect=dialect, **SP2))
    assert whole.transport is not None
    assert "5001" in whole.header_tags
    assert "58" in whole.transport.messages["A"].required
    assert "UX" not in whole.transport.messages
    assert whole.messages["UX"].name == "Own"
    assert "55" not in whole.messages["D"].top
    assert "5001" in whole.messages["8"].required


def test_the_files_of_a_fixt_session_are_read_for_the_version_they_are_for(tmp_path: Path) -> None:
    text = fix_specs.open_spec("FIX44").decode()
    four, transport = tmp_path / "four.xml", tmp_path / "transport.xml"
    four.write_text(text.replace('name="Symbol" required="N"', 'name="Symbol" required="Y"'))
    transport.write_bytes(fix_specs.open_spec("FIXT11"))
    whole = Dictionaries().of(
        client(
            appl_ver_ids=["FIX.4.4"],
            appl_dictionaries={"FIX.4.4": str(four)},
            transport_dictionary=str(transport),
            **SP2,
        )
    )
    assert whole.appl_ver_id == "9"
    assert set(whole.applications) == {"9", "6"}
    assert "55" in whole.applications["6"].messages["H"].allowed
    assert whole.applications["6"].messages["D"].allowed >= {"1128", "1129"}


def test_an_orchestra_file_is_a_dictionary_too() -> None:
    path = Path(__file__).parents[1] / "data" / "small_orchestra.xml"
    assert set(Dictionaries().of(client(dictionary=str(path))).messages) == {"Z9"}


def test_what_is_wrong_with_a_dialect_is_said_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "acme.xml"
    path.write_text('<dialect>\n<message msgtype="D"><drop name="Nothing"/></message></dialect>')
    for more in ({}, SP2):
        with pytest.raises(DictionaryError, match=r"acme.xml:2: <drop name='Nothing'>"):
            Dictionaries().of(client(dialect=str(path), **more))
