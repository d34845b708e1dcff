"""JSON of APIs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.brokers.api.fields import plain
from gateway.brokers.api.said import read, read_object
from gateway.brokers.api.staying import BrokenError
from gateway.brokers.api.websocket import read as read_message

NO_JSON = [
    b"",
    b"<html>",
    b'{"a":',
    b"\xff\xfe\xfa",
    b"[" * 200_000,
    b'{"a":' * 100_000,
    b"9" * 9999,
    rb'["\ud83d"]',
]


@pytest.mark.parametrize("raw", NO_JSON)
def test_what_is_no_json_or_cannot_be_read_is_nothing(raw: bytes) -> None:
    assert read(raw) is None
    assert read_object(raw) is None
    with pytest.raises(BrokenError, match="no JSON"):
        read_message(raw)


def test_a_character_in_two_halves_is_one() -> None:
    assert read(rb'["\ud83d\ude00"]') == ["\U0001f600"]


def test_numbers_stay_what_they_are() -> None:
    assert read(b'{"a": 0.10}') == {"a": Decimal("0.10")}
    assert plain(read(b"[1.10]")[0]) == "1.1"
    assert read_object(b"[]") is None


@pytest.mark.parametrize("number", ["1e999999999", "1E-999999999", "-1e400"])
def test_a_number_that_nobody_means_is_none(number: str) -> None:
    assert plain(number) == ""
    assert plain(read(number.encode())) == ""
