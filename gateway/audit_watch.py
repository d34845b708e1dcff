"""Raises the alarm when the audit database stays behind the journal, and says when it is level."""

from collections.abc import Callable, Iterable
from typing import Final

import structlog

from gateway.control.views import AuditView
from gateway.engine import Engine
from gateway.link import Link

log = structlog.get_logger("fixgate")

AUDIT_LAG: Final = "AUDIT_LAG"


def messages_of(links: Iterable[Link]) -> int:
    """How many messages these sessions received and sent since the start."""
    counts = [link.session.counts for link in links]
    return sum(sum(each.received.values()) + sum(each.sent.values()) for each in counts)


class AuditWatch:
    """`look` is called now and then."""

    def __init__(self, engine: Engine, view: Callable[[], AuditView]) -> None:
        self._engine = engine
        self._view = view
        self._is_told = False

    def look(self, lag_max_s: float) -> None:
        """Tell once that it is further behind; again after it has been level. 0: never."""
        view = self._view()
        if view.lag_s < lag_max_s or not lag_max_s:
            if self._is_told and not view.lag_batches:
                self._is_told = False
                log.info("audit", text="the audit database is level with the journal again")
            return
        if not self._is_told:
            self._is_told = True
            why = f": {view.text}" if view.text else ""
            self._engine.alarm(
                AUDIT_LAG,
                f"the audit database ({view.state}) is {view.lag_s:.0f} s and"
                f" {view.lag_messages} messages behind, lag_max_s is {lag_max_s:g}{why}",
            )
