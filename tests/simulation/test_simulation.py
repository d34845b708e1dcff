"""Seeds that did not hold once, and a few more; `make simulate` searches for others."""

from __future__ import annotations

import pytest

from tests.simulation.simulation import simulate

ONCE_FAILED = {
    38: "a client was told Pending Cancel for an operator's cancel, and not that it was refused",
    66: "the broker simulator, started again, had pending what it had answered before",
    71: "a replace whose answer the end of its order had overtaken was never answered",
    84: "the network left a client connected to a gateway that had died with messages unread",
    92: "a cancel that came too late for the last slice of an order was never answered",
    285: "of a broker that lost its reports, and was not reconciled, no order was asked for",
    286: "a replace that was refused here and done at the broker was not told to the client",
    458: "what the broker's answer told, and no report had told, was not told to the client",
}
ONCE_FAILED_SHORT = {
    20119: "the broker simulator kept its answer to a replace for a fill that was not to come",
    20525: "a replace was told as refused that was done before the cancel that overtook it",
    21059: "a replace whose report the broker had lost was not told from what it answered",
    22785: "a replace was never told that a canceled order had been through",
    22995: "a cancel was never answered whose order had not got to the broker",
    575: "a client that had sent too fast was not read any more once the clock was set back",
}
OTHERS = range(1, 9)


@pytest.mark.parametrize("seed", [*ONCE_FAILED, *ONCE_FAILED_SHORT, *OTHERS])
def test_nothing_is_lost_or_doubled_whatever_happens(seed: int) -> None:
    outcome = simulate(seed, database=seed % 4 == 0, short=seed in ONCE_FAILED_SHORT)
    assert not outcome.problem, "\n".join([*outcome.trace[-60:], outcome.problem])
    assert outcome.orders > 0
    assert outcome.compared > 0


@pytest.mark.parametrize("seed", [*range(951, 957), 40002])  # a leg is filled after its end
def test_what_sweeps_two_brokers_is_bought_once_whatever_happens(seed: int) -> None:
    outcome = simulate(seed, database=seed % 2 == 0, strategy="sweep")
    assert not outcome.problem, "\n".join([*outcome.trace[-60:], outcome.problem])
    assert outcome.legs > 0
    assert outcome.compared > 0


@pytest.mark.parametrize("seed", range(801, 807))
def test_what_is_split_between_two_brokers_is_bought_once_whatever_happens(seed: int) -> None:
    outcome = simulate(seed, database=seed % 2 == 0, strategy="split")
    assert not outcome.problem, "\n".join([*outcome.trace[-60:], outcome.problem])
    assert outcome.parts > 0
    assert outcome.compared > 0


@pytest.mark.parametrize("seed", [903, 907, 909])
def test_positions_are_closed_once_whatever_happens(seed: int) -> None:
    outcome = simulate(seed, database=True, short=True, closes=True)
    assert not outcome.problem, "\n".join([*outcome.trace[-60:], outcome.problem])
    assert outcome.closing > 0
    assert outcome.compared > 0
