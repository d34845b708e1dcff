"""The bodies of the session's own messages, by version."""

import pytest

from sessions import admin


def shown(body: str) -> str:
    return body.replace("\x01", "|")


def test_logon() -> None:
    assert shown(admin.logon(30, False)) == "98=0|108=30|"
    assert shown(admin.logon(0, True, "me", "pw")) == "98=0|108=0|141=Y|553=me|554=pw|"


def test_heartbeat_and_test_request() -> None:
    assert admin.heartbeat("") == ""
    assert shown(admin.heartbeat("a=b")) == shown(admin.test_request("a=b")) == "112=a=b|"


@pytest.mark.parametrize(
    ("begin_string", "end"),
    [("FIX.4.0", "999999"), ("FIX.4.1", "999999"), ("FIX.4.2", "0"), ("FIX.4.4", "0")],
)
def test_a_resend_request_is_open_ended(begin_string: str, end: str) -> None:
    assert shown(admin.resend_request(7, 0, begin_string)) == f"7=7|16={end}|"


@pytest.mark.parametrize(
    ("begin_string", "reason", "body"),
    [
        ("FIX.4.0", 5, "45=9|58=why (44)|"),
        ("FIX.4.1", 5, "45=9|58=why (44)|"),
        ("FIX.4.2", 11, "45=9|371=44|372=D|373=11|58=why|"),
        ("FIX.4.2", 12, "45=9|371=44|372=D|58=why|"),
        ("FIX.4.2", 99, "45=9|371=44|372=D|58=why|"),
        ("FIX.4.3", 17, "45=9|371=44|372=D|373=17|58=why|"),
        ("FIX.4.3", 99, "45=9|371=44|372=D|58=why|"),
        ("FIX.4.4", 17, "45=9|371=44|372=D|373=17|58=why|"),
        ("FIX.4.4", 18, "45=9|371=44|372=D|58=why|"),
        ("FIX.4.4", 99, "45=9|371=44|372=D|373=99|58=why|"),
        ("FIXT.1.1", 18, "45=9|371=44|372=D|373=18|58=why|"),
    ],
)
def test_a_reject_has_what_its_version_has(begin_string: str, reason: int, body: str) -> None:
    assert shown(admin.reject(begin_string, "9", "D", reason, "44", "why")) == body


def test_a_reject_without_a_tag() -> None:
    assert shown(admin.reject("FIX.4.4", "9", "D", 9, "", "why")) == "45=9|372=D|373=9|58=why|"
    assert shown(admin.reject("FIX.4.0", "9", "D", 9, "", "why")) == "45=9|58=why|"


def test_a_route_is_reversed_where_it_has_values() -> None:
    there = {"115": "A", "116": "", "144": "C", "128": "X", "145": "Z", "50": "S"}
    assert shown(admin.reversed_route(there)) == "128=A|115=X|145=C|144=Z|"
    assert admin.reversed_route({}) == ""


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (admin.too_low_text(500, 5), (500, 5)),
        ("MsgSeqNum too low, expecting 500 but received 5", (500, 5)),
        ("MsgSeqNum(34) too low, expected 500, received 5", (500, 5)),
        ("Sequence number TOO LOW: expecting: 12", (12, 0)),
        ("MsgSeqNum too low, expecting [12] got [7]", (12, 7)),
        ("MsgSeqNum too low", (0, 0)),
        ("MsgSeqNum too high, expecting 500 but received 900", (0, 0)),
        ("too low, expecting " + "9" * 19, (0, 0)),
        ("expecting 5", (0, 0)),
        ("", (0, 0)),
    ],
)
def test_the_numbers_of_a_too_low_logout_are_read(text: str, numbers: tuple[int, int]) -> None:
    assert admin.numbers_in_too_low(text) == numbers
