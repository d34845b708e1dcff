"""Settings of a session's behaviour in groups: heartbeats, logon, resets, what is sent again.

Owns what may be set and its bounds. The text below a field is its documentation.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sessions.ed25519 import signer
from sessions.fields import SESSION_TAGS
from sessions.kinds import HeaderText, Settings, Switch, Whole
from sessions.quirks import QUIRKS


def _quirk(name: str) -> str:
    if name not in QUIRKS:
        raise ValueError(f'"{name}" is none of the quirks {", ".join(QUIRKS)}')
    return name


def _logon_tag(text: str) -> str:
    tag = text.partition("=")[0]
    if tag in SESSION_TAGS:
        raise ValueError(f"{tag} is a field that the session writes itself")
    return text


def _logon_key(pem: str) -> str:
    if pem:
        signer(pem)
    return pem


LogonKey = Annotated[str, Field(max_length=4096), AfterValidator(_logon_key)]
Quirk = Annotated[str, AfterValidator(_quirk)]
LogonTag = Annotated[
    str,
    Field(pattern=r"^[1-9][0-9]{0,8}=[\x20-\x7e]+$", max_length=256),
    AfterValidator(_logon_tag),
]


class IdentityOptions(Settings):
    """What else than CompIDs belongs to the name of a session."""

    sender_location_id: HeaderText = Field(
        default="", json_schema_extra={"quickfix": "SenderLocationID"}
    )
    """SenderLocationID(142) of what we send; "" sends none."""
    target_location_id: HeaderText = Field(
        default="", json_schema_extra={"quickfix": "TargetLocationID"}
    )
    """TargetLocationID(143) of what we send; "" sends none."""
    sub_ids_identify: Switch = False
    """SubIDs and LocationIDs belong to the session's identity: a Logon(A) must have exactly those
    set here, so that one pair of CompIDs can have several sessions."""
    check_comp_id: Switch = Field(default=True, json_schema_extra={"quickfix": "CheckCompID"})
    """Refuse messages whose SenderCompID(49) and TargetCompID(56) are not the session's. A Logon(A)
    to an acceptor always needs them: they name the session."""


class LogonOptions(Settings):
    """How a session begins."""

    on_duplicate_logon: Literal["refuse", "replace"] = "refuse"
    """A second connection with a good Logon(A) while the session has one: "refuse" it, or let it
    "replace" the first, which may be dead without having been closed."""
    logon_tags: tuple[LogonTag, ...] = Field(default=(), json_schema_extra={"quickfix": "LogonTag"})
    """Further fields of our Logon(A), each "tag=value". Not for secrets: they are recorded."""
    logon_key: LogonKey = Field(default="", repr=False)
    """A private key in PEM, Ed25519: our Logon(A) is signed by it in RawData(96), as Binance wants
    it. "env:NAME", "file:PATH" or "keyring:SERVICE/USER" says where it is.
    """
    send_session_status: Switch = Field(default=True, json_schema_extra={"quickfix": "RejectLogon"})
    """Say by SessionStatus(1409) why a Logon(A) is refused, or that a NewPassword(925) is
    taken, where the version has it: FIXT.1.1."""
    quirks: tuple[Quirk, ...] = ()
    """Deviations from the standard that this counterparty needs, by name; see README.md."""


class HeartbeatOptions(Settings):
    """How both sides know that the other is there."""

    heart_bt_int_s: Whole = Field(
        default=30, ge=0, le=3600, json_schema_extra={"quickfix": "HeartBtInt"}
    )
    """HeartBtInt(108) that an initiator asks for; 0: no heartbeats."""
    heart_bt_int_min_s: Whole = Field(default=0, ge=0, le=3600)
    """Least HeartBtInt(108) the counterparty may ask for; 0 allows a session without heartbeats."""
    heart_bt_int_max_s: Whole = Field(default=3600, ge=1, le=86_400)
    """Greatest HeartBtInt(108) the counterparty may ask for."""
    heart_bt_int_override: Switch = Field(
        default=False, json_schema_extra={"quickfix": "HeartBtIntOverride"}
    )
    """As acceptor, answer with our heart_bt_int_s whatever HeartBtInt(108) was asked for."""
    test_request_delay_multiplier: float = Field(
        default=0.2, ge=0, le=10, json_schema_extra={"quickfix": "TestRequestDelayMultiplier"}
    )
    """Heartbeat intervals, beyond the first, of silence after which a TestRequest(1) is sent."""
    heart_beat_timeout_multiplier: float = Field(
        default=1.4, gt=0, le=20, json_schema_extra={"quickfix": "HeartBeatTimeoutMultiplier"}
    )
    """Heartbeat intervals, beyond the first, of silence after which the connection is closed."""
    disable_heart_beat_check: Switch = Field(
        default=False, json_schema_extra={"quickfix": "DisableHeartBeatCheck"}
    )
    """Send heartbeats, but take any silence of the counterparty."""
    logout_on_timeout: Switch = Field(
        default=True, json_schema_extra={"quickfix": "SendLogoutBeforeDisconnectFromTimeout"}
    )
    """Send a Logout(5) before closing the connection of a counterparty that fell silent."""
    round_trip_interval_s: Whole = Field(default=0, ge=0, le=3600)
    """Seconds between TestRequest(1)s that only measure how long the counterparty takes to answer;
    0: sends none for that. Those that silence calls for are measured in any case."""


class ResetOptions(Settings):
    """When both directions begin at number 1 again. What was not sent before is never sent."""

    reset_on_logon: Switch = Field(default=False, json_schema_extra={"quickfix": "ResetOnLogon"})
    """Begin at number 1 with every logon; an initiator then sends ResetSeqNumFlag(141)=Y."""
    reset_on_logout: Switch = Field(default=False, json_schema_extra={"quickfix": "ResetOnLogout"})
    """Begin at number 1 after both sides have logged out."""
    reset_on_disconnect: Switch = Field(
        default=False, json_schema_extra={"quickfix": "ResetOnDisconnect"}
    )
    """Begin at number 1 after every connection that was logged on, however it ended."""


class ResendOptions(Settings):
    """Messages behind a gap, and messages that are sent again."""

    enable_next_expected_msg_seq_num: Switch = Field(
        default=False,
        json_schema_extra={"quickfix": "EnableNextExpectedMsgSeqNum, SendNextExpectedMsgSeqNum"},
    )
    """Say and read NextExpectedMsgSeqNum(789) at logon, from FIX.4.4 on: what is missing is sent
    again without being asked for. Needs the counterparty's agreement."""
    enable_last_msg_seq_num_processed: Switch = Field(
        default=False, json_schema_extra={"quickfix": "EnableLastMsgSeqNumProcessed"}
    )
    """Say in each message which one we took last, LastMsgSeqNumProcessed(369), from FIX.4.2 on."""
    resend_request_chunk_size: Whole = Field(
        default=0,
        ge=0,
        json_schema_extra={"quickfix": "ResendRequestChunkSize, MaxMessagesInResendRequest"},
    )
    """Messages to ask for with one ResendRequest(2), the next when they are there; 0: all."""
    closed_resend_interval: Switch = Field(
        default=False, json_schema_extra={"quickfix": "ClosedResendInterval"}
    )
    """Ask for exactly what is missing, not for everything from there on, EndSeqNo(16)=0."""
    send_redundant_resend_requests: Switch = Field(
        default=False, json_schema_extra={"quickfix": "SendRedundantResendRequests"}
    )
    """Ask again with every message behind a gap, for counterparties that want to see that."""
    ignore_poss_dup_resend_requests: Switch = Field(
        default=False, json_schema_extra={"quickfix": "IgnorePossDupResendRequests"}
    )
    """Do not serve a ResendRequest(2) that has PossDupFlag(43)=Y."""
    resend_session_level_rejects: Switch = Field(
        default=False, json_schema_extra={"quickfix": "ResendSessionLevelRejects"}
    )
    """Send Reject(3) again as well when asked, as the standard allows."""
    stash_max_messages: Whole = Field(default=10_000, ge=1)
    """Messages kept behind a gap while it is being filled; more are asked for again later."""
    stash_max_bytes: Whole = Field(default=8_388_608, ge=1024)
    """Bytes of such messages."""
    resend_timeout_s: float = Field(default=30.0, gt=0, le=3600)
    """Seconds without progress after which a ResendRequest(2) is sent again."""
    resend_max_messages: Whole = Field(default=1_000_000, ge=0)
    """Numbers one ResendRequest(2) may cover; a longer one is answered with Logout(5); 0: any."""
    resend_repeats_max: Whole = Field(default=10, ge=0)
    """Replays in a row from one BeginSeqNo(7): more make no progress, so Logout(5); 0: any."""
    resend_rate_per_s: Whole = Field(default=10_000, ge=0)
    """Messages a second that are sent again; 0: as fast as the counterparty takes them."""
    resend_held_max_bytes: Whole = Field(default=67_108_864, ge=65_536)
    """Bytes of live messages that wait while we send old ones again; more ends the connection."""
