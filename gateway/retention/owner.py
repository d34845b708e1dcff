"""Whose an archive folder is: one journal's alone, which a small file in it names.

The file is for people, and keeps two gateways from beginning in one empty folder. What is believed
is what the journal told of the segments that it put there.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from gateway.config import Config
from gateway.retention.book import Retention
from gateway.retention.holds import retention_of
from store import archive, segment
from store.errors import JournalError, cause

MARK: Final = "belongs_to.json"
OWN: Final = "give this gateway an archive folder of its own ([archive] folder)"


@dataclass(frozen=True, slots=True)
class Owner:
    """A gateway's node, and the folder of its journal."""

    node: str
    journal: str


def owner_of(folder: Path) -> Owner | None:
    """Whose a folder says that it is; None if it says nothing that can be read."""
    try:
        return Owner(**json.loads((folder / MARK).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def claim(folder: Path, journal: Path, node: str) -> None:
    """Have a folder that is ours, or nobody's, say whose it is; raises JournalError where another
    gateway was faster.
    """
    wanted, path = Owner(node, str(journal.resolve())), folder / MARK
    if owner_of(folder) == wanted:
        return
    try:
        if path.exists():
            path.unlink()  # this journal lay elsewhere then
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps(asdict(wanted)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        segment.sync_folder(folder)
    except FileExistsError:
        raise JournalError(f"{folder}: another gateway has just taken it: {OWN}") from None
    except OSError as error:
        raise JournalError(f"{path}: cannot be written: {cause(error)}") from error


def check_ours(folder: Path, journal: Path, node: str, retention: Retention) -> None:
    """Raise JournalError where a folder is another journal's archive, or holds what this journal
    did not put there and would write over.
    """
    if not is_ours(folder, journal, node, retention):
        what = _not_ours(owner_of(folder), Owner(node, str(journal.resolve())), retention)
        raise JournalError(f"{folder.resolve()}: {what}: {OWN}")
    for number in archive.numbers_in(folder):
        path = archive.path_in(folder, number)
        if number > retention.archived_through and not archive.may_be_of(journal, number, path):
            raise JournalError(
                f"{path.resolve()}: is of another journal, or of this one before it was restored:"
                f" {OWN}"
            )


def _not_ours(owner: Owner | None, ours: Owner, retention: Retention) -> str:
    if owner is not None and owner != ours:
        return f"is the archive of {owner.journal} of node {owner.node}"
    told = retention.archived
    if told is None:
        return "holds segments that this journal did not put there"
    return (
        f"does not hold segment {told.segment} as this journal put it there: put it back from a"
        " copy; or, if it is another's archive"
    )


def is_ours(folder: Path, journal: Path, node: str, retention: Retention) -> bool:
    """Whether a folder is this journal's archive, or nobody's; raises JournalError and
    OSError."""
    numbers, owner = archive.numbers_in(folder), owner_of(folder)
    is_others = owner not in (None, Owner(node, str(journal.resolve())))
    if not numbers:
        return not is_others
    if is_others and owner is not None and is_another(Path(owner.journal), journal):
        return False  # it is still there: this journal is a copy of it
    told = retention.archived
    if told is not None and told.segment in numbers:
        path = archive.path_in(folder, told.segment)
        return archive.digest_of(path) == told.digest or archive.may_be_of(
            journal, told.segment, path
        )
    return any(archive.may_be_of(journal, n, archive.path_in(folder, n)) for n in numbers)


def is_another(there: Path, journal: Path) -> bool:
    """Whether there is a journal, and not this one by another name."""
    if not there.is_dir() or not segment.numbers_in(there):
        return False
    return not (journal.exists() and there.samefile(journal))


def problem_with(config: Config) -> str:
    """What is wrong with an archive folder that says it is another's; "" if nothing is."""
    folder, journal = config.archive.folder, config.gateway.data_dir / segment.JOURNAL_FOLDER
    owner = owner_of(folder)
    node = config.gateway.node
    if not config.archive.after_days or owner in (None, Owner(node, str(journal.resolve()))):
        return ""
    retention = retention_of(journal) if segment.numbers_in(journal) else Retention()
    if is_ours(folder, journal, node, retention):
        return ""
    return f"archive.folder: {folder} is the archive of {owner.journal} of node {owner.node}: {OWN}"
