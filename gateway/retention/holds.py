"""Legal holds: what it takes to set and to release one, and what a journal knows of them."""

from pathlib import Path

from gateway.control.errors import DeskError
from gateway.events import LegalHoldReleased, LegalHoldSet, decode
from gateway.operators import action
from gateway.recovery import newest_records
from gateway.retention.book import Retention
from store.record import EVENT, SNAPSHOT


def set_hold(
    retention: Retention, from_ns: int, to_ns: int, *, who: str, why: str
) -> tuple[LegalHoldSet, bytes]:
    """The event of a new hold from one time to before another (UTC ns; 0 and 0: on all), and what
    the journal keeps of who did it. Raises DeskError.
    """
    if to_ns and to_ns <= from_ns:
        raise DeskError("BAD_TIMES", "a hold that ends before it begins holds nothing", "")
    event = LegalHoldSet(retention.next_hold_no, from_ns, to_ns, who, why)
    asked = {"hold": event.hold_no, "from_ns": from_ns, "to_ns": to_ns}
    said = action(who, why, "audit hold set", **asked, **gone_of(retention, from_ns))
    return event, said


def gone_of(retention: Retention, from_ns: int) -> dict[str, int]:
    """What a hold from a time on (UTC ns) comes too late for, as `HoldView` has it; empty if
    nothing of it has expired.
    """
    expired = retention.expired
    if expired is None or from_ns > expired.last_ns:
        return {}
    return {"gone_until_ns": expired.last_ns, "gone_through_batch": expired.last_batch}


def release(
    retention: Retention, number: int, *, who: str, why: str
) -> tuple[LegalHoldReleased, bytes]:
    """Likewise of one that is over; raises DeskError for a number that holds nothing."""
    if number not in retention.holds:
        text = f"there is no hold {number}"
        raise DeskError("NO_SUCH_HOLD", text, "`fixgate audit hold list` shows those there are")
    event = LegalHoldReleased(number, who, why)
    return event, action(who, why, "audit hold release", hold=number)


def retention_of(journal: Path) -> Retention:
    """What a journal says of holds and of what has expired, also one that a gateway is writing;
    raises StoreError.
    """
    found = Retention()
    appliers = found.appliers()
    names = tuple(f"{kind.__name__}\x01".encode() for kind in appliers)
    for record in newest_records(journal):
        if record.kind in (EVENT, SNAPSHOT) and record.payload.startswith(names):
            event = decode(record.payload)
            appliers[type(event)](event, record.time_ns, record.payload)
    return found
