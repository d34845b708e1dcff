"""Times of prices."""

from __future__ import annotations

import pytest

from gateway.brokers.api.fields import date_and_time


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-01-15T14:30:00.123456789Z", ("20260115", "14:30:00.123")),
        ("2026-01-15T23:30:00-05:00", ("20260116", "04:30:00.000")),
        ("0001-01-01T00:00:00+14:00", ("", "")),
        ("", ("", "")),
        ("yesterday", ("", "")),
    ],
)
def test_a_time_in_utc(text: str, told: tuple[str, str]) -> None:
    assert date_and_time(text) == told
