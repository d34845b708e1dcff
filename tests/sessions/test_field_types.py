"""The FIX data types: what each takes and refuses, and with which reason."""

import pytest

from sessions.field_types import BAD_FORMAT, CHECKS, GOOD, OUT_OF_RANGE

NUMBER_TYPES = ("AMT", "FLOAT", "PERCENTAGE", "PRICE", "PRICEOFFSET", "QTY")
UNSIGNED_TYPES = ("LENGTH", "NUMINGROUP", "SEQNUM", "TAGNUM")
DATE_TYPES = ("DATE", "LOCALMKTDATE", "UTCDATE", "UTCDATEONLY")

TAKEN = {
    "INT": ["0", "-5", "007", "9" * 18],
    "CHAR": ["A", " ", "é"],
    "BOOLEAN": ["Y", "N"],
    "DAYOFMONTH": ["1", "01", "31"],
    "MULTIPLECHARVALUE": ["A", "A B"],
    "MULTIPLESTRINGVALUE": ["AA", "AA B"],
    "MULTIPLEVALUESTRING": ["AA", "AA B"],
    "UTCTIMESTAMP": ["20261120-10:11:12", "20261120-10:11:12.123456789012", "20161231-23:59:60"],
    "TIME": ["20261120-10:11:12"],
    "UTCTIMEONLY": ["00:00:00", "23:59:60", "10:11:12.123"],
    "LOCALMKTTIME": ["10:11:12"],
    "MONTHYEAR": ["202611", "20261130", "202611w1", "202611w5"],
    "TZTIMEONLY": ["10:11", "10:11Z", "10:11:12", "10:11:12.5+05:30", "10:11-05", "10:11:60Z"],
    "TZTIMESTAMP": ["20261120-10:11Z", "20261120-10:11:12-05:30", "20261120-10:11:12.123456Z"],
    **{key: ["0", "12", "0034", "9" * 18] for key in UNSIGNED_TYPES},
    **{key: ["0", "-1.50", ".5", "5.", "002000.00", "9" * 30] for key in NUMBER_TYPES},
    **{key: ["20261120", "20240229"] for key in DATE_TYPES},
}
REFUSED = {
    "INT": ["", "+1", "1.0", "abc", " 1", "1_0", "²"],
    "CHAR": ["", "AB"],
    "BOOLEAN": ["", "y", "1", "YES"],
    "DAYOFMONTH": ["", "-1", "1.5"],
    "MULTIPLECHARVALUE": ["", "AB", "A  B", " A"],
    "MULTIPLESTRINGVALUE": ["", "A  B", "A "],
    "MULTIPLEVALUESTRING": ["", "A  B", "A "],
    "UTCTIMESTAMP": ["", "20261120", "20261120-10:11", "20261120-25:00:00", "2026-11-20 10:11:12"],
    "TIME": ["", "10:11:12"],
    "UTCTIMEONLY": ["", "10:11", "24:00:00", "10:11:12.", "10:11:12.x", "10:11:12.1234567890123"],
    "LOCALMKTTIME": ["", "10:11:12.5", "10:11"],
    "MONTHYEAR": ["", "2026", "202613", "202611w0", "202611w6", "20261131", "202613w1"],
    "TZTIMEONLY": ["", "10", "10:11:12Z5", "10:11+5", "10:11+24", "10:11+05:60", "10:11+05:", "Z"],
    "TZTIMESTAMP": ["", "20261120", "20261120-", "20261320-10:11Z", "20261120 10:11Z"],
    **{key: ["", "-1", "+1", "1.0", "abc"] for key in UNSIGNED_TYPES},
    **{key: ["", "+1", "1e5", "NaN", "1,5", ".", "-"] for key in NUMBER_TYPES},
    **{key: ["", "20261320", "20260229", "2026112", "202611200", "2026-1-1"] for key in DATE_TYPES},
}
TOO_LARGE = {
    "INT": ["9" * 19, "-" + "9" * 5000],
    "DAYOFMONTH": ["0", "32", "001"],
    **{key: ["9" * 19, "9" * 5000] for key in UNSIGNED_TYPES},
    **{key: ["9" * 31, "0." + "1" * 40] for key in NUMBER_TYPES},
}


def cases(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(kind, text) for kind, texts in table.items() for text in texts]


def test_every_checked_type_has_cases() -> None:
    assert set(TAKEN) == set(REFUSED) == set(CHECKS)


@pytest.mark.parametrize(("kind", "text"), cases(TAKEN))
def test_a_legal_text_is_taken(kind: str, text: str) -> None:
    assert CHECKS[kind](text) == GOOD


@pytest.mark.parametrize(("kind", "text"), cases(REFUSED))
def test_another_text_has_a_wrong_format(kind: str, text: str) -> None:
    assert CHECKS[kind](text) == BAD_FORMAT


@pytest.mark.parametrize(("kind", "text"), cases(TOO_LARGE))
def test_a_number_beyond_what_can_be_taken_is_out_of_range(kind: str, text: str) -> None:
    assert CHECKS[kind](text) == OUT_OF_RANGE
