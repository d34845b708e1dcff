"""The alarm of an audit database that stays behind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from gateway.audit.lag import Lag
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


def test_an_hour_without_the_database_is_told_once_and_ends_where_it_is_level() -> None:
    told: list[str] = []
    engine = cast(Any, SimpleNamespace(alarm=lambda _code, text: told.append(text)))
    lag = Lag()
    at = {"now": 0.0, "batch": 10, "reached": 10}

    def view() -> AuditView:
        lag.note(int(at["batch"]), int(at["batch"]) * 6, at["now"], int(at["reached"]))
        behind = int(at["batch"] - at["reached"])
        return AuditView(
            state="failing",
            lag_batches=behind,
            lag_s=lag.seconds(at["now"]),
            lag_messages=lag.messages,
        )

    watch = AuditWatch(engine, view)
    watch.look(60.0)
    for second in range(1, 3601):
        at["now"], at["batch"] = float(second), at["batch"] + 50
        watch.look(60.0)
    assert told == [
        f"the audit database (failing) is 60 s and {61 * 300} messages behind, lag_max_s is 60"
    ]
    assert (view().lag_s, view().lag_messages) == (3599.0, 3600 * 300)
    while at["reached"] < at["batch"]:
        at["now"], at["reached"] = at["now"] + 1, min(at["reached"] + 9_000, at["batch"])
        watch.look(60.0)
    assert (view().lag_s, view().lag_messages, len(told)) == (0.0, 0, 1)
    at["batch"] += 1
    watch.look(60.0)
    at["now"] += 60
    watch.look(60.0)
    assert len(told) == 2
