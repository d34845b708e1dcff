"""What is known of the seals of the record."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class JournalSealed(Event):
    """The journal was sealed up to and with batch `batch`, whose hash is `head` (hex). `key`: that
    of the signature; `digest`: SHA-256 of the seal's file (hex); `why`: what it was made for.
    """

    seal_no: int
    batch: int
    head: str
    key: str
    digest: str
    why: str
