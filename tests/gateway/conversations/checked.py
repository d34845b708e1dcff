"""Messages judged by the dictionary of their version, every tag of them."""

from __future__ import annotations

from sessions.dictionary import builtin_of
from sessions.message import Message, parse
from sessions.validation import ValidationRules, validate
from tests.fix import fix

OLDEST = ("FIX.4.0", "FIX.4.1")
STRICT = ValidationRules(check_user_defined_fields=True)


def begin_string(version: str) -> str:
    """BeginString(8) of a session in which a version is spoken."""
    return version if version.startswith("FIX.4") else "FIXT.1.1"


def judged(version: str, frame: bytes) -> Message:
    """The message of these bytes, after the version's dictionary has found it good."""
    begin = begin_string(version)
    parsed = parse(frame)
    assert isinstance(parsed, Message), frame
    rejection = validate(parsed, builtin_of(begin, version if begin[3] == "T" else ""), STRICT)
    assert rejection is None, f"{version} {rejection} in {parsed}"
    return parsed


def checked(version: str, msg_type: str, body: str) -> Message:
    """The same of a body, `55=..|54=..|`."""
    time = "20261121-12:00:00" + ("" if version in OLDEST else ".000")
    header = f"8={begin_string(version)}|35={msg_type}|49=GATE|56=PEER|34=7|52={time}"
    return judged(version, fix(f"{header}|{body}"))
