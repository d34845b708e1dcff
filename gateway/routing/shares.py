"""Divides a quantity among brokers. Pure."""

from typing import Final

THOUSANDTHS: Final = 1000


class Taker:
    """A broker that may have a part: by which `score` (thousandths), and at `least` and at `most`
    how many lots; `most` 0: any.
    """

    __slots__ = ("broker", "least", "most", "score")

    def __init__(self, broker: str, score: int, least: int = 1, most: int = 0) -> None:
        self.broker = broker
        self.score = score
        self.least = least
        self.most = most


def divide(lots: int, takers: list[Taker]) -> dict[str, int]:
    """Lots by broker, those of all: each has its score above the lowest, and one point more, as its
    weight; what rounding leaves goes to the largest remainders. Who would get less than it takes
    gets nothing, the lowest score first. Nothing at all, if they cannot take so many.
    """
    left = list(takers)
    while left:
        shares = _by_weight(lots, left)
        small = [one for one in left if shares.get(one.broker, 0) < max(one.least, 1)]
        if not shares or not small:
            return shares
        left.remove(min(reversed(small), key=_score))
    return {}


def _score(one: Taker) -> int:
    return one.score


def _by_weight(lots: int, takers: list[Taker]) -> dict[str, int]:
    """Who gets as much as it may leaves the rest to the others."""
    shares: dict[str, int] = {}
    rest, open_ = lots, list(takers)
    while open_:
        found = _largest_remainder(rest, open_)
        full = [one for one in open_ if 0 < one.most < found[one.broker]]
        if not full:
            shares |= found
            return {one.broker: shares[one.broker] for one in takers}
        for one in full:
            shares[one.broker] = one.most
            rest -= one.most
            open_.remove(one)
    return {}


def _largest_remainder(lots: int, takers: list[Taker]) -> dict[str, int]:
    lowest = min([one.score for one in takers])
    weights = [one.score - lowest + THOUSANDTHS for one in takers]
    total = sum(weights)
    shares = [lots * weight // total for weight in weights]
    remainders = [(-(lots * weight % total), at) for at, weight in enumerate(weights)]
    for _, at in sorted(remainders)[: lots - sum(shares)]:
        shares[at] += 1
    return {one.broker: share for one, share in zip(takers, shares, strict=True)}
