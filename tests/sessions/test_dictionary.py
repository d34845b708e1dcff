"""Dictionaries: files that users bring, what is wrong with them, and merging."""

import pytest

from fix_specs import VERSIONS
from sessions.dictionary import Dictionary, DictionaryError, builtin, load_dictionary, merge
from sessions.dictionary_file import TYPES
from sessions.field_types import CHECKS

FIELDS = """
  <field number="8" name="BeginString" type="STRING"/>
  <field number="9" name="BodyLength" type="LENGTH"/>
  <field number="10" name="CheckSum" type="STRING"/>
  <field number="35" name="MsgType" type="STRING"/>
  <field number="54" name="Side" type="CHAR"><value enum="1" description="BUY"/></field>
  <field number="55" name="Symbol" type="STRING"/>
  <field number="5001" name="NoLevels" type="NUMINGROUP"/>
  <field number="5002" name="LevelPrice" type="PRICE"/>
  <field number="5003" name="NoOwners" type="NUMINGROUP"/>
  <field number="5004" name="OwnerID" type="STRING"/>
  <field number="5005" name="NoNotes" type="NUMINGROUP"/>
  <field number="5006" name="NoteLen" type="LENGTH"/>
  <field number="5007" name="Note" type="DATA"/>"""


def source(
    body: str = "",
    fields: str = FIELDS,
    components: str = "",
    header: str = "",
    root: str = '<fix type="FIX" major="4" minor="4">',
) -> bytes:
    """A dictionary file; the message begins on line 5."""
    return f"""{root}
<header><field name="BeginString" required="Y"/><field name="BodyLength" required="Y"/>{header}
<field name="MsgType" required="Y"/></header>
<messages>
<message name="Book" msgtype="UB" msgcat="app">{body}</message>
</messages><trailer><field name="CheckSum" required="Y"/></trailer>
<components>{components}</components><fields>{fields}</fields></fix>""".encode()


def load(*arguments: str, **parts: str) -> Dictionary:
    return load_dictionary(source(*arguments, **parts), "broker.xml")


def test_components_are_dissolved_and_groups_nest() -> None:
    dictionary = load(
        '<component name="Levels" required="N"/><field name="Symbol" required="Y"/>',
        components="""<component name="Levels"><group name="NoLevels" required="Y">
          <field name="LevelPrice" required="Y"/><component name="Owners" required="Y"/></group>
          </component><component name="Owners"><group name="NoOwners" required="Y">
          <field name="OwnerID"/><group name="NoNotes"><field name="NoteLen"/><field name="Note"/>
          </group></group></component>""",
    )
    book = dictionary.messages["UB"]
    # NoLevels is required by the component, which the message does not require
    assert book.required == {"8", "9", "35", "10", "55"}
    assert book.top == {"8", "9", "35", "10", "55", "5001"}
    assert book.allowed == book.top | {"5002", "5003", "5004", "5005", "5006", "5007"}
    levels = book.groups["5001"]
    assert (levels.count_tag, levels.delimiter) == ("5001", "5002")
    assert levels.members == ("5002", "5003")
    assert levels.required == {"5002", "5003"}
    assert levels.tags == {"5002", "5003", "5004", "5005", "5006", "5007"}
    notes = levels.groups["5003"].groups["5005"]
    assert notes.members == ("5006", "5007")
    assert dictionary.data_fields["5006"] == "5007"
    assert dictionary.by_name["Side"].values == {"1": "BUY"}


def test_a_group_may_begin_with_a_component_or_with_a_group() -> None:
    dictionary = load(
        '<group name="NoLevels"><component name="Owner"/></group>'
        '<group name="NoOwners"><group name="NoNotes"><field name="Note"/></group></group>',
        components='<component name="Owner"><field name="OwnerID"/></component>',
    )
    groups = dictionary.messages["UB"].groups
    assert groups["5001"].delimiter == "5004"
    assert groups["5003"].delimiter == "5005"


def test_a_header_may_have_groups() -> None:
    header = '<group name="NoOwners" required="N"><field name="OwnerID"/></group>'
    dictionary = load('<field name="Symbol"/>', header=header)
    assert dictionary.header_tags == {"8", "9", "35", "5003", "5004"}
    assert dictionary.trailer_tags == {"10"}
    assert dictionary.messages["UB"].groups["5003"].delimiter == "5004"


