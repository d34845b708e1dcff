"""Compares brokers by their factors, and writes down how. Pure."""

from typing import Final

from gateway.routing import Scoring
from gateway.routing.factors import FACTORS
from gateway.routing.factors.seen import Seen

THOUSANDTHS: Final = 1000


class Considered:
    """A broker that a route leads to. `why` it is left out, "" if it is not. `score` and `factors`
    in thousandths; `order`: its place in the configuration; `quote`: its own price for the order,
    where the strategy goes by that, "" for none; `share`: how much of a divided order it gets, or
    why it gets all of one that was to be.
    """

    __slots__ = ("broker", "factors", "order", "priority", "quote", "score", "share", "why")

    def __init__(self, broker: str, order: int, priority: int, why: str) -> None:
        self.broker = broker
        self.order = order
        self.priority = priority
        self.why = why
        self.quote = self.share = ""
        self.score = 0
        self.factors: dict[str, int] = {}


def compare(considered: list[Considered], seen: list[Seen], scoring: Scoring) -> None:
    """Give each its factors and its score. What is not known of one counts as the average of the
    others, and as 0 where it is known of none.
    """
    for name, factor in FACTORS.items():
        weight = scoring.weights.get(name, 0)
        if not weight:
            continue
        values = [factor(one) for one in seen]
        known = [value for value in values if value is not None]
        average = sum(known) // len(known) if known else 0
        for one, value in zip(considered, values, strict=True):
            counts = average if value is None else value
            if value is not None:
                one.factors[name] = value
            one.score += weight * counts
    for one in considered:
        one.score //= THOUSANDTHS


def best(considered: list[Considered]) -> Considered:
    """The one with the highest score, of equal ones that with the highest priority, of those the
    first of the configuration.
    """
    found = considered[0]
    for one in considered[1:]:
        if (one.score, one.priority) > (found.score, found.priority):
            found = one
    return found


def record(considered: list[Considered]) -> str:
    """Of each a line: name, score, factors that are known, why it is left out, its quote and its
    share if there is one.
    """
    lines = []
    for one in considered:
        factors = ",".join([f"{name}={value}" for name, value in one.factors.items()])
        more = f"\t{one.quote}" if one.quote or one.share else ""
        more += f"\t{one.share}" if one.share else ""
        lines.append(f"{one.broker}\t{one.score}\t{factors}\t{' '.join(one.why.split())}{more}")
    return "\n".join(lines)


def read_record(text: str) -> list[Considered]:
    """What `record` has written."""
    found = []
    for order, line in enumerate(text.split("\n") if text else ()):
        broker, score, factors, why, *more = line.split("\t")
        one = Considered(broker, order, 0, why)
        one.quote, one.share = (*more, "", "")[:2]
        one.score = int(score)
        for pair in factors.split(",") if factors else ():
            name, _, value = pair.partition("=")
            one.factors[name] = int(value)
        found.append(one)
    return found
