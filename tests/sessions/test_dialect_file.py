"""Dialects of counterparties: what each change does to a version, and what does not fit it."""

import pytest

import fix_specs
from sessions.dialect_file import DialectFile, read_dialect
from sessions.dictionary import Dictionary, DictionaryError, builtin, load_dictionary
from sessions.message import Message, parse
from sessions.validation import ValidationRules, Validator, validate
from tests.fix import fix

RULES = ValidationRules(check_user_defined_fields=True)
ORDER = "11=X|1=A|55=IBM|54=1|60=20261120-10:00:00|40=1|"


def dialect(body: str) -> DialectFile:
    return read_dialect(f"<dialect>\n{body}\n</dialect>".encode(), "acme.xml")


def changed(body: str, version: str = "FIX44") -> Dictionary:
    return load_dictionary(fix_specs.open_spec(version), version, dialect(body))


def message(msg_type: str, body: str, header: str = "") -> Message:
    text = f"8=FIX.4.4|35={msg_type}|49=A|56=B|34=2|52=20261120-10:00:00|{header}{body}"
    parsed = parse(fix(text))
    assert isinstance(parsed, Message)
    return parsed


def verdict(
    dictionary: Dictionary, body: str = ORDER, msg_type: str = "D", header: str = ""
) -> tuple[int, str] | None:
    rejection = validate(message(msg_type, body, header), dictionary, RULES)
    return None if rejection is None else (rejection.reason, rejection.ref_tag)


@pytest.fixture(scope="module")
def example() -> Dictionary:
    text = fix_specs.open_dialect("example")
    spec = fix_specs.open_spec("FIX44")
    return load_dictionary(spec, "FIX44", read_dialect(text, "example"))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (ORDER, None),
        (ORDER.replace("1=A|", "", 1), (1, "1")),
        (ORDER.replace("1=A|55=IBM|", "1=A|", 1), (1, "55")),
        (ORDER.replace("60=20261120-10:00:00|", ""), None),
        (ORDER.replace("40=1|", "40=z|"), None),
        (ORDER.replace("40=1|", "40=y|"), (5, "40")),
        (ORDER + "58=text|", (2, "58")),
        (ORDER + "59=Z|", None),
        (ORDER + "59=5|", (5, "59")),
        (ORDER + "18=anything|", None),
        (ORDER + "453=1|448=P|447=D|452=1|", None),
        (ORDER + "453=1|448=P|447=D|", (1, "452")),
        (ORDER + "453=1|448=P|447=D|452=1|802=1|523=S|803=1|", (2, "802")),
        (ORDER + "5002=2|5003=a|5003=b|", None),
        (ORDER + "5002=1|", (16, "5002")),
        (ORDER + "5009=1|", (0, "5009")),
    ],
)
def test_the_example_does_what_it_says(
    example: Dictionary, body: str, expected: tuple[int, str] | None
) -> None:
    assert verdict(example, body) == expected


@pytest.mark.parametrize("version", ["FIX42", "FIX43", "FIX44"])
def test_orders_can_be_linked_in_versions_without_the_fields(version: str) -> None:
    spec = fix_specs.open_spec(version)
    dialect = read_dialect(fix_specs.open_dialect("linked_orders"), "linked_orders")
    order = "11={}|67={}|583=X|21=1|55=IBM|54=1|60=20261120-10:00:00|38=1|40=1|"
    if version == "FIX42":  # whose orders never had the field: it comes last
        order = order.replace("583=X|", "") + "583=X|"
    body = f"66=L|394=3|1385=2|68=2|73=2|{order.format('A', 1)}{order.format('B', 2)}"
    assert verdict(load_dictionary(spec, version), body, "E") in [(2, "1385"), (0, "1385")]
    assert verdict(load_dictionary(spec, version, dialect), body, "E") is None


def test_the_example_has_a_header_field_and_a_message_of_its_own(example: Dictionary) -> None:
    assert verdict(example, header="5001=D1|") is None
    assert verdict(example, "58=open|", "UD") == (1, "5001")
    assert example.messages["UD"].name == "DeskStatus"
    assert verdict(example, "58=open|", "UD", "5001=D1|") is None


def test_other_messages_are_left_as_they_were(example: Dictionary) -> None:
    known = builtin("FIX44")
    for msg_type in ("8", "G", "V"):
        mine, theirs = example.messages[msg_type], known.messages[msg_type]
        assert mine.required == theirs.required
        assert mine.allowed == theirs.allowed | {"5001"}
    assert verdict(example, ORDER.replace("40=1|", "40=z|") + "41=Y|21=1|", "G") == (5, "40")
    assert verdict(known, ORDER.replace("40=1|", "40=z|")) == (5, "40")
    assert "5001" not in known.fields


