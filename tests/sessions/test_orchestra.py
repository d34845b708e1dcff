"""FIX Orchestra repositories are read as QuickFIX dictionaries are, and refused with place."""

from pathlib import Path

import pytest

from fix_specs import VERSIONS, open_spec
from sessions.dictionary import Dictionary, DictionaryError, builtin, load_dictionary
from sessions.message import Message, parse
from sessions.validation import ValidationRules, validate
from tests.fix import fix
from tests.sessions.orchestra_of import Orchestra

SMALL = Path(__file__).parent.parent / "data" / "small_orchestra.xml"
RULES = ValidationRules(check_user_defined_fields=True)


def small() -> Dictionary:
    return load_dictionary(SMALL.read_bytes(), "small.xml")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_is_the_same_in_both_formats(version: str) -> None:
    known = builtin(version)
    read = load_dictionary(Orchestra(open_spec(version)).text(), "orchestra.xml")
    assert read.begin_string == known.begin_string
    assert dict(read.fields) == dict(known.fields)
    assert read.data_fields == known.data_fields
    assert (read.header_tags, read.trailer_tags) == (known.header_tags, known.trailer_tags)
    assert set(read.messages) == set(known.messages)
    # The largest version has messages of thousands of fields: one in five of them will do.
    for msg_type in list(known.messages)[:: 5 if version == "FIX50SP2" else 1]:
        assert read.messages[msg_type] == known.messages[msg_type], msg_type


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("1=A|2=5|", None),
        ("1=A|", (1, "2")),
        ("1=A|2=7|", (5, "2")),
        ("1=A|2=5|3=abc|", (6, "3")),
        ("1=A|2=5|4=2|5=X|6=1|7=a|5=Y|", None),
        ("1=A|2=5|4=2|5=X|", (16, "4")),
        ("1=A|2=5|14=9|", (2, "14")),  # forbidden in this message
        ("1=A|2=5|11=anything|", None),  # a code set joined with a type is open
        ("1=A|2=5|12=4|13=a\x01=b|", None),  # lengthId says what belongs together
    ],
)
def test_a_small_repository(body: str, expected: tuple[int, str] | None) -> None:
    text = f"8=FIX.4.4|9=000|35=Z9|{body}"
    data = text.replace("|", "\x01").encode("latin-1")
    start = data.index(b"35=")
    data = data[: data.index(b"9=000")] + b"9=%d\x01" % (len(data) - start) + data[start:]
    data += b"10=%03d\x01" % (sum(data) % 256)
    dictionary = small()
    parsed = parse(data, dictionary.data_fields)
    assert isinstance(parsed, Message)
    rejection = validate(parsed, dictionary, RULES)
    found = None if rejection is None else (rejection.reason, rejection.ref_tag)
    assert found == expected


def test_only_the_base_scenario_is_read() -> None:
    assert set(small().messages) == {"Z9"}
    assert small().messages["Z9"].name == "Sample"


def test_a_type_of_its_own_counts_as_what_it_is_based_on() -> None:
    assert small().by_name["Ratio"].type == "FLOAT"


def broken(old: str, new: str) -> bytes:
    text = SMALL.read_text()
    assert text.count(old) == 1, old
    return text.replace(old, new).encode()


