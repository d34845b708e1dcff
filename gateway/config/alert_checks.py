"""Checks of alerts: what they name must be there, and is not sent for all to read.

Part of `checks.CHECKS`; each check takes a draft and yields problems.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.alarm_codes import ALARM_CODES
from gateway.config.alerts import EVERY, Alert, EmailSink, NewsSink, WebhookSink
from gateway.config.problems import Problem, no_such

if TYPE_CHECKING:
    from gateway.config.checks import Draft


def alerts_resolve(draft: Draft) -> Iterator[Problem]:
    """Names that must exist, and settings that agree."""
    for index, code in draft.written("alerts", "codes"):
        if code not in ALARM_CODES and code != EVERY:
            yield Problem(("alerts", index, "codes"), no_such("code", code, set(ALARM_CODES)))
    clients = {name for _, name in draft.names("clients")}
    for index, name in draft.written("alerts", "sessions"):
        if name not in clients:
            yield Problem(("alerts", index, "sessions"), no_such("client", name, clients))
    for index, sink in draft.alerts.items():
        yield from _of_a_sink(index, sink)


def _of_a_sink(index: int, sink: Alert) -> Iterator[Problem]:
    if isinstance(sink, NewsSink):
        return
    if sink.retry_max_s < sink.retry_min_s:
        text = f"must be at least retry_min_s, which is {sink.retry_min_s:g}"
        yield Problem(("alerts", index, "retry_max_s"), text)
    if isinstance(sink, EmailSink):
        if sink.password and not sink.username:
            yield Problem(("alerts", index, "password"), "needs a username")
        elif sink.username and sink.encryption == "none":
            text = 'would send a password for all to read: set "starttls" or "tls"'
            yield Problem(("alerts", index, "encryption"), text)


def in_clear(sink: Alert) -> str:
    """The host that a sink sends to without encryption, "" for none."""
    if isinstance(sink, WebhookSink) and urlsplit(sink.url).scheme == "http":
        return urlsplit(sink.url).hostname or ""
    if isinstance(sink, EmailSink) and sink.encryption == "none":
        return sink.host
    return ""
