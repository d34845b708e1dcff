"""FIX fields for adapters: bodies read and written."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from sessions.values import fix_text

SOH = "\x01"
DIGITS_MAX: Final = 40


def read(body: str) -> dict[str, str]:
    """The first value of each tag of a body."""
    found: dict[str, str] = {}
    for pair in body.split(SOH):
        tag, _, value = pair.partition("=")
        if tag:
            found.setdefault(tag, value)
    return found


def write(fields: Mapping[int, object]) -> str:
    """A body of these fields, in their order; one that is None or "" is left out. Text of an API is
    made fit for FIX.
    """
    shown = [
        f"{tag}={fix_text(str(value))}{SOH}"
        for tag, value in fields.items()
        if value is not None and value != ""
    ]
    return "".join(shown)


def plain(text: object) -> str:
    """A number of an API in FIX's syntax: no exponent, no zeros at the end; "" for none, and for
    one of more than DIGITS_MAX digits before or behind its point.
    """
    if text is None or text == "" or isinstance(text, bool):
        return ""
    try:
        value = Decimal(str(text))
    except InvalidOperation:
        return ""
    if not value.is_finite() or not _is_sane(value):
        return ""
    shown = f"{value:f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _is_sane(value: Decimal) -> bool:
    """Written out, an exponent would fill the memory."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -DIGITS_MAX and value.adjusted() <= DIGITS_MAX


def date_and_time(text: str) -> tuple[str, str]:
    """Of a time as RFC 3339 writes it, in UTC as FIX does, such as MDEntryDate(272) and
    MDEntryTime(273); twice "" for what is none.
    """
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return "", ""
    return f"{moment:%Y%m%d}", f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03}"


def amount(said: object) -> Decimal:
    """A number of an API, 0 for what is none."""
    text = plain(said)
    return Decimal(text) if text else Decimal(0)
