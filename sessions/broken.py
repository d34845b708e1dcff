"""What a session does with bytes that are no message, and with messages that have no number.

By the rule a broken message is kept as evidence and otherwise ignored: the next good one shows the
gap. `reject_garbled` answers it instead, as some counterparties demand.
"""

import re
from typing import Final

from sessions import admin
from sessions.conversation import Conversation
from sessions.counts import LIMIT
from sessions.effects import IN_ADVANCES, IN_GARBLED, OVERSIZE, Alarm, Effect, Inbound
from sessions.fields import MSG_SEQ_NUM
from sessions.framing import BETWEEN_MESSAGES
from sessions.message import Garbled, Message
from sessions.state import BEFORE_LOGON, IN_SESSION

_SEQ: Final = re.compile(rb"\x0134=([1-9][0-9]{0,17})\x01")
_TYPE: Final = re.compile(rb"\x0135=([A-Za-z0-9]{1,8})\x01")
_OTHER: Final = 99


def take_garbled(conversation: Conversation, garbled: Garbled, now: int, out: list[Effect]) -> None:
    """Keep it; before logon or after something fatal the connection ends."""
    if conversation.config.reject_garbled and _is_rejected(conversation, garbled, now, out):
        return
    epoch = conversation.numbers.epoch
    out.append(Inbound(garbled.raw, 0, IN_GARBLED, None, garbled.reason, epoch))
    if garbled.fatal:
        conversation.blame(LIMIT)
        out.append(Alarm(OVERSIZE, garbled.reason, "max_message_bytes"))
    if conversation.state in BEFORE_LOGON:
        conversation.close(f"garbled before Logon(A): {garbled.reason}", out)
    elif garbled.fatal and conversation.state in IN_SESSION:
        conversation.logout_and_close(garbled.reason, now, out)
    elif garbled.fatal:
        conversation.close(garbled.reason, out)


def _is_rejected(conversation: Conversation, garbled: Garbled, now: int, out: list[Effect]) -> bool:
    """Reject(3) for a broken message whose number can be read; it counts if it is the next."""
    seq = _SEQ.search(garbled.raw)
    msg_type = _TYPE.search(garbled.raw)
    readable = seq is not None and msg_type is not None and garbled.reason != BETWEEN_MESSAGES
    if not readable or garbled.fatal or conversation.state not in IN_SESSION:
        return False
    assert seq is not None, "readable"
    assert msg_type is not None, "readable"
    numbers = conversation.numbers
    number = int(seq[1])
    advances = number == numbers.next_in
    flags = IN_GARBLED | IN_ADVANCES if advances else IN_GARBLED
    out.append(Inbound(garbled.raw, number, flags, None, garbled.reason, numbers.epoch))
    if advances:
        numbers.next_in = number + 1
    kind = msg_type[1].decode("latin-1")
    if kind != admin.REJECT:
        text = f"Message is garbled: {garbled.reason}"
        body = admin.reject(conversation.begin_string, str(number), kind, _OTHER, "", text)
        conversation.send_admin(admin.REJECT, body, now, out)
    return True


def unnumbered(conversation: Conversation, message: Message, now: int, out: list[Effect]) -> None:
    """Nothing can be said about it by number, so the session can not go on."""
    out.append(Inbound(message.raw, 0, 0, None, "", conversation.numbers.epoch))
    if conversation.state in IN_SESSION:
        missing = MSG_SEQ_NUM not in message.fields
        wrong = "Received message with MsgSeqNum(34) that is no sequence number"
        text = "Received message without MsgSeqNum" if missing else wrong
        conversation.logout_and_close(text, now, out)
