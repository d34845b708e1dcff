"""What ends the demo before its time."""

from __future__ import annotations


class DemoError(Exception):
    """Something did not come about; the text says what, and what was expected."""


class FolderError(DemoError):
    """The folder that was named can't be used."""
