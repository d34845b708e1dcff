"""Every code that an alarm may have, and what it is about.

The list is the documentation: README.md shows it, `fixgate check` holds the codes of `[[alerts]]`
to it, and a test the code that raises alarms. Knows nobody who raises one.
"""

from typing import Final

ORDERS: Final = "ORDERS"
TEST: Final = "TEST"
GATEWAY_FAILED: Final = "GATEWAY_FAILED"

ALARM_CODES: Final[dict[str, str]] = {
    "APPROVAL_WANTED": "a command waits for a second person",
    "ARCHIVE": "segments of the journal cannot be archived, or cannot expire",
    "AUDIT_LAG": "the audit database stays behind the journal; trading goes on",
    "AUTHENTICATION": "a password or certificate of a Logon(A) is wrong",
    "BREAKER": "a circuit breaker has tripped, or a broker's has closed",
    "CANCELS_OPEN": "orders that a halt cancels stay open, and why",
    "CERTIFICATE": "certificates cannot be read anew; those before stay in use",
    "CLOCK_SET": "the machine's clock was set, forward or back",
    "CLOCK_SKEW": "the clocks of a broker over an API and of this machine are 3 s apart or more",
    "CLOCK_UNSYNCHRONISED": "the machine's clock is not synchronised, so times may be wrong",
    "DISK_LOW": "the journal's disk has less free than it should",
    "DISK_RESERVE": "the disk is nearly full, and new orders are refused",
    "DRAINED": "a broker that was to run empty has no open order any more",
    GATEWAY_FAILED: "the gateway cannot go on and ends; an alert only, the journal may be why",
    "JOURNAL_TORN": "the journal's end was not whole at the start; what was cut off is kept aside",
    "LIMIT_REACHED": "a broker takes no more of something, such as symbols of a stream",
    "LOCKED_OUT": "an address is locked out after wrong passwords",
    "LOGON_REFUSED": "a Logon(A) could not be taken, or ours was not",
    "MESSAGE_RATE": "a counterparty sends more than its message rate",
    "MSG_TYPES": "a counterparty's list of message types lacks some that are needed",
    "OPERATOR_REFUSED": "the control API refused somebody: a bad token, or a role that lacks",
    ORDERS: "anything about orders, executions and brokers that has no code of its own",
    "ORDER_LOST": "a terminal has lost sight of an order, and cannot say what becomes of it",
    "ORDER_TRADE_RATIO": "a scope has too many orders for its executions",
    "OVERSIZE": "a message is longer than the limit",
    "PEER_AHEAD": "a counterparty has seen more of our messages than the journal knows of",
    "PEER_CUT_OFF": "a counterparty was logged out for going beyond a limit",
    "PRICE_DRIFT": "an account's prices drift from its first",
    "RECORD_GAP": "a broker's record of what happened has a gap, or is another one than before",
    "REFERENCE_DATA": "reference data cannot be read from its database; the one before counts",
    "RENAMED": "a client of a template had another name before",
    "REPLACED": "a new connection took the place of the one there was",
    "RESEND_REFUSED": "a counterparty rejected our ResendRequest(2)",
    "RESEND_STALLED": "our ResendRequest(2) was not answered",
    "SEAL": "the journal cannot be sealed, or is not what was sealed",
    "SEQUENCE_RESET": "a SequenceReset(4)-Reset jumped over messages",
    "SESSIONS_MAX": "a template has as many clients as it may have",
    "SLOW_CONSUMER": "a counterparty does not read what it is sent",
    "SOFT_LIMIT": "the use of a limit came to a mark of `warn_at_pct`",
    "STASH_FULL": "messages behind a gap were dropped; they are asked for again",
    "TOO_LONG": "an order is too long for its broker",
}


def code_and_text(said: str) -> tuple[str, str]:
    """The code of what a decision says, which may begin with one of its own, and all of it."""
    code = said.partition(":")[0]
    return (code if code in ALARM_CODES else ORDERS), said
