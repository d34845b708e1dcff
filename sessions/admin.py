"""The bodies of the session's own messages, by FIX version, and reading what they say.

A body is "tag=value|tag=value|" with SOH, without header and trailer. Knows no state.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sessions.fields import (
    APPL_VER_ID,
    BEGIN_SEQ_NO,
    BUSINESS_REJECT_REASON,
    BUSINESS_REJECT_REF_ID,
    DELIVER_TO_COMP_ID,
    DELIVER_TO_LOCATION_ID,
    DELIVER_TO_SUB_ID,
    ENCRYPT_METHOD,
    END_SEQ_NO,
    GAP_FILL_FLAG,
    HEART_BT_INT,
    NEW_SEQ_NO,
    ON_BEHALF_OF_COMP_ID,
    ON_BEHALF_OF_LOCATION_ID,
    ON_BEHALF_OF_SUB_ID,
    PASSWORD,
    REF_APPL_VER_ID,
    REF_MSG_TYPE,
    REF_SEQ_NUM,
    REF_TAG_ID,
    RESET_SEQ_NUM_FLAG,
    SESSION_REJECT_REASON,
    SESSION_STATUS,
    SOH,
    TEST_REQ_ID,
    TEXT,
    USERNAME,
)
from sessions.values import fix_text

HEARTBEAT: Final = "0"
TEST_REQUEST: Final = "1"
RESEND_REQUEST: Final = "2"
REJECT: Final = "3"
SEQUENCE_RESET: Final = "4"
LOGOUT: Final = "5"
LOGON: Final = "A"
BUSINESS_MESSAGE_REJECT: Final = "j"

WITHOUT_REFS: Final = frozenset(("FIX.4.0", "FIX.4.1"))  # no 371 to 373, no BusinessMessageReject
WITHOUT_NEXT_EXPECTED: Final = frozenset(("FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3"))
WITHOUT_RESET_FLAG: Final = frozenset(("FIX.4.0",))

WITH_STATUS: Final = frozenset(("FIXT.1.1",))  # Logon(A) and Logout(5) have SessionStatus(1409)

# SessionStatus(1409)
PASSWORD_CHANGED: Final = 1
PASSWORD_NOT_COMPLIANT: Final = 3
LOGON_NOT_NOW: Final = 7
SEQ_NUM_TOO_LOW: Final = 9
NEXT_EXPECTED_TOO_HIGH: Final = 10

_LAST_REASON: Final = MappingProxyType({"FIX.4.2": 11, "FIX.4.3": 17, "FIX.4.4": 17})
_OTHER: Final = 99
_ROUTES: Final = (
    (ON_BEHALF_OF_COMP_ID, DELIVER_TO_COMP_ID),
    (ON_BEHALF_OF_SUB_ID, DELIVER_TO_SUB_ID),
    (ON_BEHALF_OF_LOCATION_ID, DELIVER_TO_LOCATION_ID),
)
_TOO_LOW: Final = re.compile(r"too low\D*?expect(?:ing|ed)\D{0,20}(\d{1,18})(?!\d)", re.IGNORECASE)
_RECEIVED: Final = re.compile(r"(?:received|got)\D{0,20}(\d{1,18})(?!\d)", re.IGNORECASE)


def field(tag: str, value: str) -> str:
    """One field with its SOH."""
    return f"{tag}={value}{SOH}"


def text_field(text: str) -> str:
    """Text(58), or nothing for an empty text. Operators write what no FIX value can hold."""
    value = fix_text(text)
    return field(TEXT, value) if value else ""


def logon(heart_bt_int_s: int, reset: bool, username: str = "", password: str = "") -> str:
    """Logon(A)."""
    body = field(ENCRYPT_METHOD, "0") + field(HEART_BT_INT, str(heart_bt_int_s))
    if reset:
        body += field(RESET_SEQ_NUM_FLAG, "Y")
    if username:
        body += field(USERNAME, username)
    if password:
        body += field(PASSWORD, password)
    return body


def heartbeat(test_req_id: str) -> str:
    """Heartbeat(0), answering a TestRequest(1) if there is an id."""
    return field(TEST_REQ_ID, test_req_id) if test_req_id else ""


def test_request(test_req_id: str) -> str:
    """TestRequest(1)."""
    return field(TEST_REQ_ID, test_req_id)


def logout(text: str, begin_string: str = "", status: int = 0) -> str:
    """Logout(5); SessionStatus(1409) where the version has it, 0 for none."""
    body = text_field(text)
    return (
        body + field(SESSION_STATUS, str(status))
        if status and begin_string in WITH_STATUS
        else body
    )


def resend_request(begin: int, end: int, begin_string: str) -> str:
    """ResendRequest(2) from `begin` to `end`, 0 for whatever was sent last."""
    last = "999999" if end == 0 and begin_string in WITHOUT_REFS else str(end)
    return field(BEGIN_SEQ_NO, str(begin)) + field(END_SEQ_NO, last)


def gap_fill(next_seq: int) -> str:
    """SequenceReset(4)-GapFill."""
    return field(GAP_FILL_FLAG, "Y") + field(NEW_SEQ_NO, str(next_seq))


def reject(
    begin_string: str, ref_seq: str, msg_type: str, reason: int, ref_tag: str, text: str
) -> str:
    """Reject(3): with 371 to 373 where the version has them, else the tag in Text(58)."""
    body = field(REF_SEQ_NUM, ref_seq)
    if begin_string in WITHOUT_REFS:
        return body + text_field(f"{text} ({ref_tag})" if ref_tag else text)
    if ref_tag:
        body += field(REF_TAG_ID, ref_tag)
    body += field(REF_MSG_TYPE, msg_type)
    if has_reason(begin_string, reason):
        body += field(SESSION_REJECT_REASON, str(reason))
    return body + text_field(text)


def has_reason(begin_string: str, reason: int) -> bool:
    """Whether SessionRejectReason(373) of this version has the value."""
    if reason == _OTHER:
        return begin_string not in ("FIX.4.2", "FIX.4.3")
    return reason <= _LAST_REASON.get(begin_string, reason)


def business_reject(
    begin_string: str, ref_seq: str, msg_type: str, reason: int, text: str, ref_id: str
) -> tuple[str, str]:
    """(MsgType(35), body) of BusinessMessageReject(j); before FIX.4.2 of Reject(3)."""
    if begin_string in WITHOUT_REFS:
        return REJECT, field(REF_SEQ_NUM, ref_seq) + text_field(text)
    body = field(REF_SEQ_NUM, ref_seq) + field(REF_MSG_TYPE, msg_type)
    if ref_id:
        body += field(BUSINESS_REJECT_REF_ID, ref_id)
    body += field(BUSINESS_REJECT_REASON, str(reason))
    return BUSINESS_MESSAGE_REJECT, body + text_field(text)


def ref_version(fields: Mapping[str, str]) -> str:
    """RefApplVerID(1130): the version that a rejected message of a FIXT session said it has."""
    version = fields.get(APPL_VER_ID, "")
    return field(REF_APPL_VER_ID, version) if version else ""


def reversed_route(fields: Mapping[str, str]) -> str:
    """Header fields that send an answer back the way the message came."""
    route = ""
    for behalf, deliver in _ROUTES:
        if fields.get(behalf):
            route += field(deliver, fields[behalf])
        if fields.get(deliver):
            route += field(behalf, fields[deliver])
    return route


def too_low_text(expected: int, received: int) -> str:
    """Text(58) for a number already used; other engines read the first number."""
    return f"MsgSeqNum too low, expecting {expected} but received {received}"


def numbers_in_too_low(text: str) -> tuple[int, int]:
    """(expected, received) that a peer names in a "MsgSeqNum too low" Logout(5); 0 for none."""
    found = _TOO_LOW.search(text)
    if found is None:
        return 0, 0
    received = _RECEIVED.search(text, found.end())
    return int(found[1]), int(received[1]) if received else 0
