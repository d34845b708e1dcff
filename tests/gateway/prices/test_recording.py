"""What the journal keeps of market data, and how its session stands after a restart."""

from __future__ import annotations

from pathlib import Path
from time import time_ns

import pytest

from gateway.prices.feed import Feed
from gateway.translate.dialects import DIALECTS
from gateway.waker import Waker
from store.record import IN
from tests.gateway.links import Gate
from tests.gateway.prices.fed import PRICES

W = "35=W|262=M|55=IBM|268=1|269=2|270=%s|"


def gate_with_prices(folder: Path, *, keeps_frames: bool) -> Gate:
    gate = Gate(folder)
    gate.bench._define(gate.bench.core.state, "PRICES", "market_data", PRICES, "FIX.4.4")
    link = gate._link(PRICES, "PRICES", "market_data", "initiator")
    gate.bench.setup.feeds[PRICES] = Feed(
        name="PRICES",
        link=PRICES,
        dialect=DIALECTS["FIX.4.4"],
        symbols=["IBM"],
        conflate_ns=3_600_000_000_000,
        keeps_frames=keeps_frames,
    )
    gate.connect(link)
    gate.say(link, 1, "35=A|98=0|108=30|")
    return gate


@pytest.mark.parametrize("keeps_frames", [True, False])
def test_frames_are_kept_where_the_session_says_so_and_its_numbers_always(
    tmp_path: Path, keeps_frames: bool
) -> None:
    gate = gate_with_prices(tmp_path, keeps_frames=keeps_frames)
    link = gate.engine.links[PRICES]
    for seq, price in enumerate(("100", "101", "102"), 2):
        gate.say(link, seq, W % price)
    gate.say(link, 5, "35=B|148=hello|33=1|58=x|")
    records = [r for batch in gate.journal.batches() for r in batch.records]
    kept = [r.payload for r in records if r.kind == IN and r.link == PRICES]
    assert sum(b"35=W" in frame for frame in kept) == (3 if keeps_frames else 0)
    assert sum(b"35=B" in frame for frame in kept) == 1, "what is no price is always kept"
    state = gate.bench.core.state
    assert str(state.last_prices["IBM"].price) == "100", "the others wait"
    assert link.session.numbers.next_in == 6
    if not keeps_frames:
        assert state.links[PRICES].next_in == 5, "as the journal tells it, but for the last"


def test_what_waits_is_told_by_a_timer_that_the_core_asks_for(tmp_path: Path) -> None:
    gate = gate_with_prices(tmp_path, keeps_frames=False)
    waker = Waker(gate.engine)
    link = gate.engine.links[PRICES]
    for seq, price in enumerate(("100", "101", "102"), 2):
        gate.say(link, seq, W % price)
    timers = [action for action, _ in gate.loop.later if action == waker._tell]
    assert len(timers) == 1, "one timer for all that waits"
    gate.bench.setup.feeds[PRICES].due_ns = time_ns()
    waker._tell()
    gate.loop.settle()
    assert str(gate.bench.core.state.last_prices["IBM"].price) == "102"
    waker.stop()
    gate.say(link, 5, W % "103")
    assert [action for action, _ in gate.loop.later if action == waker._tell] == timers
