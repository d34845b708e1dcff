"""The list of alarm codes holds what the code raises."""

from __future__ import annotations

import re
from pathlib import Path

from gateway import alarm_codes
from gateway.alarm_codes import ALARM_CODES, code_and_text

ROOT = Path(__file__).parents[2]
RAISED = re.compile(
    r"(?:\b_?alarm|alarms\.add|\bAlarm|alarm=)\(?\s*(?:\"([A-Z_]+)\"|(?:Code\.)?([A-Z][A-Z_]+)\b)(?:,|\))"
)
TOLD = re.compile(r"(?:told\.append|warnings\.tell|decision\.alarm)\(\s*f\"([A-Z_]+): ")


def found() -> set[str]:
    sources = [
        p.read_text() for folder in ("gateway", "sessions") for p in (ROOT / folder).rglob("*.py")
    ]
    text = "\n".join(sources)
    names = {first or second for first, second in RAISED.findall(text)} | set(TOLD.findall(text))
    constants = dict(re.findall(r"^([A-Z_]+): Final = \"([A-Z_]+)\"", text, re.MULTILINE))
    return {constants.get(name, name) for name in names}


def test_every_code_that_is_raised_is_in_the_list() -> None:
    beside = {alarm_codes.GATEWAY_FAILED}  # raised by no line like the others
    assert found() == set(ALARM_CODES) - beside


def test_what_a_decision_says_may_begin_with_a_code() -> None:
    said = "SOFT_LIMIT: limit=max_credit scope=firm"
    assert code_and_text(said) == ("SOFT_LIMIT", said)
    assert code_and_text("BROKER: a name") == ("ORDERS", "BROKER: a name")
    assert code_and_text("broker SIM: refused D: x") == ("ORDERS", "broker SIM: refused D: x")
