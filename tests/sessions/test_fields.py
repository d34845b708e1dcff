"""Fields: the tags named in code and the built-in data pairs agree with the dictionaries."""

from fix_specs import VERSIONS
from sessions import fields
from sessions.dictionary import DATA_TYPES, Dictionary, builtin


def test_every_tag_constant_is_the_tag_of_the_field_it_is_named_after() -> None:
    tags = {
        definition.name.upper(): definition.tag
        for version in VERSIONS
        for definition in builtin(version).fields.values()
    }
    constants = {name: value for name, value in vars(fields).items() if isinstance(value, str)}
    named = {
        name: value for name, value in constants.items() if name.isupper() and value.isdecimal()
    }
    assert len(named) > 40
    for name, tag in named.items():
        assert tags[name.replace("_", "")] == tag, name


def test_the_built_in_data_pairs_are_those_of_all_versions() -> None:
    types: dict[str, str] = {}
    for version in reversed(VERSIONS):
        types.update({tag: field.type for tag, field in builtin(version).fields.items()})
    for length, data in fields.BUILT_IN_DATA_FIELDS.items():
        assert types[length] == "LENGTH"
        assert types[data] in DATA_TYPES
    assert set(fields.BUILT_IN_DATA_FIELDS.values()) == {
        tag for tag, kind in types.items() if kind in DATA_TYPES
    }


def test_a_dictionary_keeps_every_pair_of_the_session_layer() -> None:
    for version in VERSIONS:
        dictionary: Dictionary = builtin(version)
        assert dictionary.data_fields["95"] == "96"
        assert dictionary.data_fields["93"] == "89"
        for length, data in dictionary.data_fields.items():
            assert fields.BUILT_IN_DATA_FIELDS[length] == data
