"""The settings of one FIX session, with FIX's own names, units and defaults.

Owns what may be set and its bounds; knows no file and no environment. The text below a field is
its documentation.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sessions.kinds import CompID, Credential, HeaderText, Settings, Switch, Whole
from sessions.options import (
    HeartbeatOptions,
    IdentityOptions,
    LogonOptions,
    ResendOptions,
    ResetOptions,
)
from sessions.validation import ValidationRules
from sessions.versions import APPL_VER_IDS, version_of


def _appl_version(text: str) -> str:
    version = version_of(text) or text
    if version not in APPL_VER_IDS:
        raise ValueError(f'"{text}" must be one of {", ".join(APPL_VER_IDS)}')
    return version


ApplVersion = Annotated[str, AfterValidator(_appl_version)]
Tags = tuple[Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}$")], ...]
MsgTypes = tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,8}$")], ...]


class SessionBasics(Settings):
    """Who the two sides are, and how strict we are with what the other sends."""

    begin_string: str = Field(json_schema_extra={"quickfix": "BeginString"})
    """BeginString(8): the FIX version, for example "FIX.4.4"."""
    sender_comp_id: CompID = Field(json_schema_extra={"quickfix": "SenderCompID"})
    """Our name: SenderCompID(49) of what we send, TargetCompID(56) of what we get."""
    target_comp_id: CompID = Field(json_schema_extra={"quickfix": "TargetCompID"})
    """The counterparty's name: TargetCompID(56) of what we send."""
    role: Literal["acceptor", "initiator"] = Field(json_schema_extra={"quickfix": "ConnectionType"})
    """An acceptor waits for the counterparty's Logon(A), an initiator connects and sends it."""
    sender_sub_id: HeaderText = Field(default="", json_schema_extra={"quickfix": "SenderSubID"})
    """SenderSubID(50) of what we send; "" sends none."""
    target_sub_id: HeaderText = Field(default="", json_schema_extra={"quickfix": "TargetSubID"})
    """TargetSubID(57) of what we send; "" sends none."""
    default_appl_ver_id: ApplVersion | None = Field(
        default=None, json_schema_extra={"quickfix": "DefaultApplVerID"}
    )
    """DefaultApplVerID(1137) of a FIXT.1.1 session: the version of what we send, such as
    "FIX.5.0SP2". Required there, not set elsewhere."""
    appl_ver_ids: tuple[ApplVersion, ...] = ()
    """Further versions that the counterparty may send on a FIXT.1.1 session, as its
    DefaultApplVerID(1137), by message type, or by ApplVerID(1128) of a message."""
    msg_types_sent: MsgTypes = ()
    """MsgType(35) values to announce as sent by us in NoMsgTypes(384) of our Logon(A), from FIX.4.2
    on; a counterparty whose own list lacks them raises an alarm."""
    msg_types_received: MsgTypes = ()
    """Likewise what we take."""

    username: Credential = ""
    """Username(553) of the Logon(A) that an initiator sends; "" for none."""
    password: Credential = Field(default="", repr=False)
    """Password(554), likewise: "env:NAME", "file:PATH" or "keyring:SERVICE/USER" says where it
    is."""
    logon_timeout_s: float = Field(
        default=10.0, gt=0, le=300, json_schema_extra={"quickfix": "LogonTimeout"}
    )
    """Seconds from connecting to a completed logon."""
    logout_timeout_s: float = Field(
        default=10.0, gt=0, le=300, json_schema_extra={"quickfix": "LogoutTimeout"}
    )
    """Seconds to wait for the counterparty's Logout(5), or for it to close the connection."""

    check_latency: Switch = Field(default=True, json_schema_extra={"quickfix": "CheckLatency"})
    """Refuse a SendingTime(52) that is more than max_latency_s off our clock."""
    max_latency_s: float = Field(
        default=120.0, gt=0, le=86_400, json_schema_extra={"quickfix": "MaxLatency"}
    )
    """Seconds that SendingTime(52) may be off, in both directions."""
    sending_time_digits: Literal[0, 3, 6, 9, 12] = Field(
        default=3,
        json_schema_extra={
            "quickfix": "TimeStampPrecision, TimestampPrecision, MillisecondsInTimeStamp"
        },
    )
    """Fraction digits of SendingTime(52) we send; FIX.4.0 and FIX.4.1 have none. Our clock has
    nanoseconds: of 12 digits the last three are zeros."""
    requires_orig_sending_time: Switch = Field(
        default=True, json_schema_extra={"quickfix": "RequiresOrigSendingTime"}
    )
    """Reject a message with PossDupFlag(43)=Y that has no OrigSendingTime(122)."""

    check_fields_out_of_order: Switch = Field(
        default=True, json_schema_extra={"quickfix": "ValidateFieldsOutOfOrder"}
    )
    """Reject header fields in the body, body fields in the trailer, and disordered groups."""
    check_group_order: Switch = Field(
        default=True, json_schema_extra={"quickfix": "ValidateUnorderedGroupFields"}
    )
    """Reject fields inside a group entry in another order than the dictionary's; the first field
    of an entry must come first all the same."""
    check_fields_have_values: Switch = Field(
        default=True, json_schema_extra={"quickfix": "ValidateFieldsHaveValues"}
    )
    """Reject fields without a value."""
    check_user_defined_fields: Switch = Field(
        default=False, json_schema_extra={"quickfix": "ValidateUserDefinedFields"}
    )
    """Reject tags from 5000 on that the dictionary lacks."""
    allow_unknown_fields: Switch = Field(
        default=False, json_schema_extra={"quickfix": "AllowUnknownMsgFields"}
    )
    """Take tags below 5000 that the dictionary lacks or has for other messages only."""
    allow_unknown_enum_values: Switch = Field(
        default=False, json_schema_extra={"quickfix": "AllowUnknownEnumValues"}
    )
    """Take values that the dictionary does not list for a field."""
    use_data_dictionary: Switch = Field(
        default=True,
        json_schema_extra={"quickfix": "UseDataDictionary, ValidateIncomingMessage"},
    )
    """Check application messages by the dictionary; messages of the session itself always are."""
    unchecked_msg_types: MsgTypes = ()
    """MsgType(35) of application messages that are taken without a check."""
    unchecked_tags: Tags = ()
    """Tags that are taken in any message, with any value, and are not required."""
    invalid_messages: Literal["reject", "deliver"] = Field(
        default="reject", json_schema_extra={"quickfix": "RejectInvalidMessage"}
    )
    """An invalid application message: "reject" it, or "deliver" it with the problem named."""
    check_checksum: Switch = Field(default=True, json_schema_extra={"quickfix": "ValidateChecksum"})
    """Ignore messages whose CheckSum(10) is wrong. The first of a connection must be right."""
    check_length_and_checksum: Switch = Field(
        default=True, json_schema_extra={"quickfix": "ValidateLengthAndChecksum"}
    )
    """Ignore messages whose BodyLength(9) or CheckSum(10) is wrong; else a message ends with its
    first CheckSum(10). The first of a connection must be right."""
    reject_garbled: Switch = Field(
        default=False, json_schema_extra={"quickfix": "RejectGarbledMessage"}
    )
    """Answer a broken message with Reject(3) and count its MsgSeqNum(34), instead of ignoring it
    and asking for it again."""

    max_message_bytes: Whole = Field(default=65_536, ge=1024, le=16_777_216)
    """Longest message taken; the connection of a longer one is closed."""
    send_max_message_size: Switch = False
    """Announce max_message_bytes as MaxMessageSize(383) in our Logon(A), from FIX.4.2 on."""
    max_message_size_min: Whole = Field(default=8192, ge=1500, json_schema_extra={"unit": "bytes"})
    """Least MaxMessageSize(383) a counterparty may announce; the Logon(A) of one that takes less is
    refused. A report is never cut short: one that is too long all the same ends the session."""
    framing: Literal["rescan", "swallow"] = "rescan"
    """After a broken message "rescan" looks inside it for the next, "swallow" trusts its length."""
    write_max_bytes: Whole = Field(
        default=8_388_608, ge=65_536, json_schema_extra={"quickfix": "MaxScheduledWriteRequests"}
    )
    """Unsent bytes of a counterparty that does not read; more ends the connection, and the messages
    are sent again after its next logon."""
    write_max_age_s: float = Field(
        default=60.0, ge=0, le=86_400, json_schema_extra={"quickfix": "SocketSendTimeout"}
    )
    """Seconds that anything may stay unsent, likewise; 0: however long."""
    fill_gap_before_logout: Switch = True
    """Answer a Logout(5) behind a gap only when the gap is filled."""


