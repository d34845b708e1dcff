"""The order state conversations of the FIX specification over TCP, each in every dialect.

A gateway of its own process; client and broker are scripts on real sockets. Each conversation is
played by pairs of one version, and between the oldest and the newest. Those of two days share a
gateway on which the day ends for all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway.conversations.matrices import FIX42, FIX50, VERSIONS
from tests.gateway.conversations.player import Player
from tests.gateway.end_to_end.scripted import Around, around, by_hand
from tests.gateway.orders.test_conversations import ALL, ALTERNATIVES, PLAYED

Pair = tuple[str, str]
Part = tuple[str, int | None]
"""A conversation, and the alternative row with which it ends."""

OWN = [(version, version) for version in VERSIONS]
PAIRS = [*OWN, (FIX42, FIX50), (FIX50, FIX42)]
OVERNIGHT = {name for name in PLAYED if ALL[name].days > 1}
ENDINGS: list[Part] = [(name, index) for name, index in ALTERNATIVES if name not in OVERNIGHT]
NIGHTS: list[Part] = [(name, None) for name in sorted(OVERNIGHT)]
NIGHTS += [part for part in ALTERNATIVES if part[0] in OVERNIGHT]


@pytest.fixture(scope="module")
def one_day() -> Iterator[Around[Pair]]:
    with around({pair: pair for pair in PAIRS}) as made:
        yield made


@pytest.mark.parametrize("pair", PAIRS, ids=" at ".join)
@pytest.mark.parametrize("name", [name for name in PLAYED if name not in OVERNIGHT])
def test_client_is_told_what_the_matrix_prints(
    name: str, pair: Pair, one_day: Around[Pair]
) -> None:
    Player(ALL[name], one_day.stages[pair], f"{name}-").play()


@pytest.mark.parametrize("pair", OWN, ids=" at ".join)
@pytest.mark.parametrize(("name", "index"), ENDINGS)
def test_alternative_rejections_of_the_matrix(
    name: str, index: int, pair: Pair, one_day: Around[Pair]
) -> None:
    Player(ALL[name], one_day.stages[pair], f"{name}-{index}-").play(index)


@pytest.mark.parametrize("pair", OWN, ids=" at ".join)
def test_client_is_told_what_the_matrix_prints_over_two_days(pair: Pair) -> None:
    with around(dict.fromkeys(NIGHTS, pair), day=by_hand()) as made:
        players = {part: Player(ALL[part[0]], made.stages[part]) for part in NIGHTS}
        parts = {part: player.days(part[1]) for part, player in players.items()}
        for days in parts.values():
            next(days)
        made.next_day()
        for part, days in parts.items():
            assert list(days) == []
            made.stages[part].ends()