REF_1 = '<fixr:fieldRef id="1" presence="required"/>'
REF_7 = '<fixr:fieldRef id="7" presence="required"/>'
REF_11 = '<fixr:fieldRef id="11"/>'
INNER = '<fixr:group id="201" name="Inner">'
INNER_REF = '<fixr:groupRef id="201"/>'
INNER_COUNT = '<fixr:numInGroup id="6"/>'
VERSION = 'version="FIX.4.4"'


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (VERSION, "", "small.xml:2: <repository name='small'>: version is missing"),
        (VERSION, 'version="FAST"', "unknown version 'FAST'; write FIX.4.4"),
        ('"Account" type="String"', '"Account" type="Strang"', "unknown type 'Strang'"),
        (REF_1, '<fixr:fieldRef id="77"/>', "small.xml:44: <fieldRef>: no such field 77"),
        (INNER_REF, '<fixr:groupRef id="999"/>', "no such group 999"),
        (INNER_REF, '<fixr:groupRef id="200"/>', "group 200 contains itself"),
        ('componentRef id="101"', 'componentRef id="9"', "no such component 9"),
        (INNER_COUNT, '<fixr:numInGroup id="66"/>', "its <numInGroup> names no field"),
        (INNER_COUNT, "", "its <numInGroup> names no field"),
        (REF_7, "", "the group has no members"),
        ('presence="forbidden"', 'presence="never"', "unknown presence 'never'; use one of"),
        (REF_11, '<fixr:fieldRaf id="11"/>', "<fieldRaf>: not known inside <structure>"),
        (REF_11, "<fixr:fieldRef/>", "<fieldRef>: id is missing"),
        ('<fixr:field id="3"', '<fixr:field id="2"', r"Ratio\(2\) collides with Choice\(2\) on"),
        (INNER, '<fixr:group id="200" name="Inner">', "id 200 is taken on line"),
        ('msgType="Z9" category="Other">', 'category="Other">', "msgType is missing"),
        ("</fixr:repository>", "", "broken XML"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(old: str, new: str, error: str) -> None:
    with pytest.raises(DictionaryError, match=error) as raised:
        load_dictionary(broken(old, new), "small.xml")
    assert str(raised.value).startswith("small.xml:")


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "root", ['<fixr:repository version="FIX.4.4"', '<fix major="4" minor="4"', "<dialect"]
)
def test_entities_are_refused(root: str) -> None:
    with pytest.raises(DictionaryError, match="document types and entities are refused"):
        load_dictionary(f"{LAUGHS}{root}/>".encode(), "x.xml")


def test_groups_that_multiply_are_refused() -> None:
    """Thirty lines that would be 4 ** 12 fields: as many laughs as entities could tell."""
    groups = []
    for level in range(12):
        inner = "".join(f'<groupRef id="{level + 1}{way}"/>' for way in "1234" if level < 11)
        groups += [
            f'<group id="{level}{way}" name="g"><numInGroup id="{way}"/>{inner}'
            '<fieldRef id="9"/></group>'
            for way in "1234"
        ]
    fields = "".join(f'<field id="{n}" name="F{n}" type="int"/>' for n in range(1, 10))
    text = (
        f'<repository version="FIX.4.4"><fields>{fields}</fields><groups>{"".join(groups)}</groups>'
        '<messages><message name="M" msgType="M"><structure><groupRef id="01"/></structure>'
        "</message></messages></repository>"
    )
    with pytest.raises(DictionaryError, match="more than 100000 fields with all groups expanded"):
        load_dictionary(text.encode(), "laughs.xml")


def test_components_that_multiply_are_refused() -> None:
    components = []
    for level in range(12):
        inner = "".join(f'<component name="c{level + 1}{way}"/>' for way in "1234")
        members = inner if level < 11 else '<field name="A"/>'
        components += [f'<component name="c{level}{way}">{members}</component>' for way in "1234"]
    text = (
        '<fix major="4" minor="4"><messages><message name="M" msgtype="M"><component name="c01"/>'
        f"</message></messages><components>{''.join(components)}</components>"
        '<fields><field number="1" name="A" type="INT"/></fields></fix>'
    )
    with pytest.raises(DictionaryError, match="more than 100000 fields with all components"):
        load_dictionary(text.encode(), "laughs.xml")


def test_a_repository_judges_a_message_of_a_real_session() -> None:
    dictionary = load_dictionary(Orchestra(open_spec("FIX44")).text(), "orchestra.xml")
    order = (
        "8=FIX.4.4|35=D|49=A|56=B|34=2|52=20261120-10:00:00|11=X|55=IBM|54=1|60=20261120-10:00:00"
        "|40=1|453=1|448=P|447=D|452=1|802=1|523=S|803=1"
    )
    parsed = parse(fix(order), dictionary.data_fields)
    assert isinstance(parsed, Message)
    assert validate(parsed, dictionary, RULES) is None
