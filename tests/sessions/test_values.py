"""Values: strict parsing, canonical text, both ways."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.values import (
    NS_PER_S,
    fix_text,
    format_decimal,
    format_utc_timestamp,
    parse_decimal,
    parse_int,
    parse_utc_timestamp,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("-0", 0), ("007", 7), ("-12", -12)])
def test_ints_are_taken(text: str, value: int) -> None:
    assert parse_int(text) == value


@pytest.mark.parametrize(
    "text", ["", "-", "+1", " 1", "1 ", "1_0", "1.0", "0x1", "--1", "²", "٣", "1" * 19, "1" * 5000]
)
def test_what_is_no_int_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an int|more than 18 digits") as error:
        parse_int(text)
    assert len(str(error.value)) < 100


@pytest.mark.parametrize(
    "text",
    ["0", "-0", "1", "-1.5", "002000.00", ".5", "5.", "0.00000001", "9" * 30, "-" + "9" * 30],
)
def test_decimals_are_taken_as_they_stand(text: str) -> None:
    assert parse_decimal(text) == Decimal(text)
    assert parse_decimal(text) is parse_decimal(text) or len(text) > 30  # the second from memory


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "-",
        "-.",
        "+1",
        "1e5",
        "1E5",
        "NaN",
        "Infinity",
        "-inf",
        "1,000",
        "1_0",
        " 1",
        "1.2.3",
        "٣",
        "²",
        "0x10",
        "1-",
        "--1",
        "9" * 31,
        "0." + "1" * 30,
        "1" * 5000,
    ],
)
def test_what_is_no_decimal_is_refused_with_its_text(text: str) -> None:
    for _ in range(2):
        with pytest.raises(
            ValueError, match=r"is not a decimal number|more than 30 digits"
        ) as error:
            parse_decimal(text)
        assert len(str(error.value)) < 100


def test_the_digit_cap_is_the_callers_whatever_was_parsed_before() -> None:
    assert parse_decimal("123456") == 123456
    with pytest.raises(ValueError, match="'123456' has more than 5 digits"):
        parse_decimal("123456", 5)
    assert parse_decimal("-1234.5", 5) == Decimal("-1234.5")
    assert parse_decimal("1" * 40, 40) == int("1" * 40)


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=9
    )
)
def test_a_decimal_survives_its_text(value: Decimal) -> None:
    assert parse_decimal(format_decimal(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [("1E+3", "1000"), ("1E-9", "0.000000001"), ("10.50", "10.50"), ("0", "0"), ("-0.0", "-0.0")],
)
def test_decimals_are_written_without_an_exponent(value: str, text: str) -> None:
    assert format_decimal(Decimal(value)) == text


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "sNaN12"])
def test_what_is_no_number_has_no_text(value: str) -> None:
    with pytest.raises(ValueError, match="has no FIX text"):
        format_decimal(Decimal(value))


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("19700101-00:00:00", 0),
        ("20261120-10:11:12", 1_795_169_472 * NS_PER_S),
        ("20261120-10:11:12.1", 1_795_169_472_100_000_000),
        ("20261120-10:11:12.123456789", 1_795_169_472_123_456_789),
        ("20261120-10:11:12.123456789999", 1_795_169_472_123_456_789),
        ("20161231-23:59:60", 1_483_228_800 * NS_PER_S),
        ("20240229-00:00:00.000", 1_709_164_800 * NS_PER_S),
    ],
)
def test_timestamps_are_taken(text: str, ns: int) -> None:
    assert parse_utc_timestamp(text) == ns
    assert parse_utc_timestamp(text) == ns


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20261120",
        "20261120-10:11",
        "20261120 10:11:12",
        "20261120-10:11:12.",
        "20261120-10:11:12,5",
        "20261120-10:11:12.1234567890123",
        "20261320-10:11:12",
        "20260229-10:11:12",
        "00000101-00:00:00",
        "20261120-24:00:00",
        "20261120-10:60:00",
        "20261120-10:11:61",
        "20261120-1:011:12",
        "2026112²-10:11:12",
        "20261120-10:11:1²",
        "20261120-10:11:12.²",
        "20261120-10:11:12Z",
        "x" * 5000,
    ],
)
def test_what_is_no_timestamp_is_refused_with_its_text(text: str) -> None:
    for _ in range(2):
        with pytest.raises(ValueError) as error:  # noqa: PT011  (the words differ; the text counts)
            parse_utc_timestamp(text)
        assert repr(text[:10])[:-1] in str(error.value)
        assert len(str(error.value)) < 120


@given(st.integers(0, 4_102_444_800 * NS_PER_S), st.integers(0, 12))
def test_a_timestamp_survives_its_text_to_the_digits_written(ns: int, digits: int) -> None:
    text = format_utc_timestamp(ns, digits)
    unit = 10 ** max(0, 9 - digits)
    assert parse_utc_timestamp(text) == ns // unit * unit
    assert len(text) == 17 + (digits + 1 if digits else 0)
    whole = EPOCH + timedelta(seconds=ns // NS_PER_S)
    assert text[:17] == whole.strftime("%Y%m%d-%H:%M:%S")


def test_what_a_person_wrote_becomes_one_line_of_latin_1() -> None:
    assert fix_text("Grüße \u2014 two\r\nlines\x01 39=2 ") == "Grüße ? two lines 39=2"
    assert fix_text("") == ""
