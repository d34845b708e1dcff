"""Connections over WebSocket: where they go."""

from __future__ import annotations

import pytest

from gateway.brokers.api.websocket import FAILURES, opened
from tests.gateway.brokers.api.server import Exchange, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_redirect_to_a_stranger_is_not_followed() -> None:
    async with serving(lambda ask: ask.answer()) as stranger:

        async def elsewhere(ask: Exchange) -> None:
            await ask.answer(status=302, Location=stranger.url.replace("http", "ws"))

        async with serving(elsewhere) as server:
            with pytest.raises(FAILURES):
                async with opened(server.url.replace("http", "ws")):
                    pass
            assert len(server.lines) == 1
        assert stranger.connections == 0
