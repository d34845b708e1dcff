"""For those who run QuickFIX, QuickFIX/J, QuickFIX/n or quickfixgo: each of its settings, and ours.

Owns how values translate, and why some settings have no counterpart. Which of ours a setting
corresponds to stands beside ours, in the models.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from gateway.config.settings import Setting, parts

HOW: Final[Mapping[str, str]] = {
    "AcceptorTemplate": '`"*"` in `target_comp_id` makes a template; `comp_ids` lists who is taken',
    "AppDataDictionary": "`AppDataDictionary.FIX.4.4` and its like: `appl_dictionaries`",
    "ConnectionType": "acceptor: a `[[clients]]` entry; initiator: a `[[brokers]]` entry",
    "DefaultApplVerID": 'a name, `"FIX.5.0SP2"`, or the number that FIX gives it',
    "DynamicSessions": '`"*"` in `target_comp_id`; who logged on once stays known',
    "FileLogPath": "messages are in the journal (`fixgate audit search`), the rest in the log",
    "FileStorePath": "one journal for all sessions",
    "FileStoreSync": 'Y: `"batch"`, N: `"os"`',
    "LogonDay": "see LogonTime",
    "LogonTag": 'LogonTag, LogonTag1 ...: one list, `["1=ACC1"]`',
    "LogonTime": "`windows` say when to connect; when numbers begin anew is `reset`",
    "LogoutDay": "see LogonTime",
    "LogoutTime": "see LogonTime",
    "MaxMessagesInResendRequest": "of QuickFIX/n",
    "MaxScheduledWriteRequests": "counts bytes, not messages",
    "MillisecondsInTimeStamp": "Y: `3`, N: `0`",
    "NonStopSession": 'no `windows`; `reset = "never"`, or times',
    "ReconnectInterval": "the first wait; it doubles up to `reconnect_max_s`",
    "RejectInvalidMessage": 'Y: `"reject"`, N: `"deliver"`',
    "RejectLogon": "in QuickFIX/J an exception with a status; here the reason says which",
    "ResetSeqTime": '`"17:00"`; with EnableResetSeqTime. The connection is made anew for it',
    "SendNextExpectedMsgSeqNum": "of QuickFIX",
    "SocketTrustStore": "a PEM file; SSLCACertificate of QuickFIX/n likewise",
    "SocketConnectHost": '`["host:port", ...]`; SocketConnectHost1 ... are the next in the list',
    "SocketConnectPort": "see SocketConnectHost",
    "SocketSendTimeout": "of QuickFIX/n; seconds, not milliseconds",
    "StartDay": '`windows = ["Sun 17:00-Fri 17:00"]`, `reset = "window"`',
    "StartTime": '`windows = ["08:00-17:00"]`, `reset = "window"`',
    "EndDay": "see StartDay",
    "EndTime": "see StartTime",
    "TimeStampPrecision": "SECONDS, MILLIS, MICROS, NANOS: `0`, `3`, `6`, `9`",
    "TimestampPrecision": "of QuickFIX; 0 to 9",
    "TimeZone": "UTC as well where QuickFIX has UseLocalTime=N",
    "Weekdays": '`["Mon", "Tue"]`',
}
"""How a value translates, where that is not plain."""

NONE: Final[Mapping[str, str]] = {
    "AllowPosDup": "whatever is sent with PossDupFlag(43) was sent before, and keeps its first time"
    " in OrigSendingTime(122)",
    "CmeEnhancedResend": "of one venue; `resend_request_chunk_size` and `closed_resend_interval`"
    " bound what is asked for",
    "ContinueInitializationOnError": "`fixgate check` and a start tell every problem; a gateway"
    " that lacks a session does not start",
    "DisconnectOnError": "a fault of fixgate stops the process, which recovers from its journal; a"
    " counterparty's is rejected",
    "DoNotSend": "a way of code; what is too old to be sent again is said by"
    " `resend_order_age_max_s`",
    "EnableResetSeqTime": "a reset time that is there is kept",
    "FileLogBackupPath": "the journal has all; `fixgate backup` copies it",
    "FileLogHeartbeats": "the journal has every message; `fixgate audit search` filters",
    "FileStoreMaxCachedMsgs": "what is asked for again is read from the journal, page by page",
    "FirstFieldInGroupIsDelimiter": "always so: the first field of a group's entry begins it",
    "ForceResendWhenCorruptedStore": "a damaged journal stops the start and says where",
    "HostSelectionPolicy": "the first of `hosts` is preferred, the next one tried when it gives no"
    " logon",
    "InChanCapacity": "a client that sends too fast is not read: `message_rate_per_s`",
    "JdbcURL": "the journal is the store; `database_url` is a view of it",
    "LogMessageWhenSessionNotFound": "what strangers send is kept as evidence, within"
    " `evidence_bytes_per_h`",
    "MessageStoreFactory": "the journal is the store; `database_url` is a view of it",
    "PersistMessages": "everything is journalled; filling over reports that a client asks for would"
    " lose them",
    "PreserveMessageFieldsOrder": "what is sent again keeps its order to the byte",
    "RefreshOnLogon": "numbers are what the journal says; there is no other copy that could be"
    " newer",
    "RejectMessageOnUnhandledException": "there is no code of yours in it; a fault of fixgate stops"
    " the process",
    "ResetOnError": "as DisconnectOnError",
    "SessionQualifier": "names tell sessions apart, and SubIDs where `sub_ids_identify`",
    "SocketInsecureSkipVerify": "a broker's certificate is always checked; `ca` may be that"
    " certificate itself",
    "SocketKeepAlive": "always on, with intervals that notice a dead peer",
    "SocketNodelay": "always on",
    "SocketReuseAddress": "always on",
    "SocketUseSSL": "a table listeners.tls or brokers.tls says so",
    "SocketTcpNoDelay": "always on",
    "SQLStoreDriver": "the journal is the store; `database_url` is a view of it",
    "SSLCheckCertificateRevocation": "nothing is fetched from a network: `crl` names a file",
    "SSLValidateCertificates": "as SocketInsecureSkipVerify",
    "UseLocalTime": "set `time_zone`: the machine's own zone is not looked at",
    "ValidateSequenceNumbers": "an order taken out of its order, or twice, is worse than a session"
    " that asks",
}
"""Why a setting has no counterpart."""

_PAGE: Final = """\
# From QuickFIX to fixgate

