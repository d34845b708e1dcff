"""What two sides tell each other in their Logons about versions, message types and sizes.

DefaultApplVerID(1137), MaxMessageSize(383) and NoMsgTypes(384): what we announce, what of the
peer's we cannot take, and what follows for the messages to come.
"""

from typing import Final

from sessions import admin
from sessions.config import SessionConfig
from sessions.conversation import Conversation
from sessions.effects import MSG_TYPES, Alarm, Effect
from sessions.fields import (
    DEFAULT_APPL_VER_ID,
    MAX_MESSAGE_SIZE,
    MSG_DIRECTION,
    NO_MSG_TYPES,
    REF_APPL_VER_ID,
    REF_MSG_TYPE,
)
from sessions.groups import GroupEntry, read_group
from sessions.message import Message
from sessions.sender import ANY_LENGTH, RESEND_BYTES
from sessions.values import is_digits, shown
from sessions.versioned import VersionedValidator

LOGON_BYTES: Final = 1024  # of a Logon(A) without its announcements
SENDS: Final = "S"
RECEIVES: Final = "R"


def announcements(conversation: Conversation) -> str:
    """The fields of our Logon(A) about versions, sizes and message types."""
    config, appl_ver_id = conversation.config, conversation.appl_ver_id
    body = admin.field(DEFAULT_APPL_VER_ID, appl_ver_id) if appl_ver_id else ""
    if config.begin_string in admin.WITHOUT_REFS:
        return body
    if config.send_max_message_size:
        body += admin.field(MAX_MESSAGE_SIZE, str(config.max_message_bytes))
    return body + _list(config, appl_ver_id)


def _list(config: SessionConfig, appl_ver_id: str) -> str:
    types = [(name, SENDS) for name in config.msg_types_sent]
    types += [(name, RECEIVES) for name in config.msg_types_received]
    if not types:
        return ""
    version = admin.field(REF_APPL_VER_ID, appl_ver_id) if appl_ver_id else ""
    entries = [
        admin.field(REF_MSG_TYPE, name) + admin.field(MSG_DIRECTION, way) + version
        for name, way in types
    ]
    return admin.field(NO_MSG_TYPES, str(len(entries))) + "".join(entries)


def agreement_fault(conversation: Conversation, message: Message) -> str:
    """What of a Logon(A) cannot be agreed to, "" for nothing."""
    fields = message.fields
    validator = conversation.validator
    if isinstance(validator, VersionedValidator):
        version = fields.get(DEFAULT_APPL_VER_ID, "")
        if not validator.supports(version):
            supported = validator.supported
            return f"DefaultApplVerID(1137)={shown(version)} is not supported; use {supported}"
    size, least = _size(message), conversation.config.max_message_size_min
    least = max(least, len(announcements(conversation)) + LOGON_BYTES)
    if 0 < size < least:
        return f"MaxMessageSize(383)={size} is too small, messages may have {least} bytes"
    return ""


def _size(message: Message) -> int:
    """MaxMessageSize(383), 0 for none: 0 itself says that any is taken."""
    size = message.fields.get(MAX_MESSAGE_SIZE, "")
    return int(size) if is_digits(size) and len(size) < 10 else 0


def agree(conversation: Conversation, message: Message, out: list[Effect]) -> None:
    """The peer's Logon(A) counts for what it sends, and is sent, from now on."""
    size = _size(message)
    conversation.message_max_bytes = size - RESEND_BYTES if size else ANY_LENGTH
    entries = _entries(conversation, message)
    validator = conversation.validator
    if isinstance(validator, VersionedValidator):
        validator.agree(message.fields.get(DEFAULT_APPL_VER_ID, ""), entries)
    if entries:
        config = conversation.config
        _compare(entries, RECEIVES, config.msg_types_sent, "take", out)
        _compare(entries, SENDS, config.msg_types_received, "send", out)


def _entries(conversation: Conversation, message: Message) -> list[GroupEntry]:
    definition = conversation.logon_validator.dictionary.messages.get(admin.LOGON)
    group = definition.groups.get(NO_MSG_TYPES) if definition is not None else None
    return read_group(message, group) if group is not None else []


def _compare(
    entries: list[GroupEntry], way: str, ours: tuple[str, ...], verb: str, out: list[Effect]
) -> None:
    """An operator should know, before an order shows it, that the lists do not match."""
    named = {str(entry.get(REF_MSG_TYPE)) for entry in entries if entry.get(MSG_DIRECTION) == way}
    missing = [name for name in ours if name not in named]
    if missing:
        text = f"NoMsgTypes(384) of the Logon(A) does not {verb} MsgType(35) {', '.join(missing)}"
        out.append(Alarm(MSG_TYPES, text))
