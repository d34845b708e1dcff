"""Settings of the process: folder, journal, audit database, archive, control socket, log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from gateway.config.kinds import Node, Seconds, Switch, Whole
from gateway.config.section import Section
from gateway.control.verbs import MAY_NEED_TWO


def _verbs(names: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in names if name not in MAY_NEED_TWO]
    if unknown:
        told = ", ".join(MAY_NEED_TWO)
        raise ValueError(f'"{unknown[0]}" cannot wait for a second person; these can: {told}')
    return names


class GatewaySettings(Section):
    """The process itself."""

    node: Node = "A"
    """One or two capital letters or digits; part of every OrderID(37), so unique per gateway."""
    data_dir: Path = Field(
        default=Path("data"), json_schema_extra={"quickfix": "FileStorePath, FileLogPath"}
    )
    """Folder of journal, audit database and control socket; relative to this file."""
    drain_deadline_s: Seconds = Field(default=10.0, ge=0, le=3600)
    """Seconds a stop waits for answers that are still due before it logs out and ends."""
    clock_unsynchronised: Literal["alarm", "record"] = "alarm"
    """What it means that the kernel says that the clock is not synchronised: with "alarm" somebody
    must see it, "record" is for containers whose host keeps the clock and does not tell them."""


class JournalSettings(Section):
    """The record of every message and event, synced before anything leaves."""

    segment_mb: Whole = Field(default=64, ge=1, le=4096)
    """Size of one journal file in MiB; a snapshot opens each."""
    sync: Literal["batch", "os"] = Field(
        default="batch", json_schema_extra={"quickfix": "FileStoreSync"}
    )
    """With "batch" each batch is on disk before its bytes leave; "os" does not cover power loss."""
    writer: Literal["inline", "thread"] = "inline"
    """Who waits for the disk: "inline" is fastest, "thread" keeps answering when a disk stalls."""
    pending_max_mb: Whole = Field(default=64, ge=1, le=4096)
    """MiB that may wait for the disk where a thread writes; beyond it nothing more is read until
    they are written."""
    history_days: Whole = Field(default=2, ge=1, le=3650)
    """Days a closed order stays known, for late reports and duplicate ids, also over a restart."""
    history_refused_max: Whole = Field(default=10_000, ge=0)
    """Refused orders, and refused cancels and replaces, that stay known of each client within these
    days; the ids of older ones can be used again."""
    parked_executions_max: Whole = Field(default=10_000, ge=1)
    """Executions that fit no order and are kept in sight (`fixgate orders orphans`); the oldest
    beyond are in the journal only, with an alarm."""
    disk_warn_mb: Whole = Field(default=2048, ge=0)
    """An alarm is raised when the disk has less free MiB; 0: not before orders are refused."""
    disk_reserve_mb: Whole = Field(default=256, ge=1)
    """New orders are refused when the disk has less free MiB; cancels and reports still go. They
    are taken again when there is a tenth more."""


class AuditSettings(Section):
    """The searchable database, a view of the journal that can be rebuilt at any time."""

    enabled: Switch = True
    """Whether `fixgate run` starts and watches the projector process."""
    database_url: str = Field(default="sqlite:///{data_dir}/audit.db", repr=False)
    """SQLAlchemy URL; PostgreSQL: "postgresql+psycopg://user@host/name". One with a password stands
    elsewhere: "env:NAME", "file:PATH" or "keyring:SERVICE/USER" says where."""
    lag_max_s: Seconds = Field(default=60.0, ge=0, le=86_400)
    """Seconds that it may be behind the journal before the alarm AUDIT_LAG; 0: no alarm."""
    keys_dir: Path = Path("{data_dir}/keys")
    """Folder of the keys that seal the journal (`fixgate audit keys`); better on another disk."""


class ArchiveSettings(Section):
    """How long the record is kept: whole files of the journal that are sealed."""

    folder: Path = Path("{data_dir}/archive")
    """Folder that they are moved to, compressed; better on another disk, or a mounted store."""
    after_days: Whole = Field(default=0, ge=0, le=36_500)
    """Days until they are moved there; 0: never. Only what is sealed, and what no start needs."""
    keep_days: Whole = Field(default=0, ge=0, le=36_500)
    """Days until they are removed from there, with their rows of the audit database, unless a legal
    hold keeps them (`fixgate audit hold`); 0: never. 2557 are seven years."""

    @model_validator(mode="after")
    def _goes_through_the_archive(self) -> ArchiveSettings:
        if self.keep_days and not 0 < self.after_days < self.keep_days:
            text = "nothing expires that was not archived: keep_days needs a smaller after_days"
            raise ValueError(f"{text}, of at least 1")
        return self


class ControlSettings(Section):
    """The local control API that the operator commands use."""

    socket: Path = Path("{data_dir}/control.sock")
    """Unix socket of the gateway's user; at most 107 bytes long."""
    socket_group: str = ""
    """Group of operating-system users who may use the socket as well; "": the gateway's user only.
    They must be able to reach its folder."""
    operators: Literal["off", "required"] = "off"
    """Who may command: "off", whoever reaches the socket, known by its operating-system user;
    "required", named operators with a token only, see "Operators" in README.md."""
    second_person: Annotated[tuple[str, ...], AfterValidator(_verbs)] = ()
    """Commands that are done when a second person approves, as ["resume", "orders settle"]."""
    second_person_expires_s: Seconds = Field(default=3600.0, gt=0, le=604_800)
    """Seconds after which nobody can approve any more what waits for a second person."""
    proposals_max: Whole = Field(default=100, ge=1, le=10_000)
    """Commands that may wait for a second person at a time; more are refused."""
    refusals_per_minute_max: Whole = Field(default=20, ge=1, le=10_000)
    """Refused commands a minute that are recorded and alarmed; more are only counted."""