Settings of QuickFIX, QuickFIX/J, QuickFIX/n and quickfixgo, by name, and what they are in
`fixgate.toml`. One file has all sessions: an acceptor's are `[[clients]]`, an initiator's
`[[brokers]]`, and there is no `[DEFAULT]`. Y and N are `true` and `false`. What each of ours means:
`fixgate init --reference`. This page is what `fixgate init --reference --quickfix` prints.

| QuickFIX | fixgate | in | default | |
| --- | --- | --- | --- | --- |
{mapped}

Settings that have no counterpart, on purpose:

| QuickFIX | why |
| --- | --- |
{others}
"""


class Counterpart(BaseModel):
    """A setting of QuickFIX. `name`: ours, "" for none; then `note` is the reason."""

    quickfix: str
    name: str = ""
    sections: list[str] = []
    default: str = ""
    note: str


def counterparts() -> list[Counterpart]:
    """All that are known, by name."""
    found: dict[str, list[Setting]] = {}
    for part in parts():
        for setting in part.settings:
            for name in setting.quickfix:
                found.setdefault(name, []).append(setting)
    rows = [_mapped(name, settings) for name, settings in found.items()]
    rows += [Counterpart(quickfix=name, note=why) for name, why in NONE.items()]
    return sorted(rows, key=lambda row: row.quickfix.lower())


def _mapped(name: str, settings: list[Setting]) -> Counterpart:
    return Counterpart(
        quickfix=name,
        name=" or ".join(dict.fromkeys(setting.name for setting in settings)),
        sections=list(dict.fromkeys(setting.section for setting in settings)),
        default=" / ".join(dict.fromkeys(setting.default for setting in settings)),
        note=HOW.get(name, ""),
    )


def quickfix_page() -> str:
    """In Markdown: what corresponds to what, and what has no counterpart and why."""
    rows = counterparts()
    mapped = [_row(row) for row in rows if row.name]
    others = [f"| {row.quickfix} | {row.note} |" for row in rows if not row.name]
    return _PAGE.format(mapped="\n".join(mapped), others="\n".join(others))


def _row(row: Counterpart) -> str:
    sections = ", ".join(f"`{section.partition(' ')[0]}`" for section in row.sections)
    return f"| {row.quickfix} | `{row.name}` | {sections} | `{row.default}` | {row.note} |"
