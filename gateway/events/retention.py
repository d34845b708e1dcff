"""What is known of the record's age: what was put away, what was removed, and what is held."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class SegmentArchived(Event):
    """A segment of the journal, with the batches `first_batch` to `last_batch`, was compressed into
    the archive: `size` bytes to `packed_size`. `head`: the hash of its last batch, `digest`:
    SHA-256 of its file there (both hex).
    """

    segment: int
    first_batch: int
    last_batch: int
    head: str
    digest: str
    size: int
    packed_size: int
    who: str
    why: str


@dataclass(slots=True)
class SegmentsExpired(Event):
    """Archived segments are removed, by the policy. `last_ns` (UTC ns): the latest time in them;
    `head`: the hash of batch `last_batch` (hex), which the next one follows; `seal_no`: of the
    newest seal, which covers them, and `seal_digest` that of its file.
    """

    first_segment: int
    last_segment: int
    first_batch: int
    last_batch: int
    last_ns: int
    head: str
    seal_no: int
    seal_digest: str
    who: str
    why: str


@dataclass(slots=True)
class LegalHoldSet(Event):
    """What was recorded from `from_ns` to before `to_ns` (UTC ns; 0: no end) must not expire."""

    hold_no: int
    from_ns: int
    to_ns: int
    who: str
    why: str


@dataclass(slots=True)
class LegalHoldReleased(Event):
    """A hold is over."""

    hold_no: int
    who: str
    why: str
