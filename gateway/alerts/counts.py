"""What became of a sink's alerts since the start."""

from __future__ import annotations

import structlog

log = structlog.get_logger("fixgate")


class SinkCounts:
    """`sent`, `failed` and `dropped` alerts; `problem`: why the last attempt failed, "" if it did
    not.
    """

    def __init__(self) -> None:
        self.sent = 0
        self.failed = 0
        self.dropped = 0
        self.problem = ""

    def drop(self, sink: str) -> None:
        """One came while queue_max of them waited; the log tells of the first and of each 100th."""
        if self.dropped % 100 == 0:
            log.error("alerts dropped", sink=sink, limit="queue_max", dropped=self.dropped + 1)
        self.dropped += 1