def test_what_fixgate_does_not_know_in_attributes_is_passed_over() -> None:
    dictionary = load(
        '<field name="Side" required="N" added="EP12" comment="x"/>',
        fields=FIELDS.replace('name="Side"', 'name="Side" allowOtherValues="true" owner="us"'),
    )
    assert dictionary.fields["54"].open_values
    assert not dictionary.fields["55"].open_values


def test_a_field_named_twice_stands_at_its_first_place() -> None:
    body = '<field name="Symbol" required="Y"/><field name="Side"/><field name="Symbol"/>'
    assert "55" in load(body).messages["UB"].required


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (
            source('<field name="Symbl" required="N"/>'),
            "broker.xml:5: <field name='Symbl'> in <message name='Book'>: no such field; "
            "define it in <fields> or correct the name",
        ),
        (
            source('<component name="Partys" required="N"/>'),
            "broker.xml:5: <component name='Partys'>: no such component; "
            "define it in <components> or correct the name",
        ),
        (
            source('<group name="NoLevels" required="N">\n<field name="Nothing"/></group>'),
            "broker.xml:6: <field name='Nothing'> in <group name='NoLevels'>: no such field; "
            "define it in <fields> or correct the name",
        ),
        (
            source('<group name="NoLevels" required="N"/>'),
            "broker.xml:5: <group name='NoLevels'>: the group has no members; name them inside",
        ),
        (
            source('<field required="N"/>'),
            'broker.xml:5: <field>: name is missing; write name="..."',
        ),
        (
            source('<feild name="Symbol"/>'),
            "broker.xml:5: <feild name='Symbol'>: not known inside <message name='Book'>; "
            "use one of component, field, group",
        ),
        (
            source('<group name="NoLevels"><field name="Side"/></group>\n' * 2),
            "broker.xml:6: <group name='NoLevels'>: named twice in <message name='Book'>, "
            "first on line 5; remove one",
        ),
        (
            source(fields=FIELDS + '\n<field number="55" name="Ticker" type="STRING"/>'),
            "broker.xml:21: <field name='Ticker'>: Ticker(55) collides with Symbol(55) "
            "on line 13; remove one",
        ),
        (
            source(fields=FIELDS + '\n<field number="6000" name="Symbol" type="STRING"/>'),
            "broker.xml:21: <field name='Symbol'>: Symbol(6000) collides with Symbol(55) "
            "on line 13; remove one",
        ),
        (
            source(fields=FIELDS + '\n<field name="Ticker" type="STRING"/>'),
            "broker.xml:21: <field name='Ticker'>: number is missing; write number=\"...\"",
        ),
        (
            source(fields=FIELDS + '\n<field number="0x1" name="Ticker" type="STRING"/>'),
            "broker.xml:21: <field name='Ticker'>: number '0x1' is not a tag; write digits",
        ),
        (
            source(fields=FIELDS + '\n<field number="6000" name="Ticker"/>'),
            "broker.xml:21: <field name='Ticker'>: type is missing; write type=\"...\"",
        ),
        (
            source(fields=FIELDS + '<field number="1" name="A" type="INT"><value/></field>'),
            'broker.xml:20: <value>: enum is missing; write enum="..."',
        ),
        (
            source(components='<component name="A"><component name="B"/></component>\n'
            '<component name="B"><component name="A"/></component>'),
            "broker.xml:8: <component name='A'>: the component contains itself (A > B > A); "
            "break the cycle",
        ),
        (
            source(components='<component name="A"/><component name="A"/>'),
            "broker.xml:7: <component name='A'>: defined before on line 7; remove one",
        ),
        (
            source(root='<fix type="FIX">'),
            'broker.xml:1: <fix>: the version is missing; write major="4" minor="4" or the like',
        ),
        (
            b"<dictionary/>",
            "broker.xml:1: <dictionary>: the root element must be <fix> (QuickFIX) or "
            "<repository> (Orchestra); this is no data dictionary",
        ),
        (
            b'<fix major="4" minor="4">\n<mesages/></fix>',
            "broker.xml:2: <mesages>: unknown section; "
            "use one of components, fields, header, messages, trailer",
        ),
        (
            b'<fix major="4" minor="4"><messages>\n<group name="A"/></messages></fix>',
            "broker.xml:2: <group name='A'>: unknown element here; <message> is expected",
        ),
        (
            source("<field>"),
            "broker.xml:5: <field>: broken XML: mismatched tag; correct the syntax",
        ),
        (b"", "broker.xml:1: the file: broken XML: no element found; correct the syntax"),
        (
            b"8=FIX.4.4\n",
            "broker.xml:1: the file: broken XML: not well-formed (invalid token); "
            "correct the syntax",
        ),
        (
            b'<?xml version="1.0"?>\n<!DOCTYPE fix [<!ENTITY a "b">]><fix major="4" minor="4"/>',
            "broker.xml:2: <!DOCTYPE fix>: document types and entities are refused; "
            "remove the declaration",
        ),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_its_line_and_element(data: bytes, error: str) -> None:
    with pytest.raises(DictionaryError) as caught:
        load_dictionary(data, "broker.xml")
    assert str(caught.value) == error