def test_a_value_of_one_message_is_good_again_and_again(example: Dictionary) -> None:
    """Also when what a peer sends again and again is read by its form."""
    validator = Validator(example, RULES)
    usual, odd = message("D", ORDER), message("D", ORDER.replace("40=1|", "40=z|"))
    for one in (usual, usual, odd, odd, odd):
        assert validator.check(one) is None
    for one in (usual, odd):
        read = validator.read(one.raw)
        assert read is None or validator.check(read) is None
    assert validator.check(message("D", ORDER.replace("40=1|", "40=y|"))) is not None


def test_a_value_longer_than_its_type_is_taken_where_it_is_named() -> None:
    mine = changed('<message msgtype="D"><field name="Side"><value enum="SELL"/></field></message>')
    assert verdict(mine, ORDER.replace("54=1|", "54=SELL|")) is None
    assert verdict(mine, ORDER.replace("54=1|", "54=BUY|")) == (6, "54")


def test_a_component_can_be_added_and_a_group_made_required() -> None:
    mine = changed(
        '<message msgtype="D"><field name="NoPartyIDs" required="Y"/></message>'
        '<message msgtype="H"><component name="Stipulations"/></message>'
    )
    assert verdict(mine) == (1, "453")
    assert verdict(mine, ORDER + "453=1|448=P|447=D|452=1|") is None
    assert verdict(mine, "11=X|55=IBM|54=1|232=1|233=BANKQUAL|234=B|", "H") is None


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("<field/>", "acme.xml:2: <field>: unknown section; use one of fields, header, message"),
        ('<fields><field name="Foo"/></fields>', "no such field; correct the name, or give number"),
        ('<fields><field name="Foo" number="x" type="INT"/></fields>', "number 'x' is not a tag"),
        ('<fields><field name="Foo" number="5001"/></fields>', "type is missing"),
        ('<fields><field name="Foo" number="55" type="INT"/></fields>', "55 is Symbol; use that"),
        ('<fields><field name="Symbol" number="54"/></fields>', "Symbol is 55, not 54"),
        ('<fields><field name="Side" type="COLOUR"/></fields>', "unknown type 'COLOUR'"),
        ('<fields><field name="Side"><drop enum="Q"/></field></fields>', "Side has no value 'Q'"),
        ('<fields><field name="Side"><value/></field></fields>', "enum is missing"),
        ("<message/>", "acme.xml:2: <message>: msgtype is missing"),
        ('<message msgtype="U1"/>', "no message 'U1'; correct msgtype, or give a name to add it"),
        ('<message msgtype="D">\n<drop name="Foo"/></message>', "acme.xml:3: <drop name='Foo'>: "),
        (
            '<message msgtype="D"><drop name="Price2x"/></message>',
            "has no Price2x; remove the line",
        ),
        ('<message msgtype="D"><field name="Foo"/></message>', "no such field; define it in"),
        ('<message msgtype="D"><component name="Foo"/></message>', "no such component"),
        ('<message msgtype="D"><group name="Foo"/></message>', "no such field; define it"),
        ('<message msgtype="D"><group name="Spread"/></message>', "the group has no members"),
        ('<message msgtype="D"><value/></message>', "not known inside <message>; use one of"),
        (
            '<message msgtype="D"><group name="Spread"><field name="Foo"/></group></message>',
            "no such field Foo",
        ),
        (
            '<message msgtype="D"><group name="NoAllocs"><drop name="Foo"/></group></message>',
            "<group name='NoAllocs'> has no Foo",
        ),
    ],
)
def test_what_does_not_fit_is_said_with_its_line(body: str, error: str) -> None:
    with pytest.raises(DictionaryError, match=error) as raised:
        changed(body)
    assert str(raised.value).startswith("acme.xml:")


def test_a_group_of_which_nothing_is_left_is_to_be_dropped() -> None:
    known = builtin("FIX44")
    members = known.messages["D"].groups["78"].members
    drops = "".join(f'<drop name="{known.fields[tag].name}"/>' for tag in members)
    with pytest.raises(DictionaryError, match="nothing is left of the group; drop it"):
        changed(f'<message msgtype="D"><group name="NoAllocs">{drops}</group></message>')


@pytest.mark.parametrize(
    "text", ["<dialects/>", '<!DOCTYPE d [<!ENTITY a "b">]><dialect/>', "<dialect>"]
)
def test_what_is_no_dialect_is_refused(text: str) -> None:
    with pytest.raises(DictionaryError, match=r"acme.xml:1: "):
        read_dialect(text.encode(), "acme.xml")
