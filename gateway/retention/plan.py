"""What the policy asks for, as a journal and its archive stand. Reads files, changes nothing.

Segments are put away and expire from the oldest on: so what remains is one chain without a gap.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.recovery import history_of
from gateway.retention.book import Retention
from gateway.seals.seal import Seal
from sessions.values import NS_PER_S
from store import archive, segment
from store.errors import JournalDamagedError, JournalError
from store.pieces import beginning

DAY_NS: Final = 86_400 * NS_PER_S
MARGIN_NS: Final = DAY_NS
"""By how much a clock may have been set back within a segment, and a hold still finds it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Segments older than `after_days` are archived, 0: never; such as are older than `keep_days`
    expire, 0: never.
    """

    after_days: int
    keep_days: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Segments, in order. `archive`: to be put away; `expire`: to be removed; `stays`: why the one
    behind is not put away, and `is_kept` why the one behind does not expire; "" if nothing is next.
    """

    archive: list[int]
    expire: list[int]
    stays: str
    is_kept: str


def plan(
    journal: Path,
    policy: Policy,
    now: int,
    *,
    seal: Seal | None,
    resends_from: int,
    retention: Retention,
) -> Plan:
    """What is to be done at `now` (UTC ns). `resends_from`: the first segment that a
    ResendRequest(2) may ask for. Raises StoreError, also where the archive is not as it was left.
    """
    here = segment.numbers_in(journal)
    known = archive.known_numbers(journal)
    check_whole(journal, known, retention)
    put_away: list[int] = []
    stays = ""
    needed = min(resends_from, _history_from(journal, here))
    for number, ended_ns in _ended(journal, here, policy.after_days):
        stays = _why_here(number, ended_ns, now - policy.after_days * DAY_NS, seal, needed)
        if stays:
            break
        put_away.append(number)
    expire: list[int] = []
    is_kept = ""
    archived = [number for number in known if not here or number < here[0]]
    old = [number for number in archived if number > retention.expired_through]
    for number, ended_ns in _ended(journal, old + here[:1], policy.keep_days):
        is_kept = _why_kept(journal, number, ended_ns, now - policy.keep_days * DAY_NS, retention)
        if is_kept:
            break
        expire.append(number)
    return Plan(put_away, expire, stays, is_kept)


def check_whole(journal: Path, known: list[int], retention: Retention) -> None:
    """Raise JournalError where the archive lacks what was put there: a disk that is not mounted
    must not be taken for an empty one.
    """
    first = next((number for number in known if number > retention.expired_through), 0)
    if retention.archived is not None and first > retention.expired_through + 1:
        lacks = f"segments {retention.expired_through + 1} to {first - 1}"
        raise JournalError(
            f"{archive.folder_of(journal).resolve()}: lacks {lacks}, which were archived: mount it,"
            " or put them back from a copy"
        )


def _history_from(journal: Path, here: list[int]) -> int:
    """The first segment that a start reads orders from: by the newest snapshot, or the one before,
    which is taken if the newest does not survive.
    """
    told = (beginning(journal, number) for number in here[-2:])
    return min((1 if records is None else history_of(records) for records in told), default=1)


def _ended(journal: Path, numbers: list[int], days: int) -> Iterator[tuple[int, int]]:
    """Each segment but the last with when it ended (UTC ns): when the next one began, and never
    before one that is older. No number of days asks for nothing.
    """
    latest = 0
    for number, following in zip(numbers, numbers[1:] if days else (), strict=False):
        latest = max(latest, began_ns(journal, number), began_ns(journal, following))
        yield number, latest


def began_ns(journal: Path, number: int) -> int:
    """When a segment was begun (UTC ns)."""
    header = archive.read_header(journal, number)
    if header is None:
        path = archive.place_of(journal, number)
        raise JournalDamagedError(f"{path}: its header is damaged: see `fixgate audit verify`")
    return header.created_ns


def _day(time_ns: int) -> str:
    return f"{datetime.fromtimestamp(time_ns // NS_PER_S, UTC):%Y-%m-%d}"


def _why_here(number: int, ended_ns: int, before_ns: int, seal: Seal | None, needed: int) -> str:
    if ended_ns > before_ns:
        return f"segment {number} is of {_day(ended_ns)}: not yet old enough"
    if seal is None or seal.segment <= number:
        return f"segment {number} is not sealed yet"
    if number >= needed:
        return f"segment {number} may be needed: for orders that are known, or to send again"
    return ""


def _why_kept(
    journal: Path, number: int, ended_ns: int, before_ns: int, retention: Retention
) -> str:
    if ended_ns > before_ns:
        return f"segment {number} is of {_day(ended_ns)}: not yet past the policy"
    from_ns = began_ns(journal, number) - MARGIN_NS
    hold = retention.holding(from_ns, ended_ns + MARGIN_NS)
    return f"segment {number} is held by hold {hold.hold_no}: {hold.why}" if hold else ""