def test_an_unknown_type_is_refused_with_the_known_ones() -> None:
    with pytest.raises(
        DictionaryError, match=r"broker.xml:13: <field name='Symbol'>: unknown type"
    ):
        load(fields=FIELDS.replace('name="Symbol" type="STRING"', 'name="Symbol" type="TEXT"'))


def test_a_msg_type_taken_twice_is_refused() -> None:
    twice = source().replace(b"</messages>", b'<message name="B2" msgtype="UB"/></messages>')
    with pytest.raises(DictionaryError, match="MsgType 'UB' is taken by 'Book' on line 5"):
        load_dictionary(twice, "broker.xml")


def test_elements_and_components_can_not_be_nested_without_end() -> None:
    groups = "".join('<group name="NoLevels">' for _ in range(5000))
    with pytest.raises(DictionaryError, match="nested deeper than 32 elements; flatten it"):
        load(groups)
    chain = "".join(
        f'<component name="C{n}"><component name="C{n + 1}"/></component>' for n in range(5000)
    )
    with pytest.raises(DictionaryError, match="components nested deeper than 32; flatten them"):
        load(components=chain + '<component name="C5000"/>')


def test_every_type_with_a_check_is_a_type_a_file_may_name() -> None:
    assert set(CHECKS) <= TYPES


def test_messages_are_a_mapping() -> None:
    messages = builtin("FIX44").messages
    assert "D" in messages
    assert "*" not in messages
    assert messages.get("*") is None
    assert messages["D"] is messages["D"]
    assert len(messages) == len(list(messages)) == 93


def test_a_version_is_loaded_once() -> None:
    for version in VERSIONS:
        assert builtin(version) is builtin(version)


def test_data_pairs_of_the_user_defined_range_count_only_if_the_file_has_them() -> None:
    assert "40004" in builtin("FIX50SP2").data_fields
    assert "40004" not in builtin("FIX44").data_fields
    assert builtin("FIX44").data_fields["1525"] == "1527"  # below 5000: known everywhere


def test_a_merged_view_has_the_parts_of_both() -> None:
    transport, application = builtin("FIXT11"), builtin("FIX50SP1")
    merged = merge(transport, application)
    assert merged.begin_string == "FIXT.1.1"
    assert merged.header_tags == transport.header_tags
    assert merged.trailer_tags == transport.trailer_tags
    assert set(merged.messages) == set(transport.messages) | set(application.messages)
    assert merged.messages["A"] == transport.messages["A"]
    order = merged.messages["D"]
    assert order.required == application.messages["D"].required | {
        "8", "9", "35", "49", "56", "34", "52", "10",
    }  # fmt: skip
    assert order.groups["453"] == application.messages["D"].groups["453"]
    assert order.groups["627"] == transport.messages["A"].groups["627"]
    assert {"1137", "40"} <= set(merged.fields)


def test_only_loaded_dictionaries_can_be_merged() -> None:
    bare = Dictionary("FIX.4.4", {}, {}, frozenset(), frozenset(), {})
    with pytest.raises(TypeError, match="made by load_dictionary"):
        merge(bare, bare)
