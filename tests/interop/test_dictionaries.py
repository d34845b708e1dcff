"""The dictionaries that fixgate comes with load in QuickFIX, which trades by them."""

from __future__ import annotations

from pathlib import Path

import pytest

import fix_specs
from tests.interop.engines import VERSIONS
from tests.interop.worlds import cancel, order, play, replace, world

pytestmark = pytest.mark.interop
OURS = {"dictionaries": Path(fix_specs.__file__).parent}


@pytest.mark.parametrize("version", ["FIX.4.0", "FIX.4.1", "FIX.4.3", "FIX.5.0", "FIX.5.0SP1"])
def test_quickfix_logs_on_by_our_dictionary(version: str) -> None:
    async def script() -> None:
        async with world(version, paper=True, client_engine=OURS) as w:
            await w.stop()

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
def test_quickfix_trades_by_our_dictionary(version: str) -> None:
    async def script() -> None:
        async with world(version, client_engine=OURS, broker_engine=OURS) as w:
            w.send(order("A1"))
            await w.statuses("0", "1", "2")
            w.send(order("B1", [58, "NOFILL"]))
            await w.statuses("0")
            w.send(replace("B2", "B1", 300))
            w.send(cancel("B3", "B2"))
            await w.client.next("in", "8", tag_39="4")
            await w.stop()

    play(script)
