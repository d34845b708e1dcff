"""The text of FIX values: numbers and times, parsed strictly and written canonically.

Times are UTC nanoseconds since 1970 as int; quantities and prices are Decimal. Knows no tags, no
messages and no clock. Every parser raises ValueError that shows the text it could not take.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

NS_PER_S: Final = 1_000_000_000
NS_PER_MS: Final = 1_000_000
DIGITS_MAX: Final = 30
INT_DIGITS_MAX: Final = 18  # below 2**63, so that every parser of an int fits a 64-bit field

_CACHE_MAX: Final = 4096
_SHOWN_MAX: Final = 40
_CONTROLS: Final = dict.fromkeys((*range(32), 127), " ")
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()

# Bounded memories of pure functions: text to value and back. Emptied when full.
_seconds_by_text: Final[dict[str, int]] = {}
_text_by_ms: Final[dict[int, str]] = {}
_decimals_by_text: Final[dict[str, Decimal]] = {}


def shown(text: str) -> str:
    """The text as an error message may show it: quoted and of bounded length."""
    return repr(text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "...")


def is_digits(text: str) -> bool:
    """True for one or more ASCII digits; `str.isdigit` alone takes other scripts too."""
    return text.isdecimal() and text.isascii()


def parse_int(text: str) -> int:
    """A FIX int: digits, a leading "-" allowed, no plus sign, no blanks, at most 18 digits."""
    digits = text[1:] if text.startswith("-") else text
    if not is_digits(digits):
        raise ValueError(f"{shown(text)} is not an int")
    if len(digits) > INT_DIGITS_MAX:
        raise ValueError(f"{shown(text)} has more than {INT_DIGITS_MAX} digits")
    return int(text)


def is_float(text: str) -> bool:
    """True for a FIX float: digits with at most one point, a leading "-" allowed."""
    number = text[1:] if text.startswith("-") else text
    return is_digits(number.replace(".", "", 1))


def parse_decimal(text: str, digits_max: int = DIGITS_MAX) -> Decimal:
    """A FIX float, Qty, Price or Amt: no exponent, no NaN, no plus sign, `digits_max` digits."""
    if len(text) <= digits_max:  # so its digits fit as well, whatever cap filled the memory
        known = _decimals_by_text.get(text)
        if known is not None:
            return known
    if not is_float(text):
        raise ValueError(f"{shown(text)} is not a decimal number")
    if len(text) - text.count(".") - text.count("-") > digits_max:
        raise ValueError(f"{shown(text)} has more than {digits_max} digits")
    value = Decimal(text)
    if len(text) <= DIGITS_MAX:
        if len(_decimals_by_text) >= _CACHE_MAX:
            _decimals_by_text.clear()
        _decimals_by_text[text] = value
    return value


def recorded_decimal(text: str) -> Decimal:
    """The number of a text that Python or `parse_decimal` once took; equal texts share an object,
    of which there are millions.
    """
    known = _decimals_by_text.get(text)
    if known is not None:
        return known
    try:
        return parse_decimal(text)
    except ValueError:
        return Decimal(text)


def format_decimal(value: Decimal) -> str:
    """The value as a FIX float: never an exponent; the digits it has, zeros included."""
    text = str(value)
    if text.isdecimal():
        return text
    if not value.is_finite():
        raise ValueError(f"{value} has no FIX text")
    return format(value, "f") if "E" in text else text


def fix_text(text: str) -> str:
    """What a person wrote, as the value of a text field: one line of Latin-1, "?" for the rest."""
    line = " ".join(text.translate(_CONTROLS).split())
    return line.encode("latin-1", "replace").decode("latin-1")


def parse_utc_timestamp(text: str) -> int:
    """UTCTimestamp `20261120-10:11:12[.f]`, 0 to 12 fraction digits, to UTC nanoseconds.

    Second 60 is taken as the first of the next minute; digits beyond nanoseconds are cut.
    """
    seconds = _seconds_by_text.get(text[:17])
    if seconds is None:
        seconds = _whole_seconds(text)
    if len(text) == 17:
        return seconds * NS_PER_S
    return seconds * NS_PER_S + _fraction_ns(text)


def _whole_seconds(text: str) -> int:
    whole = text[:17]
    if len(whole) != 17 or whole[8:18:3] != "-::":
        raise ValueError(f"{shown(text)} is not a UTCTimestamp")
    seconds = _day_seconds(text, whole[:8]) + seconds_of_day(text, whole[9:])
    if len(_seconds_by_text) >= _CACHE_MAX:
        _seconds_by_text.clear()
    _seconds_by_text[whole] = seconds
    return seconds


def _day_seconds(text: str, day: str) -> int:
    if not is_digits(day):
        raise ValueError(f"{shown(text)} is not a UTCTimestamp")
    try:
        ordinal = date(int(day[:4]), int(day[4:6]), int(day[6:])).toordinal()
    except ValueError as error:
        raise ValueError(f"{shown(text)}: {error}") from None
    return (ordinal - _EPOCH_DAY) * 86_400


def seconds_of_day(text: str, clock: str) -> int:
    """`10:11:12` as seconds since midnight; `text` is the whole value, for the error."""
    hour, minute, second = clock[:2], clock[3:5], clock[6:]
    if not (is_digits(hour + minute + second) and len(clock) == 8 and clock[2:6:3] == "::"):
        raise ValueError(f"{shown(text)} is not a UTC time")
    if hour > "23" or minute > "59" or second > "60":
        raise ValueError(f"{shown(text)} is out of range")
    return int(hour) * 3600 + int(minute) * 60 + int(second)


def _fraction_ns(text: str) -> int:
    fraction = text[18:]
    if text[17] != "." or not is_digits(fraction) or len(fraction) > 12:
        raise ValueError(f"{shown(text)} has a bad fraction of a second")
    return int(fraction[:9].ljust(9, "0"))


def format_utc_timestamp(ns: int, digits: int = 3) -> str:
    """UTC nanoseconds as UTCTimestamp with 0 to 12 fraction digits (beyond 9 they are zeros)."""
    millisecond = ns // NS_PER_MS
    text = _text_by_ms.get(millisecond)
    if text is None:
        text = _millisecond_text(millisecond)
    if digits == 3:
        return text
    if digits == 0:
        return text[:17]
    return text[:18] + f"{ns % NS_PER_S:09d}000"[:digits]


def _millisecond_text(millisecond: int) -> str:
    seconds, rest = divmod(millisecond, 1000)
    moment = datetime.fromtimestamp(seconds, UTC)
    text = f"{moment:%Y%m%d-%H:%M:%S}.{rest:03d}"
    if len(_text_by_ms) >= _CACHE_MAX:
        _text_by_ms.clear()
    _text_by_ms[millisecond] = text
    return text
