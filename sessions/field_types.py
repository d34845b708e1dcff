"""What the text of each FIX data type must look like.

A check takes the text and returns 0 or the SessionRejectReason(373) it earns: 6 for a wrong format,
5 for a value outside what can be taken. Knows no tags and no messages.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from sessions.values import (
    DIGITS_MAX,
    INT_DIGITS_MAX,
    is_digits,
    is_float,
    parse_decimal,
    parse_utc_timestamp,
    seconds_of_day,
)

GOOD: Final = 0
OUT_OF_RANGE: Final = 5
BAD_FORMAT: Final = 6


def check_int(text: str) -> int:
    """int: digits, "-" allowed."""
    return check_unsigned(text[1:] if text.startswith("-") else text)


def check_unsigned(text: str) -> int:
    """Length, SeqNum, NumInGroup, TagNum: digits only."""
    if not is_digits(text):
        return BAD_FORMAT
    return GOOD if len(text) <= INT_DIGITS_MAX else OUT_OF_RANGE


def check_day_of_month(text: str) -> int:
    """1 to 31."""
    if not is_digits(text):
        return BAD_FORMAT
    return GOOD if len(text) <= 2 and 1 <= int(text) <= 31 else OUT_OF_RANGE


def check_float(text: str) -> int:
    """float, Qty, Price, PriceOffset, Amt, Percentage."""
    try:
        parse_decimal(text, DIGITS_MAX)
    except ValueError:
        return OUT_OF_RANGE if is_float(text) else BAD_FORMAT
    return GOOD


def check_char(text: str) -> int:
    """char: one character."""
    return GOOD if len(text) == 1 else BAD_FORMAT


def check_boolean(text: str) -> int:
    """Boolean: Y or N."""
    return GOOD if text in ("Y", "N") else BAD_FORMAT


def check_multiple_chars(text: str) -> int:
    """MultipleCharValue: single characters with one blank between two."""
    return GOOD if all(len(part) == 1 for part in text.split(" ")) else BAD_FORMAT


def check_multiple_strings(text: str) -> int:
    """MultipleStringValue: words with one blank between two."""
    return GOOD if "" not in text.split(" ") else BAD_FORMAT


def check_utc_timestamp(text: str) -> int:
    """UTCTimestamp: 20261120-10:11:12, fraction optional."""
    try:
        parse_utc_timestamp(text)
    except ValueError:
        return BAD_FORMAT
    return GOOD


def check_utc_time(text: str) -> int:
    """UTCTimeOnly: 10:11:12, fraction optional."""
    clock, point, fraction = text.partition(".")
    if point and not (is_digits(fraction) and len(fraction) <= 12):
        return BAD_FORMAT
    try:
        seconds_of_day(text, clock)
    except ValueError:
        return BAD_FORMAT
    return GOOD


def check_date(text: str) -> int:
    """UTCDateOnly, LocalMktDate: 20261120."""
    return check_utc_timestamp(text + "-00:00:00")


def check_local_time(text: str) -> int:
    """LocalMktTime: 10:11:12."""
    return check_utc_time(text) if "." not in text else BAD_FORMAT


def check_month_year(text: str) -> int:
    """MonthYear: 202611, 20261120 or 202611w3."""
    if len(text) == 8 and text[6] == "w":
        return check_date(text[:6] + "01") if text[7] in "12345" else BAD_FORMAT
    return check_date(text if len(text) == 8 else text + "01")


def check_tz_time(text: str) -> int:
    """TZTimeOnly: 10:11[:12[.fraction]], then Z, +01, -05:30 or nothing."""
    for index, character in enumerate(text):
        if character in "Z+-":
            if not _is_zone(text[index:]):
                return BAD_FORMAT
            text = text[:index]
            break
    return check_utc_time(text + ":00" if len(text) == 5 else text)


def _is_zone(text: str) -> bool:
    if text == "Z":
        return True
    hours, colon, minutes = text[1:].partition(":")
    if not (is_digits(hours) and len(hours) == 2 and hours <= "23"):
        return False
    return not colon or (is_digits(minutes) and len(minutes) == 2 and minutes <= "59")


def check_tz_timestamp(text: str) -> int:
    """TZTimestamp: a date, "-", and a TZTimeOnly."""
    if text[8:9] != "-" or check_date(text[:8]) != GOOD:
        return BAD_FORMAT
    return check_tz_time(text[9:])


CHECKS: Final = MappingProxyType[str, Callable[[str], int]](
    {
        "AMT": check_float,
        "BOOLEAN": check_boolean,
        "CHAR": check_char,
        "DATE": check_date,
        "DAYOFMONTH": check_day_of_month,
        "FLOAT": check_float,
        "INT": check_int,
        "LENGTH": check_unsigned,
        "LOCALMKTDATE": check_date,
        "LOCALMKTTIME": check_local_time,
        "MONTHYEAR": check_month_year,
        "MULTIPLECHARVALUE": check_multiple_chars,
        "MULTIPLESTRINGVALUE": check_multiple_strings,
        "MULTIPLEVALUESTRING": check_multiple_strings,
        "NUMINGROUP": check_unsigned,
        "PERCENTAGE": check_float,
        "PRICE": check_float,
        "PRICEOFFSET": check_float,
        "QTY": check_float,
        "SEQNUM": check_unsigned,
        "TAGNUM": check_unsigned,
        "TIME": check_utc_timestamp,
        "TZTIMEONLY": check_tz_time,
        "TZTIMESTAMP": check_tz_timestamp,
        "UTCDATE": check_date,
        "UTCDATEONLY": check_date,
        "UTCTIMEONLY": check_utc_time,
        "UTCTIMESTAMP": check_utc_timestamp,
    }
)
"""Data type to its check. Types not listed here are strings: any text will do."""

PATTERNS: Final = MappingProxyType[Callable[[str], int], str](
    {
        check_boolean: "[YN]",
        check_char: "[^\x01]",
        check_float: r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?",
        check_int: "-?[0-9]{1,18}",
        check_unsigned: "[0-9]{1,18}",
    }
)
"""Check to a regular expression for what it takes; rare spellings are left out, never added."""

MULTIPLE_TYPES: Final = frozenset(
    ("MULTIPLECHARVALUE", "MULTIPLESTRINGVALUE", "MULTIPLEVALUESTRING")
)
"""Types whose text is a list; each value of it is checked against the enumeration."""
