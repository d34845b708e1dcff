"""The alarm of an audit database that stays behind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from gateway.audit_watch import AuditWatch
from gateway.control.views import AuditView


def test_it_is_told_once_and_again_after_it_was_level() -> None:
    told: list[tuple[str, str]] = []
    engine = cast(Any, SimpleNamespace(alarm=lambda code, text: told.append((code, text))))
    seen: list[AuditView] = []
    watch = AuditWatch(engine, lambda: seen[-1])

    def look(lag_s: float, batches: int, lag_max_s: float = 60.0) -> int:
        view = AuditView(
            state="failing", lag_batches=batches, lag_s=lag_s, lag_messages=7, text="x"
        )
        seen.append(view)
        watch.look(lag_max_s)
        return len(told)

    assert [look(59, 3), look(61, 4), look(90, 9), look(20, 2), look(70, 8)] == [0, 1, 1, 1, 1]
    assert [look(0, 0), look(5, 1), look(60, 5)] == [1, 1, 2]
    assert look(0, 0) == look(10_000, 5, lag_max_s=0) == 2
    assert told[0] == (
        "AUDIT_LAG",
        "the audit database (failing) is 61 s and 7 messages behind, lag_max_s is 60: x",
    )
