"""Validation in FIXT sessions: the dictionary is that of the message's own version."""

import pytest

from sessions.dictionary import builtin, builtin_of
from sessions.message import Message, parse
from sessions.validation import Validator
from sessions.versioned import VersionedValidator, new_validator
from tests.fix import fix
from tests.sessions.sessions_under_test import config

HEADER = "49=PEER|56=GATE|34=2|52=20261120-10:00:00.000|"
REPORT = "37=O1|17=E1|150=0|39=0|55=ABC|54=1|151=1|14=0|"  # good from FIX.5.0 on: no AvgPx(6)
RULES = config().rules


def fixt_validator() -> VersionedValidator:
    dictionary = builtin_of("FIXT.1.1", "FIX.5.0SP2", ("FIX.4.4", "FIX.4.2"))
    validator = new_validator(dictionary, RULES)
    assert isinstance(validator, VersionedValidator)
    return validator


def report(version: str = "", body: str = REPORT) -> Message:
    header = HEADER + (f"1128={version}|" if version else "")
    parsed = parse(fix(f"8=FIXT.1.1|35=8|{header}{body}"))
    assert isinstance(parsed, Message)
    return parsed


def verdict(validator: Validator, message: Message) -> tuple[int, str] | None:
    rejection = validator.check(message)
    return None if rejection is None else (rejection.reason, rejection.ref_tag)


def test_only_fixt_sessions_look_for_versions() -> None:
    assert type(new_validator(builtin("FIX44"), RULES)) is Validator


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("", None),
        ("9", None),
        ("6", (1, "6")),
        ("4", (1, "6")),
        ("7", (18, "1128")),
        ("x", (18, "1128")),
    ],
)
def test_the_header_names_the_version(version: str, expected: tuple[int, str] | None) -> None:
    assert verdict(fixt_validator(), report(version)) == expected


def test_the_default_is_the_one_of_the_last_logon() -> None:
    validator = fixt_validator()
    validator.agree("6", [])
    assert verdict(validator, report()) == (1, "6")
    validator.agree("9", [])
    assert verdict(validator, report()) is None


def test_an_entry_of_the_logon_counts_only_with_its_indicator() -> None:
    validator = fixt_validator()
    entry = {"372": "8", "1130": "6"}
    validator.agree("9", [{**entry, "1410": "N"}])
    assert verdict(validator, report()) is None
    validator.agree("9", [{**entry, "1410": "Y"}])
    assert verdict(validator, report()) == (1, "6")
    validator.agree("9", [{"372": "8", "1130": "7", "1410": "Y"}])
    assert verdict(validator, report()) == (18, "")


def test_a_form_of_the_default_version_reads_no_message_of_another() -> None:
    validator = fixt_validator()
    for _ in range(2):
        assert verdict(validator, report("9")) is None
    known = validator.read(report("9").raw)
    assert known is not None
    assert verdict(validator, known) is None
    assert validator.read(report("6").raw) is None
    validator.agree("9", [{"372": "8", "1130": "6", "1410": "Y"}])
    assert validator.read(report("9").raw) is not None


def test_session_messages_have_the_transports_definition() -> None:
    validator = fixt_validator()
    parsed = parse(fix(f"8=FIXT.1.1|35=3|{HEADER}1128=7|45=1|1130=99|"))
    assert isinstance(parsed, Message)
    assert verdict(validator, parsed) is None