class SessionConfig(
    ResendOptions, ResetOptions, HeartbeatOptions, LogonOptions, IdentityOptions, SessionBasics
):
    """All settings of one session. Groups stand in reverse: documentation begins with the last."""

    @property
    def rules(self) -> ValidationRules:
        """The validation switches."""
        return ValidationRules(
            check_fields_out_of_order=self.check_fields_out_of_order,
            check_fields_have_values=self.check_fields_have_values,
            check_user_defined_fields=self.check_user_defined_fields,
            allow_unknown_fields=self.allow_unknown_fields,
            allow_unknown_enum_values=self.allow_unknown_enum_values,
            check_group_order=self.check_group_order,
            use_data_dictionary=self.use_data_dictionary,
            unchecked_msg_types=self.unchecked_msg_types,
            unchecked_tags=self.unchecked_tags,
        )

    @property
    def framing_rules(self) -> tuple[int, bool, bool, bool]:
        """What a Framer of this session goes by, in the order of its arguments."""
        swallow = self.framing == "swallow"
        length = self.check_length_and_checksum
        return self.max_message_bytes, swallow, self.check_checksum, length

    @property
    def identity(self) -> tuple[str, ...]:
        """What the counterparty's Logon(A) must say to be of this session.

        (BeginString(8), SenderCompID(49), TargetCompID(56)), and if SubIDs identify, 50, 142, 57
        and 143 as well.
        """
        comp_ids = self.begin_string, self.target_comp_id, self.sender_comp_id
        if not self.sub_ids_identify:
            return comp_ids
        theirs = self.target_sub_id, self.target_location_id
        return *comp_ids, *theirs, self.sender_sub_id, self.sender_location_id
