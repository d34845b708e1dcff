"""The settings of a session."""

from typing import Any

import pytest
from pydantic import ValidationError

from sessions.config import SessionConfig
from sessions.validation import ValidationRules
from tests.sessions.sessions_under_test import config


def test_the_defaults_are_the_careful_ones() -> None:
    plain = config()
    assert plain.rules == ValidationRules()
    assert plain.invalid_messages == "reject"
    assert plain.check_latency
    assert not plain.reset_on_logon
    assert not plain.quirks


def test_every_switch_reaches_the_rules() -> None:
    for name, default in ValidationRules._field_defaults.items():
        turned = not default if isinstance(default, bool) else ("58",)
        assert config(**{name: turned}).rules == ValidationRules()._replace(**{name: turned})


def test_the_identity_is_that_of_the_peers_messages() -> None:
    assert config().identity == ("FIX.4.4", "PEER", "GATE")


def test_a_password_does_not_show() -> None:
    assert "secret" not in repr(config(password="secret"))


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        config().role = "initiator"  # type: ignore[misc]  # the point: it is frozen


def test_sub_ids_belong_to_the_identity_if_they_identify() -> None:
    given = {"target_sub_id": "DESK", "sender_location_id": "LON"}
    assert config(**given).identity == ("FIX.4.4", "PEER", "GATE")
    whole = ("FIX.4.4", "PEER", "GATE", "DESK", "", "", "LON")
    assert config(**given, sub_ids_identify=True).identity == whole


def test_every_setting_is_documented() -> None:
    assert [n for n, f in SessionConfig.model_fields.items() if not f.description] == []


def test_a_setting_of_quickfix_corresponds_to_one_of_ours() -> None:
    extras = [field.json_schema_extra for field in SessionConfig.model_fields.values()]
    known_as = [extra.get("quickfix", "") for extra in extras if isinstance(extra, dict)]
    names = ", ".join(filter(None, map(str, known_as))).split(", ")
    assert "ResetOnLogon" in names
    assert len(names) == len(set(names)) > 30


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender_comp_id": ""},
        {"sender_comp_id": "A\x01B"},
        {"target_comp_id": "A B"},
        {"target_comp_id": "x" * 65},
        {"sender_sub_id": "A\x01B"},
        {"username": "caf\u00e9"},
        {"password": "a\x01554=b"},
        {"role": "both"},
        {"heart_bt_int_s": -1},
        {"heart_bt_int_s": "30"},
        {"max_latency_s": 0},
        {"logon_timeout_s": 0},
        {"sending_time_digits": 4},
        {"max_message_bytes": 10},
        {"reset_on_logon": "yes"},
        {"reset_on_login": True},
        {"invalid_messages": "ignore"},
        {"resend_max_messages": -1},
        {"resend_repeats_max": "often"},
        {"resend_rate_per_s": 0.5},
        {"resend_held_max_bytes": 1},
        {"resend_request_chunk_size": -1},
        {"on_duplicate_logon": "kick"},
        {"quirks": ["no_such_quirk"]},
        {"logon_tags": ["9001"]},
        {"logon_tags": ["9001="]},
        {"logon_tags": ["9001=a\x01b"]},
        {"logon_tags": ["-1=a"]},
        {"logon_tags": ["553=me"]},
        {"logon_tags": ["34=1"]},
        {"sending_time_digits": 15},
        {"test_request_delay_multiplier": -0.1},
        {"heart_beat_timeout_multiplier": 0},
        {"sender_location_id": "A\x01B"},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        config(**wrong)


def test_an_application_version_is_given_by_name_or_number() -> None:
    for written in ("FIX.5.0SP2", "9"):
        assert config(default_appl_ver_id=written).default_appl_ver_id == "FIX.5.0SP2"
    with pytest.raises(ValidationError, match=r'"FIX.6.0" must be one of FIX.4.0, '):
        config(default_appl_ver_id="FIX.6.0")
