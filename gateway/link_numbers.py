"""What the journal knows of a session: who it is and where its numbers stand."""

from gateway import events as ev
from sessions.sequence import Numbers


class LinkNumbers:
    """A session as the journal knows it: who it is and where its numbers stand."""

    __slots__ = (
        "defined",
        "epoch",
        "interval_epoch",
        "interval_ns",
        "next_in",
        "next_out",
        "number",
        "password",
        "rules",
        "state",
    )

    def __init__(self, defined: ev.LinkDefined) -> None:
        self.defined = defined
        self.number = defined.number
        self.epoch = 1
        self.next_in = 1
        self.next_out = 1
        self.interval_ns = 0
        self.interval_epoch = 0
        self.state = ""
        self.password: ev.PasswordChanged | None = None
        self.rules: ev.TagRulesInForce | None = None

    def stand_at(self, numbers: Numbers) -> None:
        """Messages move the numbers of a session that is there; here they are brought up to it."""
        self.epoch = numbers.epoch
        self.next_in = numbers.next_in
        self.next_out = numbers.next_out
