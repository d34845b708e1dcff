"""Logons wait for their passwords to be checked, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.config import Config
from gateway.guard import Guard, Verdict
from gateway.passwords import hash_password
from tests.gateway.config_files import load, with_reference_data
from tests.gateway.links import Gate, Wire, frame
from tests.gateway.test_config_secrets import text

HASH = hash_password("right")
HANG_S = 30
Answers = list[tuple[str, bool]]


class Scene:
    """A guard, and connections that ask it."""

    def __init__(self, folder: Path, **passwords: Any) -> None:
        settings = "".join(f"{key} = {value}\n" for key, value in passwords.items())
        written = text(f'password_hash = "{HASH}"', 'password = "env:PATH"')
        config: Config = load(with_reference_data(folder), f"{written}[passwords]\n{settings}")
        self.gate = Gate(folder)
        self.guard = Guard(config, self.gate.engine)
        self.client = config.clients[0]
        self.answers: Answers = []
        self._changed = asyncio.Event()

    def ask(self, name: str, password: str, peer: str = "10.0.0.1:1") -> Wire:
        """One more Logon; `name` stands in the answers."""
        wire: Any = Wire()
        wire.peer = peer

        def answer(verdict: Verdict) -> None:
            self.answers.append((name, verdict.good))
            self._changed.set()

        logon = frame("ACME", 1, f"35=A|98=0|108=30|554={password}")
        self.guard.check(self.client, logon, wire, answer)
        found: Wire = wire
        return found

    async def answered(self, count: int) -> Answers:
        """The answers, when there are so many."""
        async with asyncio.timeout(HANG_S):
            while len(self.answers) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.answers

    def codes(self) -> list[str]:
        return [code for _, code, _ in self.gate.engine.alarms.newest]


def play(scene: Scene, script: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        try:
            await script()
        finally:
            scene.guard.close()

    asyncio.run(run())


def test_addresses_have_their_turn(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def script() -> None:
        for number in range(3):
            scene.ask(f"a{number}", "right")
        scene.ask("b", "right", "10.0.0.2:1")
        assert await scene.answered(4) == [("a0", True), ("a1", True), ("b", True), ("a2", True)]

    play(scene, script)


def test_too_many_that_wait_are_turned_away_beginning_with_who_has_most(tmp_path: Path) -> None:
    scene = Scene(tmp_path, checks_max=2)

    async def script() -> None:
        for number in range(4):  # the first is being checked, two wait
            scene.ask(f"a{number}", "right")
        assert scene.answers == [("a3", False)]
        scene.ask("b", "right", "10.0.0.2:1")
        assert scene.answers == [("a3", False), ("a2", False)]
        await scene.answered(5)
        assert scene.gate.engine.limits_hit == {"checks_max": 2}
        assert sorted(scene.answers[2:]) == [("a0", True), ("a1", True), ("b", True)]

    play(scene, script)


def test_guesses_sent_all_at_once_are_not_all_looked_at(tmp_path: Path) -> None:
    scene = Scene(tmp_path, failures_max=2)

    async def script() -> None:
        for number in range(10):
            scene.ask(str(number), "wrong" if number < 9 else "right")
        answers = await scene.answered(10)
        assert not any(good for _, good in answers)
        assert scene.codes() == ["AUTHENTICATION", "AUTHENTICATION", "LOCKED_OUT"]

    play(scene, script)


@pytest.mark.parametrize("changed", [True, False])
def test_a_password_that_was_changed_while_it_was_checked_is_good_no_more(
    tmp_path: Path, changed: bool
) -> None:
    scene = Scene(tmp_path)

    async def script() -> None:
        config = scene.guard._config
        scene.ask("by the old one", "right")
        other = hash_password("another") if changed else scene.client.password_hash
        client = scene.client.model_copy(update={"password_hash": other})
        scene.guard.renew(config.model_copy(update={"clients": (client,)}))
        assert await scene.answered(1) == [("by the old one", not changed)]

    play(scene, script)


def test_who_hangs_up_has_guessed_all_the_same(tmp_path: Path) -> None:
    scene = Scene(tmp_path, failures_max=1)

    async def script() -> None:
        gone, waiting = scene.ask("gone", "wrong"), scene.ask("waiting", "wrong", "10.0.0.2:1")
        gone.close("hung up")  # while it is looked at
        waiting.close("hung up")  # before: it is not looked at, and learns nothing
        scene.ask("last", "right", "10.0.0.3:1")
        assert (await scene.answered(3))[-1] == ("last", True)
        assert scene.answers[:2] == [("gone", False), ("waiting", False)], "kept as evidence"
        assert scene.codes() == ["AUTHENTICATION", "LOCKED_OUT"]

    play(scene, script)
