"""Capability sheets in the configuration: what is written, what is wrong, what a version lacks."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.config.capabilities import Capabilities


def test_what_is_not_named_is_all_that_the_version_can_say() -> None:
    sheet = Capabilities().sheet("FIX.4.2")
    assert "stop" in sheet.order_types
    assert "trailing_stop" not in sheet.order_types
    assert {"replace", "status", "iceberg", "enlarge_filled"} == sheet.messages | sheet.features


def test_a_list_names_all_there_is() -> None:
    written = Capabilities(order_types=["limit", "trailing_stop"], messages=[])  # type: ignore[arg-type]  # as TOML gives it
    sheet = written.sheet("FIX.4.2")
    assert (sheet.order_types, sheet.messages) == ({"limit"}, set())
    assert sheet.times_in_force == Capabilities().sheet("FIX.4.2").times_in_force


@pytest.mark.parametrize(
    ("setting", "value"),
    [("order_types", ["limits"]), ("times_in_force", "day"), ("messages", [1]), ("features", {})],
)
def test_a_wrong_name_is_told_with_those_there_are(setting: str, value: Any) -> None:
    with pytest.raises(ValidationError, match='must be "all", or a list of names among "'):
        Capabilities(**{setting: value})


def test_a_bad_name_is_told_apart_from_the_good_ones() -> None:
    with pytest.raises(ValidationError, match='"previously_indicated", not "marcet", 7'):
        Capabilities.model_validate({"order_types": ["limit", "marcet", 7]})
