"""Ways in which counterparties deviate from the standard, each a switch with a name.

Off unless a session's `quirks` name them. What one does is decided where the rule is that it
bends; this only knows their names and what they mean.
"""

from types import MappingProxyType
from typing import Final

LOW_NUMBER_REJECTED: Final = "low_number_rejected"
LOW_RESEND_REQUEST: Final = "low_resend_request"
ADMIN_DUPLICATE_WITHOUT_TIME: Final = "admin_duplicate_without_time"
RESET_AT_ANY_NUMBER: Final = "reset_at_any_number"
NEXT_EXPECTED_COUNTS_LOGON: Final = "next_expected_counts_logon"

QUIRKS: Final = MappingProxyType(
    {
        LOW_NUMBER_REJECTED: (
            "a MsgSeqNum(34) already used, without PossDupFlag(43), is answered with Reject(3)"
            " and the session goes on, instead of Logout(5)"
        ),
        LOW_RESEND_REQUEST: (
            "a ResendRequest(2) with a MsgSeqNum(34) already used is served, instead of Logout(5)"
        ),
        ADMIN_DUPLICATE_WITHOUT_TIME: (
            "a session message with PossDupFlag(43)=Y needs no OrigSendingTime(122)"
        ),
        RESET_AT_ANY_NUMBER: (
            "a Logon(A) with ResetSeqNumFlag(141)=Y may have another MsgSeqNum(34) than 1; the next"
            " number is expected after it"
        ),
        NEXT_EXPECTED_COUNTS_LOGON: (
            "NextExpectedMsgSeqNum(789) of the first Logon(A) counts our answer to it as received"
        ),
    }
)
"""Name to what is taken, or done, in place of what the standard says."""
