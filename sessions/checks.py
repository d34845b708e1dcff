"""What can be wrong with a numbered message before its number is looked at, in order.

BeginString, dictionary, SendingTime, CompIDs, PossDup: the order that other engines have and that
counterparties' certification scripts expect. Finds faults and says what they call for; acts on
nothing.
"""

from collections.abc import Callable
from typing import Final

from sessions.conversation import APP, GAP_FILL, RESET, Arrival, Conversation
from sessions.fields import (
    BEGIN_STRING,
    ORIG_SENDING_TIME,
    SENDER_COMP_ID,
    SENDING_TIME,
    TARGET_COMP_ID,
)
from sessions.message import Message
from sessions.quirks import ADMIN_DUPLICATE_WITHOUT_TIME
from sessions.values import parse_utc_timestamp

# What a fault calls for.
REJECT: Final = 0
REJECT_AND_LOGOUT: Final = 1
LOGOUT: Final = 2

REQUIRED_TAG_MISSING: Final = 1
OUT_OF_RANGE: Final = 5
BAD_FORMAT: Final = 6
COMP_ID_PROBLEM: Final = 9
SENDING_TIME_PROBLEM: Final = 10

OUT_OF_RANGE_TEXT: Final = "Value is incorrect (out of range) for this tag"
BAD_FORMAT_TEXT: Final = "Incorrect data format for value"


class Fault:
    """SessionRejectReason(373), RefTagID(371) or "", Text(58), and what the fault calls for.

    `deliverable`: the message is still one of this peer's, so that an owner who must not lose it
    can have it with the fault named.
    """

    __slots__ = ("action", "deliverable", "reason", "ref_tag", "text")

    def __init__(
        self, action: int, reason: int, ref_tag: str, text: str, deliverable: bool
    ) -> None:
        self.action = action
        self.reason = reason
        self.ref_tag = ref_tag
        self.text = text
        self.deliverable = deliverable


def begin_string_fault(conversation: Conversation, arrival: Arrival) -> Fault | None:
    """BeginString(8) is the session's."""
    if arrival.message.fields.get(BEGIN_STRING) == conversation.begin_string:
        return None
    return Fault(LOGOUT, 0, "", "Incorrect BeginString", False)


def dictionary_fault(conversation: Conversation, arrival: Arrival) -> Fault | None:
    """The message is as the dictionary says."""
    rejection = conversation.validator.check(arrival.message)
    if rejection is None:
        return None
    return Fault(REJECT, rejection.reason, rejection.ref_tag, rejection.text, True)


def sending_time_fault(conversation: Conversation, arrival: Arrival) -> Fault | None:
    """SendingTime(52) is near our clock; of a resent message too, for it has a new one."""
    if is_timely(conversation, arrival.message.fields.get(SENDING_TIME, ""), arrival.now):
        return None
    return Fault(REJECT_AND_LOGOUT, SENDING_TIME_PROBLEM, "", "SendingTime accuracy problem", True)


def comp_id_fault(conversation: Conversation, arrival: Arrival) -> Fault | None:
    """SenderCompID(49) and TargetCompID(56) are the session's."""
    if has_comp_ids(conversation, arrival.message):
        return None
    return Fault(REJECT_AND_LOGOUT, COMP_ID_PROBLEM, "", "CompID problem", False)


def poss_dup_fault(conversation: Conversation, arrival: Arrival) -> Fault | None:
    """A message with PossDupFlag(43)=Y says when it was first sent, and that was before."""
    if not arrival.duplicate or arrival.kind in (RESET, GAP_FILL):
        return None
    fields = arrival.message.fields
    original = fields.get(ORIG_SENDING_TIME)
    if original is None:
        lenient = ADMIN_DUPLICATE_WITHOUT_TIME in conversation.quirks and arrival.kind != APP
        if lenient or not conversation.config.requires_orig_sending_time:
            return None
        return Fault(REJECT, REQUIRED_TAG_MISSING, ORIG_SENDING_TIME, "Required tag missing", True)
    try:
        late = parse_utc_timestamp(original) > parse_utc_timestamp(fields[SENDING_TIME])
    except (KeyError, ValueError):
        return Fault(REJECT, BAD_FORMAT, ORIG_SENDING_TIME, BAD_FORMAT_TEXT, True)
    if not late:
        return None
    return Fault(REJECT_AND_LOGOUT, SENDING_TIME_PROBLEM, "", "SendingTime accuracy problem", True)


CHECKS: Final[tuple[Callable[[Conversation, Arrival], Fault | None], ...]] = (
    begin_string_fault,
    dictionary_fault,
    sending_time_fault,
    comp_id_fault,
    poss_dup_fault,
)
"""All of them, in order."""


def fault_to_act_on(conversation: Conversation, arrival: Arrival) -> Fault | None:
    """The first fault; one that is to be delivered with the message is noted there instead."""
    tolerant = arrival.kind == APP and conversation.config.invalid_messages == "deliver"
    for check in CHECKS:
        fault = check(conversation, arrival)
        if fault is None:
            continue
        if not (tolerant and fault.deliverable):
            return fault
        if not arrival.problem:
            arrival.problem = fault.text + (f" ({fault.ref_tag})" if fault.ref_tag else "")
    return None


def is_timely(conversation: Conversation, text: str, now: int) -> bool:
    """Whether SendingTime(52) is no more than MaxLatency off."""
    if not conversation.config.check_latency:
        return True
    try:
        off = parse_utc_timestamp(text) - now
    except ValueError:
        return False
    limit = conversation.max_latency_ns
    return -limit <= off <= limit


def has_comp_ids(conversation: Conversation, message: Message) -> bool:
    """Whether the message is from our peer and for us, if that matters."""
    fields = message.fields
    config = conversation.config
    sender, target = fields.get(SENDER_COMP_ID), fields.get(TARGET_COMP_ID)
    right = sender == config.target_comp_id and target == config.sender_comp_id
    return right or not config.check_comp_id
