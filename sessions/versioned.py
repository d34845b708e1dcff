"""Validation in a FIXT.1.1 session, which carries messages of several application versions.

Each is judged by the dictionary of its own version: ApplVerID(1128) of the message, else what the
Logon(A) said of its MsgType(35), else DefaultApplVerID(1137) of the Logon(A). Sessions of other
versions have none of this.
"""

from collections.abc import Iterable
from typing import Final

from sessions.dictionary import Dictionary
from sessions.fields import (
    APPL_VER_ID,
    DEFAULT_VER_INDICATOR,
    REF_APPL_VER_ID,
    REF_MSG_TYPE,
)
from sessions.groups import GroupEntry
from sessions.message import Message
from sessions.validation import Rejection, ValidationRules, Validator
from sessions.versions import version_of

UNSUPPORTED_VERSION: Final = 18


def new_validator(dictionary: Dictionary, rules: ValidationRules) -> Validator:
    """The validator that a session with this dictionary needs."""
    if dictionary.transport is None:
        return Validator(dictionary, rules)
    return VersionedValidator(dictionary, rules)


class VersionedValidator(Validator):
    """Validation in a FIXT session: every message by the dictionary of its own version."""

    __slots__ = ("_by_type", "_by_version", "_session", "_session_types", "_usual")

    def __init__(self, dictionary: Dictionary, rules: ValidationRules) -> None:
        """`dictionary` is one made by `sessions.dictionary.fixt`."""
        super().__init__(dictionary, rules)
        transport = dictionary.transport
        assert transport is not None, "a dictionary without application versions"
        self._session = Validator(transport, rules)
        self._session_types = frozenset(transport.messages)
        self._by_version = {
            appl_ver_id: Validator(application, rules)
            for appl_ver_id, application in dictionary.applications.items()
        }
        self._usual = self._by_version[dictionary.appl_ver_id]
        self._by_type: dict[str, Validator | None] = {}

    def supports(self, appl_ver_id: str) -> bool:
        """Whether messages of this version can be judged."""
        return appl_ver_id in self._by_version

    @property
    def supported(self) -> str:
        """The ApplVerIDs there are, for people to read."""
        return ", ".join(f"{known} ({version_of(known)})" for known in self._by_version)

    def agree(self, default: str, entries: Iterable[GroupEntry]) -> None:
        """What the peer's Logon(A) says: DefaultApplVerID(1137) and its NoMsgTypes(384) entries.

        An entry sets the version of a MsgType(35) if it says DefaultVerIndicator(1410)=Y.
        """
        self._usual = self._by_version[default]
        self._by_type = {
            str(entry[REF_MSG_TYPE]): self._by_version.get(str(entry[REF_APPL_VER_ID]))
            for entry in entries
            if entry.get(DEFAULT_VER_INDICATOR) == "Y"
            and REF_APPL_VER_ID in entry
            and REF_MSG_TYPE in entry
        }

    def read(self, frame: bytes) -> Message | None:
        """The message of a frame whose like was found good before in the usual version."""
        message = self._usual.read(frame)
        if message is None or self._chosen(message) is self._usual:
            return message
        return None  # a form says nothing about other versions

    def check(self, message: Message) -> Rejection | None:
        """None for a good message, else its first fault."""
        if message.msg_type in self._session_types:
            return self._session.check(message)
        chosen = self._chosen(message)
        if chosen is None:
            tag = APPL_VER_ID if APPL_VER_ID in message.fields else ""
            return Rejection(UNSUPPORTED_VERSION, tag)
        return chosen.check(message)

    def _chosen(self, message: Message) -> Validator | None:
        version = message.fields.get(APPL_VER_ID)
        if version is not None:
            return self._by_version.get(version)
        return self._by_type.get(message.msg_type, self._usual)
