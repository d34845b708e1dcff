"""Forms: they take what was found good before, nothing that an examination would refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.dictionary import builtin
from sessions.field_types import GOOD, PATTERNS
from sessions.forms import FORMS_MAX, SHARED_MAX, Check, Form, SharedForms, ValueRule
from sessions.message import Message, parse
from sessions.validation import ValidationRules, Validator
from tests.fix import fix

FIX44 = builtin("FIX44")
RULES = ValidationRules()
HEADER = "8=FIX.4.4|35=D|34=2|49=CLIENT|52=20261120-10:11:12.123|56=FIXGATE|"
ORDER = "11=ORD1|18=1 6|54=1|60=20261120-10:11:12|40=2|44=10.5|38=100|55=AAPL|59=0|114=Y|58=a=b|"


def knowing(text: str, rules: ValidationRules = RULES) -> Validator:
    """A validator that has seen the message twice."""
    validator = Validator(FIX44, rules)
    for _ in range(2):
        parsed = parse(fix(text), FIX44.data_fields)
        assert isinstance(parsed, Message)
        assert validator.check(parsed) is None
    return validator


def test_a_sequence_of_tags_becomes_a_form_when_it_comes_again() -> None:
    validator = Validator(FIX44, RULES)
    frame = fix(HEADER + ORDER)
    parsed = parse(frame, FIX44.data_fields)
    assert isinstance(parsed, Message)
    assert validator.check(parsed) is None
    assert validator.read(frame) is None
    assert validator.remembered == 0
    assert validator.check(parsed) is None
    assert validator.remembered == 1
    assert validator.read(frame) is not None


def test_what_a_form_reads_is_what_the_parser_reads() -> None:
    frame = fix(HEADER + ORDER)
    read = knowing(HEADER + ORDER).read(frame)
    parsed = parse(frame, FIX44.data_fields)
    assert isinstance(parsed, Message)
    assert read is not None
    assert (read.raw, read.msg_type, read.fields, read.unique, read.pairs) == (
        parsed.raw,
        parsed.msg_type,
        parsed.fields,
        parsed.unique,
        parsed.pairs,
    )


def test_only_the_validator_that_read_a_message_trusts_it() -> None:
    text = HEADER + ORDER + "5001=x|"
    read = knowing(text).read(fix(text))
    assert read is not None
    strict = Validator(FIX44, ValidationRules(check_user_defined_fields=True))
    assert strict.check(read) is not None


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("54=1", "54=Z"),
        ("54=1", "54=11"),
        ("38=100", "38=1e5"),
        ("38=100", "38=+1"),
        ("44=10.5", "44=10.5.1"),
        ("55=AAPL", "55="),
        ("18=1 6", "18=1 ?"),
        ("60=20261120-10:11:12", "60=20261320-10:11:12"),
        ("114=Y", "114=y"),
        ("35=D", "35=G"),
        ("34=2", "34=x"),
        ("11=ORD1|", "11=ORD1|11=ORD1|"),
        ("11=ORD1|18=1 6|", "18=1 6|11=ORD1|999=1|"),
    ],
)
def test_a_form_takes_no_bad_value(good: str, bad: str) -> None:
    text = HEADER + ORDER
    assert knowing(text).read(fix(text)) is not None
    assert good in text
    assert knowing(text).read(fix(text.replace(good, bad))) is None


def test_a_group_has_the_count_it_was_read_with() -> None:
    text = HEADER + ORDER + "453=1|448=A|447=D|452=1|"
    validator = knowing(text)
    assert validator.read(fix(text)) is not None
    assert validator.read(fix(text.replace("453=1|", "453=2|"))) is None


def test_messages_with_data_are_examined_each_time() -> None:
    text = HEADER + ORDER + "354=3|355=abc|"
    assert knowing(text).remembered == 0


def test_fields_may_be_empty_where_the_rules_say_so() -> None:
    text = HEADER + ORDER.replace("55=AAPL", "55=")
    rules = ValidationRules(check_fields_have_values=False)
    assert knowing(text, rules).read(fix(text)) is not None


def test_the_form_that_came_last_is_tried_first_and_all_stay_known() -> None:
    texts = [HEADER + ORDER + f"{tag}=x|" for tag in (5001, 5002, 5003)]
    validator = Validator(FIX44, RULES)
    for text in texts * 2:
        parsed = parse(fix(text), FIX44.data_fields)
        assert isinstance(parsed, Message)
        assert validator.check(parsed) is None
    for text in texts * 2:
        assert validator.read(fix(text)) is not None


def test_the_memory_of_forms_is_bounded() -> None:
    validator = Validator(FIX44, RULES)
    for length in range(1, 40):
        for first in range(5000, 5010):
            extra = "".join(f"{first + n}=x|" for n in range(length))
            for _ in range(2):
                parsed = parse(fix(HEADER + ORDER + extra), FIX44.data_fields)
                assert isinstance(parsed, Message)
                assert validator.check(parsed) is None
    assert 100 < validator.remembered <= FORMS_MAX


def test_sessions_share_forms_and_each_knows_its_own() -> None:
    text = HEADER + ORDER + "6001=x|"
    one, other = knowing(text), knowing(text)
    first, second = one.read(fix(text)), other.read(fix(text))
    assert first is not None
    assert second is not None
    assert first._layout is second._layout
    assert Validator(FIX44, RULES).read(fix(text)) is None


def test_sessions_with_groups_of_different_counts_do_not_share_them() -> None:
    one_party = HEADER + ORDER + "453=1|448=A|447=D|452=1|"
    two = HEADER + ORDER + "453=2|448=A|447=D|452=1|448=B|447=D|452=3|"
    assert knowing(one_party).read(fix(two)) is None
    assert knowing(two).read(fix(one_party)) is None
    assert knowing(one_party).read(fix(one_party)) is not None


def test_sessions_with_other_rules_do_not_share_them() -> None:
    text = HEADER + ORDER.replace("55=AAPL", "55=")
    lenient = knowing(text, ValidationRules(check_fields_have_values=False))
    assert lenient.read(fix(text)) is not None
    strict = knowing(HEADER + ORDER)
    assert strict.read(fix(text)) is None


def test_the_memory_of_shared_forms_is_bounded_and_further_ones_work() -> None:
    shared = SharedForms()
    rules = {"35": ValueRule(frozenset(), []), "58": ValueRule(frozenset(), [])}
    for number in range(SHARED_MAX):
        shared.form("B", ("35", str(number)), rules, False)
    one = shared.form("B", ("35", "text"), rules, False)
    assert one is not shared.form("B", ("35", "text"), rules, False)
    assert one.read("35=B\x0158=x\x01") == ("B", "x", "")
    first = shared.form("B", ("35", "0"), rules, False)
    assert first is shared.form("B", ("35", "0"), rules, False)


@given(
    st.sampled_from(sorted(PATTERNS, key=lambda check: check.__name__)),
    st.text("0123456789-.YNyn +e", max_size=40) | st.text(max_size=4),
)
def test_a_pattern_takes_no_more_than_its_check(check: Check, text: str) -> None:
    form = Form("D", {"1": ValueRule(frozenset(), [check])}, False)
    if form.read(f"1={text}\x01") is not None:
        assert check(text) == GOOD


@given(st.integers(0, 400), st.sampled_from("0129=|-.AYZ "), st.booleans())
def test_a_form_takes_nothing_that_an_examination_refuses(at: int, letter: str, cut: bool) -> None:
    text = HEADER + ORDER
    at %= len(text)
    frame = fix(text[:at] + letter + text[at + cut :])
    read = knowing(text).read(frame)
    if read is not None:
        parsed = parse(frame, FIX44.data_fields)
        assert isinstance(parsed, Message)
        assert parsed.fields == read.fields
        assert Validator(FIX44, RULES).check(parsed) is None
