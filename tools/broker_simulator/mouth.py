"""How the broker's answers reach the wire: in order, or with the trouble that was asked for.

Owns the messages to be sent, and which of them are held back, doubled or repeated. Decides nothing
about orders.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from tools.broker_simulator.book import TRADE, Change, Order
from tools.broker_simulator.settings import BrokerSettings
from tools.fix_peer import Pairs, tags

MILLISECOND: Final = 1_000_000
PLAINLY: Final = "same ExecID(17) again"
POSS_RESEND: Final = "again with PossResend(97)"
POSS_DUP: Final = "again with PossDupFlag(43) under the same MsgSeqNum(34)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One message for the peer."""

    msg_type: str
    body: Pairs
    repeats: str = ""
    """Empty: news. Else how it repeats the message before it."""


class Mouth:
    """Answers on their way out."""

    def __init__(self, settings: BrokerSettings) -> None:
        self._settings = settings
        self._ready: list[Answer] = []
        self._held: dict[int, Answer] = {}

    def take(self) -> list[Answer]:
        """What is to be sent now, in order."""
        ready, self._ready = self._ready, []
        return ready

    def say(self, msg_type: str, body: Pairs) -> None:
        """An answer that concerns no order of ours."""
        self._ready.append(Answer(msg_type=msg_type, body=body))

    def say_of(self, order: Order, change: Change, msg_type: str, body: Pairs) -> None:
        """An answer about an order: sent, or held until the order's next one has gone."""
        answer = Answer(msg_type=msg_type, body=body)
        held = self._held.pop(order.number, None)
        more_to_come = bool(order.plan)
        if held is None and more_to_come and self._roll(order, "reorder") is not None:
            self._held[order.number] = answer
            return
        self._ready.append(answer)
        if change.kind == TRADE:
            self._double(order, answer)
        if held is not None:
            self._ready.append(held)

    def _double(self, order: Order, answer: Answer) -> None:
        dice = self._roll(order, "duplicate")
        if dice is None:
            return
        how = dice.choice((PLAINLY, POSS_RESEND, POSS_DUP))
        body = [(tags.POSS_RESEND, "Y"), *answer.body] if how == POSS_RESEND else answer.body
        self._ready.append(Answer(msg_type=answer.msg_type, body=body, repeats=how))

    def _roll(self, order: Order, trouble: str) -> random.Random | None:
        return roll(self._settings, order, f"{trouble}/{order.cum}")


def roll(settings: BrokerSettings, order: Order, trouble: str) -> random.Random | None:
    """Whether this trouble strikes this order: then dice for its details.

    Every roll has dice of its own, made from the seed, the order's number and the trouble, so that
    one setting does not change what another one does.
    """
    rates = {
        "reject": settings.reject_rate,
        "duplicate": settings.duplicate_rate,
        "reorder": settings.reorder_rate,
        "late fill": settings.late_fill_rate,
    }
    rate = rates[trouble.partition("/")[0]]
    if rate <= 0:
        return None
    dice = dice_of(settings, order, trouble)
    return dice if dice.random() < rate else None


def dice_of(settings: BrokerSettings, order: Order, purpose: str) -> random.Random:
    """Dice for one purpose of one order."""
    return random.Random(f"{settings.seed}/{order.number}/{purpose}")