class MetricsSettings(Section):
    """Metrics for Prometheus, at http://HOST:PORT/metrics; whoever reaches the port reads them."""

    host: str = Field(default="127.0.0.1", min_length=1)
    """Address to listen on."""
    port: Whole = Field(default=0, ge=0, le=65535)
    """TCP port; 0: no metrics."""


class LogSettings(Section):
    """The process log: starts, stops, alarms; single messages only on wish, the journal has all."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe level that is written."""
    format: Literal["console", "json"] = "console"
    """For people "console"; for machines "json", one object a line."""
    messages: Switch = Field(
        default=False,
        json_schema_extra={"quickfix": "ScreenLogShowIncoming, ScreenLogShowOutgoing"},
    )
    """Write each message as well, `< 35=D|...` for one that came, `> ...` for one that left, with
    passwords blanked, at level "info". For watching, not for speed. A client's or broker's
    log_messages goes over it."""


class PasswordSettings(Section):
    """How passwords of clients are guarded; see "Exposing it" in README.md."""

    failures_max: Whole = Field(default=5, ge=1, le=1000)
    """Wrong passwords in a row, for one client from one address, that lock this address out."""
    failures_spread_max: Whole = Field(default=50, ge=1, le=100_000)
    """Wrong passwords for one client, from addresses it never logged on from, that lock out all of
    those; addresses it has logged on from stay open."""
    lockout_s: Seconds = Field(default=60.0, gt=0, le=86_400)
    """Seconds that the first lockout lasts; each further one twice as long as the one before."""
    lockout_max_s: Seconds = Field(default=3600.0, gt=0, le=604_800)
    """Longest lockout; after as long without a wrong password all is forgotten."""
    checks_max: Whole = Field(default=256, ge=1, le=10_000)
    """Logon(A)s whose password may wait to be checked, one at a time; of more the last one of the
    address that has most is turned away."""
    new_password_min_length: Whole = Field(default=12, ge=1, le=256)
    """Least characters of a NewPassword(925)."""
