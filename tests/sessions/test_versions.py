"""The tables of versions."""

import pytest

import fix_specs
from sessions.dictionary import builtin_of
from sessions.versions import APPL_VER_IDS, spec_name, version_of


@pytest.mark.parametrize("version", APPL_VER_IDS)
def test_every_version_has_a_dictionary_and_is_found_by_its_number(version: str) -> None:
    assert spec_name(version) in fix_specs.VERSIONS
    assert version_of(APPL_VER_IDS[version]) == version
    dictionary = builtin_of("FIXT.1.1", version)
    assert dictionary.begin_string == "FIXT.1.1"
    assert dictionary.appl_ver_id == APPL_VER_IDS[version]
    assert "D" in dictionary.messages


def test_an_unknown_number_is_no_version() -> None:
    assert version_of("77") == ""
