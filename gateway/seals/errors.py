"""Why nothing can be sealed, or a seal can't be read. Each text names the file and what to do."""

from store.errors import StoreError


class SealError(StoreError):
    """Base of all."""


class SealKeyError(SealError):
    """A key can't be made, read or used."""
