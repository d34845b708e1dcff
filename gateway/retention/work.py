"""The steps of retention on files. Each can be done again after a crash at any point: what is to be
removed is removed only when the journal tells of it.

May run in a thread; reads and writes files, and no state. Raises StoreError.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

from gateway.events import SegmentArchived, SegmentsExpired
from gateway.retention.book import Retention
from gateway.retention.owner import check_ours, claim
from gateway.retention.plan import DAY_NS, Plan, Policy, plan
from gateway.seals.making import Place, check_holds, newest_seal
from gateway.seals.seal import Seal
from store import archive, segment
from store.errors import JournalDamagedError, JournalError, cause
from store.recovery import scan
from store.whole_file import remove_partial

EXPIRED_AT_ONCE: Final = 16
AHEAD_MAX_NS: Final = 30 * DAY_NS
"""By how much the clock may go on from one seal to the next before it is doubted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What retention works on. `folder`: of the archive; `resends_from`: the first segment that a
    ResendRequest(2) may ask for; `retention`: as the journal tells it, unchanged meanwhile.
    """

    place: Place
    folder: Path
    policy: Policy
    resends_from: int
    retention: Retention


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was begun. `plan`: what was to be done before it; `event`: what the journal has
    to tell before it is finished, None if it does already; `number`: the segment that then leaves
    the journal's folder, 0: none.
    """

    plan: Plan
    event: SegmentArchived | SegmentsExpired | None
    number: int

    @property
    def is_one(self) -> bool:
        """Whether anything is done."""
        return self.number > 0 or self.event is not None

    @property
    def left(self) -> Plan:
        """What is to be done after it."""
        event = self.event
        if self.number:
            return replace(self.plan, archive=self.plan.archive[1:])
        if isinstance(event, SegmentsExpired):
            left = [number for number in self.plan.expire if number > event.last_segment]
            return replace(self.plan, expire=left)
        return replace(self.plan, expire=[])  # every time in the next one is not past the policy


def look(task: Task, now: int) -> tuple[Plan, Seal | None]:
    """What is to be done at `now` (UTC ns), and the seal that covers it; changes nothing."""
    check_folders(task)
    return _look(task, now)


def check_folders(task: Task) -> None:
    """Raise JournalError where the archive, or what is to be it, is another journal's."""
    folders = {archive.folder_of(task.place.journal).resolve()}
    if task.policy.after_days:
        folders.add(task.folder.resolve())
    for folder in folders:
        check_ours(folder, task.place.journal, task.place.node, task.retention)


def _look(task: Task, now: int) -> tuple[Plan, Seal | None]:
    place = task.place
    seal = newest_seal(place)
    if seal is not None:
        check_holds(place.journal, seal)
        if task.policy.keep_days:
            check_clock(place, seal, now)
    found = plan(
        place.journal,
        task.policy,
        now,
        seal=seal,
        resends_from=task.resends_from,
        retention=task.retention,
    )
    return found, seal


def check_clock(place: Place, seal: Seal, now: int) -> None:
    """Raise JournalError where the clock went far ahead since the seal before the last: what it
    makes old would be gone before anybody could set it right.
    """
    times = [seal.time_ns, now]
    if seal.number > 1:
        times.insert(0, place.seals.read(seal.number - 1).time_ns)
    ahead = max(later - earlier for earlier, later in pairwise(times))
    if ahead > AHEAD_MAX_NS:
        raise JournalError(
            f"{place.journal}: the clock went {ahead // DAY_NS} days ahead since a seal: set it"
            " right; or, if it is right, say so by another `fixgate audit seal`"
        )


def begin(task: Task, now: int, pause: Callable[[], object], *, who: str, why: str) -> Step:
    """Do the first part of what is to be done next: one segment is put away, or some expire."""
    journal = task.place.journal
    check_folders(task)
    if task.policy.after_days:
        archive.link(journal, task.folder)
    clean(journal, task.retention)
    found, seal = _look(task, now)
    if found.archive:
        number = found.archive[0]
        claim(archive.folder_of(journal), journal, task.place.node)
        event = put_away(journal, number, task.retention, pause, who=who, why=why)
        return Step(found, event, number)
    return Step(found, expiry(task, found.expire, seal, now, who=who), 0)


