"""Whose session a first message names, before anything of it is checked."""

from typing import Final

from sessions import admin
from sessions.fields import (
    BEGIN_STRING,
    SENDER_COMP_ID,
    SENDER_LOCATION_ID,
    SENDER_SUB_ID,
    TARGET_COMP_ID,
    TARGET_LOCATION_ID,
    TARGET_SUB_ID,
)
from sessions.message import Garbled, parse

_SUB_IDS: Final = (SENDER_SUB_ID, SENDER_LOCATION_ID, TARGET_SUB_ID, TARGET_LOCATION_ID)


def identify(frame: bytes, sub_ids: bool = False) -> tuple[str, ...] | None:
    """Who the first message of a connection claims to be from and for; None if it is no Logon(A).

    (BeginString(8), SenderCompID(49), TargetCompID(56)), with `sub_ids` 50, 142, 57 and 143 too,
    to find the session by its `SessionConfig.identity`. Nothing is checked: the session does that.
    """
    message = parse(frame)
    if isinstance(message, Garbled) or message.msg_type != admin.LOGON:
        return None
    fields = message.fields
    if SENDER_COMP_ID not in fields or TARGET_COMP_ID not in fields:
        return None
    comp_ids = fields.get(BEGIN_STRING, ""), fields[SENDER_COMP_ID], fields[TARGET_COMP_ID]
    if not sub_ids:
        return comp_ids
    return *comp_ids, *(fields.get(tag, "") for tag in _SUB_IDS)
