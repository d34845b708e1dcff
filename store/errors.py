"""Why the journal cannot go on. Each text names the file, what is wrong and what to do."""


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