def finish(task: Task, step: Step) -> None:
    """Do the rest of a step, of which the journal tells by now."""
    journal = task.place.journal
    if step.is_one:
        _make_durable(journal)
    if step.number:
        take_away(journal, step.number)
    elif isinstance(step.event, SegmentsExpired):
        remove_expired(journal, step.event)


def _make_durable(journal: Path) -> None:
    """What the journal tells must not be lost behind a removal: with `journal.sync = "os"` it may
    be in memory.
    """
    segment.sync(journal, segment.numbers_in(journal)[-1])


@dataclass(frozen=True, slots=True)
class Facts:
    """What a segment holds, checked batch by batch: numbers, times (UTC ns) and the last hash."""

    first_batch: int
    last_batch: int
    first_ns: int
    last_ns: int
    head: str


def facts_of(journal: Path, number: int) -> Facts:
    """Read a whole segment, wherever it lies; raises JournalDamagedError if it is not as it was, or
    does not lead to the next one.
    """
    first = last = 0
    times = []
    head = b""
    for batch in scan(journal, number):
        if batch.position.segment != number:
            break
        first = first or batch.number
        last, head = batch.number, batch.hash
        times.append(batch.time_ns)
    following = archive.read_header(journal, number + 1)
    if not first or following is None or following.previous != head:
        path = archive.place_of(journal, number)
        raise JournalDamagedError(f"{path}: does not lead to the next: see `fixgate audit verify`")
    return Facts(first, last, min(times), max(times), head.hex())


def clean(journal: Path, retention: Retention) -> list[Path]:
    """Remove what a crash left: half-written files, segments in the archive that the journal says
    have expired. Returns what there was.
    """
    folder = archive.folder_of(journal)
    try:
        left = remove_partial(folder) if folder.is_dir() else []
    except OSError as error:
        raise JournalError(f"{folder}: {cause(error)}") from error
    over = [n for n in archive.numbers_in(folder) if n <= retention.expired_through]
    if over:
        _make_durable(journal)
    for number in over:
        left.append(archive.path_of(journal, number))
        archive.remove(left[-1])
    return left


def put_away(
    journal: Path,
    number: int,
    retention: Retention,
    pause: Callable[[], object],
    *,
    who: str,
    why: str,
) -> SegmentArchived | None:
    """Write a segment into the archive and read it back. Returns what is to be told in the journal
    before `take_away`, None if that tells of it already.
    """
    facts = facts_of(journal, number)
    packed = archive.pack(journal, number, pause)
    if packed.was_there and number <= retention.archived_through:
        return None
    return SegmentArchived(
        number,
        facts.first_batch,
        facts.last_batch,
        facts.head,
        packed.digest,
        packed.size,
        packed.packed_size,
        who,
        why,
    )


def take_away(journal: Path, number: int) -> None:
    """Remove a segment that is in the archive from the journal's folder."""
    if not archive.path_of(journal, number).exists():
        path = archive.path_of(journal, number)
        raise JournalError(f"{path}: was written, and is gone: the segment stays where it is")
    archive.remove(segment.path_of(journal, number))


def expiry(
    task: Task, numbers: list[int], seal: Seal | None, now: int, *, who: str
) -> SegmentsExpired | None:
    """What is to be told in the journal before these segments are removed: of as many, from the
    first on, as are past the policy by every single time in them. None if there is none.
    """
    gone: list[Facts] = []
    keep_days = task.policy.keep_days
    for number in numbers[:EXPIRED_AT_ONCE]:
        facts = facts_of(task.place.journal, number)
        young = facts.last_ns > now - keep_days * DAY_NS
        if young or task.retention.holding(facts.first_ns, facts.last_ns) is not None:
            break
        gone.append(facts)
    if not gone or seal is None or seal.batch < gone[-1].last_batch:
        return None
    return SegmentsExpired(
        first_segment=numbers[0],
        last_segment=numbers[len(gone) - 1],
        first_batch=gone[0].first_batch,
        last_batch=gone[-1].last_batch,
        last_ns=max(facts.last_ns for facts in gone),
        head=gone[-1].head,
        seal_no=seal.number,
        seal_digest=seal.digest,
        who=who,
        why=f"older than keep_days = {keep_days}",
    )


def remove_expired(journal: Path, event: SegmentsExpired) -> None:
    """Remove what the journal says has expired, oldest first."""
    for number in range(event.first_segment, event.last_segment + 1):
        archive.remove(archive.path_of(journal, number))
