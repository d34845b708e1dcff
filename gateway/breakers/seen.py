"""What a condition sees of one scope. Pure."""

from decimal import Decimal

from gateway.breakers.rules import Breaker
from gateway.breakers.tallies import Tally


class Seen:
    """At `now` (UTC ns), for the breaker `rule`: `tally`, where it counts something; how many
    `messages` came; how long (ns) a broker's answers took or are waited for (`waits`, shortest
    first); `unknown` orders; the `result` of the day of its positions, realised and at market
    (None: a price or rate is missing), the best one (`peak`), and the one that losses count from
    (`mark`); the `size` of its largest position.
    """

    __slots__ = (
        "mark",
        "messages",
        "now",
        "peak",
        "result",
        "rule",
        "size",
        "tally",
        "unknown",
        "waits",
    )

    def __init__(self, rule: Breaker, now: int) -> None:
        self.rule = rule
        self.now = now
        self.tally: Tally | None = None
        self.unknown = self.messages = 0
        self.waits: list[int] = []
        self.result: Decimal | None = None
        self.peak: Decimal | None = None
        self.mark = Decimal(0)
        self.size: Decimal | None = None

    @property
    def since(self) -> int:
        """When the window began."""
        return self.now - self.rule.window_ns
