"""Why the journal cannot go on. Each text names the file, what is wrong and what to do."""

import errno
from typing import Final


class StoreError(Exception):
    """Base of all."""


class JournalError(StoreError):
    """Reading or writing failed; after a failed write nothing may leave any more."""


class JournalLockedError(StoreError):
    """Another process has the journal open for writing."""


class JournalDamagedError(StoreError):
    """Bytes in the middle of the journal are not what was written."""


class JournalRewoundError(StoreError):
    """The journal does not hold the batch that a reader has already seen."""


_FOLDER: Final = "a file is where the folder should be: set [gateway] data_dir to a folder"
_PERMISSION: Final = "give the gateway's user permission to read and write it"

REMEDIES: Final = {
    errno.ENOSPC: "free space on this disk or move data_dir to a larger one",
    errno.EDQUOT: "raise the quota of the gateway's user",
    errno.EROFS: "the file system is read-only: remount it, and check the disk",
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.EFBIG: "raise the file size limit (ulimit -f) or lower [journal] segment_mb",
    errno.EIO: "the disk fails: move data_dir to another one",
    errno.ENOTDIR: _FOLDER,
    errno.EEXIST: _FOLDER,
    errno.ENOENT: "put it back from a backup, or check data_dir",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "raise the system's limit of open files",
}


def cause(error: OSError) -> str:
    """What went wrong and what to do, in one line."""
    remedy = REMEDIES.get(error.errno or 0, "check the disk")
    return f"{error.strerror or error}: {remedy}"
