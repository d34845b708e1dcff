"""What the control API says of alerts, and is asked: one model for each."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from gateway.control.requests import Request
from gateway.control.views import View


class SinkTest(Request):
    """Send a test by the sink of this name."""

    sink: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class SinkTestView(View):
    """What came of a test: `text` is what the other side said, or why it was not `delivered`."""

    name: str
    type: str
    delivered: bool
    text: str
    took_ms: int
