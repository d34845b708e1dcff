"""Why an event of the journal cannot be read."""

from store.errors import StoreError


class UnknownEventError(StoreError):
    """The journal holds an event that this version of the program does not know, or one with values
    that no version writes.
    """
