"""What can go wrong between an operator's command and the gateway.

Owns the five failures and nothing else, so that a command that fails need not load a server.
"""

from __future__ import annotations


class DeskError(Exception):
    """A request that can't be done: a code for programs, a text for people, and the remedy."""

    def __init__(self, code: str, text: str, remedy: str = "", status: int = 409) -> None:
        super().__init__(_sentence(text, remedy))
        self.code = code
        self.text = text
        self.remedy = remedy
        self.status = status


def _sentence(text: str, remedy: str) -> str:
    if not remedy:
        return text
    if text.endswith("?"):
        return f"{text} {remedy[0].upper()}{remedy[1:]}"
    return f"{text}; {remedy}"


class GatewayNotRunning(Exception):  # noqa: N818 - a state of the world, named as one
    """Nobody listens on the control socket."""


class NoAnswer(Exception):  # noqa: N818 - a state of the world, named as one
    """A gateway runs and does not answer, or went away before it did: what was asked for may be
    done by now, or not.
    """


class WaitsForApproval(Exception):  # noqa: N818 - a state of the world, named as one
    """What was asked for is not done: it waits for a second person."""

    def __init__(self, key: str, verb: str) -> None:
        super().__init__(
            f"`{verb}` needs a second person and waits as {key}; somebody else does it by"
            f" `fixgate approvals approve {key}`"
        )
        self.key = key


class ControlSocketError(Exception):
    """The control socket can't be opened; the text names the path and the remedy."""
