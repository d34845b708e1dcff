"""What answers say of limits, and when requests may go by it."""

from __future__ import annotations

import asyncio

import pytest

from gateway.brokers.api.pace import CANCEL, ORDER, READ
from gateway.brokers.binance.limits import Limits
from gateway.brokers.binance.rules import Rules
from gateway.brokers.binance.signing import Clock
from tests.gateway.brokers.binance.payloads import INFO, answer

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def made() -> Limits:
    limits = Limits(Clock(lambda: 60.0), lambda: 0.0)
    limits.learn(Rules(INFO))
    return limits


async def goes(limits: Limits, rank: int) -> bool:
    """Whether a request of this rank goes at once."""
    turn = asyncio.create_task(limits.turn(rank))
    await asyncio.sleep(0)
    went = turn.done()
    turn.cancel()
    return went


async def test_used_weight_stops_questions_alone() -> None:
    limits = made()
    limits.heed(answer(200, b"", x_mbx_used_weight_1m="5990"), 0)
    assert [await goes(limits, rank) for rank in (CANCEL, ORDER, READ)] == [True, True, False]


async def test_unfilled_orders_stop_orders_alone() -> None:
    limits = made()
    limits.heed(answer(200, b"", x_mbx_order_count_10s="49"), 0)
    assert [await goes(limits, rank) for rank in (CANCEL, ORDER, READ)] == [True, False, True]


@pytest.mark.parametrize("status", [418, 429])
async def test_a_refusal_stops_all(status: int) -> None:
    limits = made()
    limits.heed(answer(status, b"", retry_after="5"), 5)
    assert not any([await goes(limits, rank) for rank in (CANCEL, ORDER, READ)])


async def test_what_is_no_number_says_nothing() -> None:
    limits = made()
    limits.heed(answer(200, b"", x_mbx_used_weight_1m="many", x_mbx_order_count_10s="-1"), 0)
    assert all([await goes(limits, rank) for rank in (CANCEL, ORDER, READ)])
