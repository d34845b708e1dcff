"""Steps of retention as operators are told of them."""

from gateway.control.audit_models import ArchiveView
from gateway.events import SegmentArchived, SegmentsExpired
from gateway.retention.work import Step


def archive_view(step: Step) -> ArchiveView:
    """A step as it is told."""
    event, left = step.event, step.left if step.is_one else step.plan
    gone: range = range(0)
    if isinstance(event, SegmentsExpired):
        gone = range(event.first_segment, event.last_segment + 1)
    packed = event if isinstance(event, SegmentArchived) else None
    return ArchiveView(
        archived=[step.number] if step.number else [],
        expired=list(gone),
        size=packed.size if packed else 0,
        packed_size=packed.packed_size if packed else 0,
        to_archive=left.archive,
        to_expire=left.expire,
        stays=left.stays,
        is_kept=left.is_kept,
    )
