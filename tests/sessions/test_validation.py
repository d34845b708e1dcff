"""Validation: each SessionRejectReason(373), the order of checks, the switches, the memory."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fix_specs import VERSIONS
from sessions.dictionary import builtin, load_dictionary, merge
from sessions.message import Message, encode, parse
from sessions.validation import REASON_TEXTS, ValidationRules, Validator, validate
from tests.fix import fix
from tests.sessions.random_messages import RandomMessages, body_of

FIX44 = builtin("FIX44")
RULES = ValidationRules()
HEADER = "34=2|49=CLIENT|52=20261120-10:11:12.123|56=FIXGATE|"
ORDER = "11=ORD1|54=1|60=20261120-10:11:12|40=1|38=100|55=AAPL|"


def message(text: str) -> Message:
    parsed = parse(fix(text), FIX44.data_fields)
    assert isinstance(parsed, Message), parsed
    return parsed


def order(extra: str = "", header: str = HEADER, body: str = ORDER) -> Message:
    return message(f"8=FIX.4.4|35=D|{header}{body}{extra}")


def verdict(checked: Message, rules: ValidationRules = RULES) -> tuple[int, str] | None:
    """(373, 371) from a validator, which remembers only what it found good."""
    validator = Validator(FIX44, rules)
    fresh = validator.check(checked)
    found = fresh and (fresh.reason, fresh.ref_tag)
    assert fresh is None or fresh.text == REASON_TEXTS[fresh.reason]
    validator.check(checked)
    assert fresh is None or validator.read(checked.raw) is None
    return found


@pytest.mark.parametrize(
    ("extra", "reason", "tag"),
    [
        ("999=HI|", 0, "999"),
        ("0=HI|", 0, "0"),
        ("-1=HI|", 0, "-1"),
        ("011=X|", 0, "011"),
        ("05001=X|", 0, "05001"),
        ("66=X|", 2, "66"),  # ListID belongs to lists
        ("448=X|", 2, "448"),  # a member of Parties without Parties
        ("58=|", 4, "58"),
        ("59=Z|", 5, "59"),
        ("18=1 ?|", 5, "18"),
        ("44=NaN|", 6, "44"),
        ("44=1e5|", 6, "44"),
        ("44=+1|", 6, "44"),
        (f"44={'9' * 31}|", 5, "44"),  # well-formed, and more than can be taken
        ("126=20261120|", 6, "126"),
        ("117=A|58=x|58=y|", 13, "58"),
        ("58=x|34=9|", 14, "34"),
        ("115=ABC|", 14, "115"),
        ("355=abc|", 99, "355"),
    ],
)
def test_a_bad_field_is_named_with_its_reason(extra: str, reason: int, tag: str) -> None:
    assert verdict(order(extra)) == (reason, tag)


@pytest.mark.parametrize(
    ("body", "tag"),
    [
        (ORDER.replace("11=ORD1|", ""), "11"),
        (ORDER.replace("11=ORD1|", "").replace("60=20261120-10:11:12|", ""), "11"),
        # Side(54) stands in a group only, where it does not count
        ("11=ORD1|60=20261120-10:11:12|40=1|38=100|55=AAPL|", "54"),
    ],
)
def test_the_lowest_missing_tag_is_named(body: str, tag: str) -> None:
    assert verdict(order(body=body)) == (1, tag)


def test_a_missing_header_tag_comes_before_a_missing_body_tag() -> None:
    header = HEADER.replace("56=FIXGATE|", "")
    assert verdict(order(header=header, body="38=100|")) == (1, "56")


def test_a_required_tag_inside_a_group_does_not_count_as_one_outside() -> None:
    # NewOrderCross: Side(54) is required per side; a cross report wants it at the top
    dictionary = load_dictionary(_ONE_SIDE, "sides.xml")
    text = "8=FIX.4.4|35=X|54=1|552=1|54=1|"
    good = parse(fix(text))
    bad = parse(fix("8=FIX.4.4|35=X|552=1|54=1|"))
    assert isinstance(good, Message)
    assert isinstance(bad, Message)
    assert validate(good, dictionary, RULES) is None
    rejection = validate(bad, dictionary, RULES)
    assert rejection is not None
    assert (rejection.reason, rejection.ref_tag) == (1, "54")


_ONE_SIDE = b"""<fix major="4" minor="4"><header><field name="BeginString" required="Y"/>
<field name="BodyLength" required="Y"/><field name="MsgType" required="Y"/></header>
<trailer><field name="CheckSum" required="Y"/></trailer><messages>
<message name="Sides" msgtype="X" msgcat="app"><field name="Side" required="Y"/>
<group name="NoSides" required="N"><field name="Side" required="Y"/></group></message></messages>
<fields><field number="8" name="BeginString" type="STRING"/>
<field number="9" name="BodyLength" type="LENGTH"/><field number="35" name="MsgType" type="STRING"/>
<field number="10" name="CheckSum" type="STRING"/><field number="54" name="Side" type="CHAR"/>
<field number="552" name="NoSides" type="NUMINGROUP"/></fields></fix>"""


def test_an_unknown_msg_type_is_reason_11_without_a_tag() -> None:
    assert verdict(message(f"8=FIX.4.4|35=*|{HEADER}")) == (11, "")
    assert verdict(message(f"8=FIX.4.4|35=|{HEADER}")) == (11, "")


def test_structure_comes_before_the_type_and_the_type_before_required_tags() -> None:
    assert verdict(message("8=FIX.4.4|35=*|58=x|34=2|")) == (14, "34")
    assert verdict(message("8=FIX.4.4|35=*|")) == (11, "")


def test_a_body_field_after_a_trailer_field_is_out_of_order() -> None:
    assert verdict(order("93=3|89=abc|")) is None
    assert verdict(order("93=3|89=abc|58=x|")) == (14, "58")


PARTY = "448=A|447=D|452=1|"


@pytest.mark.parametrize(
    "extra",
    [
        "453=0|",
        f"453=1|{PARTY}",
        f"453=01|{PARTY}",
        f"453=2|{PARTY}448=B|",
        f"453=2|{PARTY}802=2|523=x|803=1|523=y|448=B|802=0|",
        f"453=1|{PARTY}58=text|",
        "78=1|79=ACC|539=1|524=N|525=D|804=1|545=sub|805=1|80=100|",  # three deep, then back
    ],
)
def test_groups_that_are_right_pass(extra: str) -> None:
    assert verdict(order(extra)) is None


@pytest.mark.parametrize(
    ("extra", "reason", "tag"),
    [
        (f"453=2|{PARTY}", 16, "453"),
        (f"453=1|{PARTY}{PARTY}", 16, "453"),
        (f"453=0|{PARTY}", 16, "453"),
        (f"453=1000000000|{PARTY}", 16, "453"),
        (f"453=-1|{PARTY}", 6, "453"),
        (f"453=abc|{PARTY}", 6, "453"),
        (f"453=|{PARTY}", 4, "453"),
        (f"453={'1' * 5000}|{PARTY}", 5, "453"),
        ("453=1|", 16, "453"),
        ("453=2|447=D|452=1|447=D|452=1|", 15, "447"),
        ("453=0|447=D|", 15, "447"),
        ("453=1|448=A|452=1|447=D|", 15, "447"),
        ("453=1|448=A|447=D|447=E|", 13, "447"),
        ("453=1|448=A|447=|", 4, "447"),
        ("453=1|448=A|447=D|452=x|", 6, "452"),
        ("453=1|448=A|447=?|", 5, "447"),
        ("453=1|448=A|58=x|447=D|", 15, "447"),
        ("453=1|448=A|802=1|523=x|803=1|523=y|", 16, "802"),
        ("453=1|448=A|802=9|523=x|803=1|", 16, "802"),
        (f"453=1|{PARTY}453=1|{PARTY}", 13, "453"),
        ("78=1|80=100|", 15, "80"),
        ("386=3|336=?|336=?|", 16, "386"),  # the count before anything inside the group
    ],
)
def test_a_bad_group_is_named_with_its_reason(extra: str, reason: int, tag: str) -> None:
    assert verdict(order(extra)) == (reason, tag)


def test_a_required_field_of_a_group_entry_is_missing() -> None:
    text = "8=FIX.4.4|35=E|{}66=L|394=1|68=1|73=1|11=A|67=1|55=AAPL|{}38=1|40=1|"
    assert verdict(message(text.format(HEADER, "54=1|"))) is None
    assert verdict(message(text.format(HEADER, ""))) == (1, "54")


def test_a_header_group_may_repeat_its_fields() -> None:
    hops = "627=2|628=A|629=20261120-10:11:12|628=B|"
    assert verdict(order(header=HEADER + hops)) is None
    assert verdict(order(header=HEADER + "627=1|628=A|628=B|")) == (16, "627")


def test_a_data_field_may_hold_the_delimiter_and_others_may_not() -> None:
    inner = "a\x0158=forged\x01"
    body = f"35=D|{HEADER}{ORDER}354={len(inner)}|355={{}}|".replace("|", "\x01").format(inner)
    parsed = parse(encode("FIX.4.4", body), FIX44.data_fields)
    assert isinstance(parsed, Message)
    assert verdict(parsed) is None
    text = FIX44.data_fields | {"354": "58"}
    parsed = parse(encode("FIX.4.4", body.replace("\x01355=", "\x0158=")), text)
    assert isinstance(parsed, Message)
    assert verdict(parsed) == (17, "58")


@pytest.mark.parametrize(
    ("rules", "extra"),
    [
        (ValidationRules(), "5001=x|"),
        (ValidationRules(), f"{9 * '9'}9=x|"),
        (ValidationRules(allow_unknown_fields=True), "999=HI|66=L|"),
        (ValidationRules(allow_unknown_enum_values=True), "59=Z|18=1 ?|"),
        (ValidationRules(check_fields_have_values=False), "58=|44=|59=|"),
        (ValidationRules(check_fields_out_of_order=False), "115=ABC|453=1|448=A|452=1|447=D|"),
    ],
)
def test_a_switch_lets_pass_what_it_says(rules: ValidationRules, extra: str) -> None:
    assert verdict(order(extra), rules) is None


def test_user_defined_tags_are_rejected_when_they_are_checked() -> None:
    rules = ValidationRules(check_user_defined_fields=True)
    assert verdict(order("5001=x|"), rules) == (0, "5001")


def test_unknown_fields_are_allowed_only_under_canonical_tags() -> None:
    rules = ValidationRules(allow_unknown_fields=True)
    assert verdict(order("011=x|"), rules) == (0, "011")
    assert verdict(order("-5=x|"), rules) == (0, "-5")


def test_a_char_is_any_text_in_the_oldest_versions() -> None:
    fix40 = builtin("FIX40")
    text = (
        "8=FIX.4.0|35=D|34=2|49=A|52=20261120-10:11:12|56=B|11=LONG-ID|21=1|55=AAPL|54=1|38=1|40=1|"
    )
    for extra in ("", "18=1 6|"):
        parsed = parse(fix(text + extra))
        assert isinstance(parsed, Message)
        assert validate(parsed, fix40, RULES) is None


def test_a_merged_dictionary_takes_header_from_the_transport_and_body_from_the_application() -> (
    None
):
    merged = merge(builtin("FIXT11"), builtin("FIX50SP2"))
    for text in (f"35=D|{HEADER}1128=9|{ORDER}", f"35=A|{HEADER}98=0|108=30|1137=9|"):
        parsed = parse(fix(f"8=FIXT.1.1|{text}"), merged.data_fields)
        assert isinstance(parsed, Message)
        assert validate(parsed, merged, RULES) is None
    assert merged.begin_string == "FIXT.1.1"


@pytest.mark.parametrize("version", [*VERSIONS, "FIXT11+FIX50SP2"])
def test_every_message_type_passes_with_random_legal_content(version: str) -> None:
    names = version.split("+")
    dictionary = merge(builtin(names[0]), builtin(names[1])) if names[1:] else builtin(version)
    validator = Validator(dictionary, RULES)
    for msg_type in dictionary.messages:
        for seed in range(2):
            source = f"{version} {msg_type} {seed}"
            pairs = RandomMessages(dictionary, Random(source)).pairs(msg_type)
            frame = encode(dictionary.begin_string, body_of(pairs))
            parsed = parse(frame, dictionary.data_fields)
            assert isinstance(parsed, Message), (source, parsed)
            if dictionary.header_tags:  # FIX 5.0 files alone have no header
                assert validator.check(parsed) is None, (source, validator.check(parsed), parsed)
            assert parsed.pairs[2:-1] == [f"{tag}={value}" for tag, value in pairs], source


@given(st.lists(st.sampled_from([*f"{ORDER}{PARTY}453=1|58=x|5001=|999=1|011=2|".split("|")[:-1]])))
def test_a_validator_with_a_memory_judges_as_one_without(fields: list[str]) -> None:
    checked = order(body="".join(f"{field}|" for field in fields))
    for rules in (RULES, ValidationRules(True, False, True, True, True)):
        first = verdict(checked, rules)
        assert verdict(checked, rules) == first
