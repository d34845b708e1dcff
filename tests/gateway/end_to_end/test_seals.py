"""A running gateway seals its record: on its own, when asked, at its end; and says who reads."""

from __future__ import annotations

import json
from typing import Any

from gateway.seals.folder import SealFolder
from gateway.seals.seal import Seal
from tests.gateway.audit.tampering import seal as seal_of
from tests.gateway.end_to_end.harness import Gate, play, world
from tests.gateway.end_to_end.test_days import day


def seals(gate: Gate) -> list[Seal]:
    folder = SealFolder(gate.folder / "data" / "seals")
    return [folder.read(number) for number in folder.numbers()]


async def as_json(gate: Gate, *arguments: str) -> Any:
    code, said = await gate.fixgate(*arguments, "--json")
    assert code == 0, said
    return json.loads(said)


def test_a_day_a_word_and_a_stop_are_sealed() -> None:
    async def script() -> None:
        async with world() as w:
            gate = w.gate
            assert (await gate.fixgate("audit", "seal"))[0] == 1  # no key yet
            await as_json(gate, "audit", "keys", "new")
            await gate.stop()
            [at_stop] = seals(gate)
            await gate.start()
            await gate.stop()
            await gate.start()
            asked = await as_json(gate, "audit", "seal", "--reason", "a test")
            rotated = await as_json(gate, "audit", "keys", "rotate")
            again = await as_json(gate, "audit", "seal")
            assert asked["why"].endswith(": a test")
            assert again["key"] == rotated["key"] != asked["key"]
            await gate.stop()
            made = seals(gate)
            assert [seal.number for seal in made] == list(range(1, len(made) + 1))
            assert at_stop.why == made[-1].why == "the gateway stops"
            await gate.verify()

    play(script)


def test_the_record_is_sealed_at_the_roll_of_the_day() -> None:
    async def script() -> None:
        async with world(day=day("UTC")) as w:
            gate = w.gate
            await as_json(gate, "audit", "keys", "new")
            await gate.kill()
            await gate.start()
            first = await gate.said("seal", why="a new day", number=1)
            rolled = await as_json(gate, "day", "roll", "--reason", "a test")
            second = await gate.said("seal", why="a new day", number=2)
            assert second["batch"] > first["batch"]
            assert str(seals(gate)[1].business_date) == rolled["business_date"]
            await gate.stop()
            await gate.verify()

    play(script)


def test_what_a_crash_leaves_the_next_start_enters_and_says() -> None:
    async def script() -> None:
        async with world() as w:
            gate = w.gate
            await as_json(gate, "audit", "keys", "new")
            await gate.kill()
            await as_json(gate, "audit", "seal")  # a file that no journal tells of
            half = gate.folder / "data" / "seals" / "00000002.seal.json.partial"
            half.write_text("{")
            await gate.start()
            entered = await gate.said("seal", number=1)
            assert entered["text"] == "made while no gateway ran: entered now"
            assert any(str(half) in str(line.get("text")) for line in gate.lines)
            assert not half.exists()
            await gate.stop()
            await gate.verify()
            (gate.folder / "data" / "seals" / "00000001.seal.json").unlink()
            code, said = await gate.fixgate("audit", "verify")
            assert code == 1
            assert "seal 1 is missing: the journal tells of it in batch " in said

    play(script)


def test_a_seal_that_was_made_and_not_entered_is_entered_with_the_next() -> None:
    """As one whose folder could not be synced, or whose check failed at the start."""

    async def script() -> None:
        async with world() as w:
            gate = w.gate
            await as_json(gate, "audit", "keys", "new")
            first = await as_json(gate, "audit", "seal")
            left = seal_of(gate.folder / "data", first["time_ns"])
            assert (await as_json(gate, "audit", "seal"))["number"] == left.number + 1
            entered = await gate.said("seal", number=left.number)
            assert entered["text"] == "the journal did not tell of it: entered now"
            await gate.stop()
            await gate.verify()

    play(script)


def test_a_record_that_was_put_back_is_an_alarm_and_trading_goes_on() -> None:
    async def script() -> None:
        async with world() as w:
            gate = w.gate
            await as_json(gate, "audit", "keys", "new")
            await gate.stop()
            for path in (gate.folder / "data" / "journal").glob("*.journal"):
                path.unlink()
            await gate.start()
            alarm = await gate.said("alarm", code="SEAL")
            assert "does not hold batch " in alarm["text"]
            client = await w.client()
            assert client.counts.problems == []

    play(script)


def test_a_key_that_cannot_be_used_is_an_alarm_until_it_can() -> None:
    async def script() -> None:
        async with world() as w:
            gate = w.gate
            made = await as_json(gate, "audit", "keys", "new")
            await gate.kill()
            path = gate.folder / "data" / "keys" / f"{made['key']}.private.pem"
            path.chmod(0o644)
            await gate.start()
            alarm = await gate.said("alarm", code="SEAL")
            assert f"chmod 600 {path}" in alarm["text"]
            code, said = await gate.fixgate("audit", "seal")
            assert (code, f"chmod 600 {path}" in said) == (1, True)
            assert seals(gate) == []
            path.chmod(0o600)
            assert (await as_json(gate, "audit", "seal"))["number"] == 1
            await gate.stop()
            await gate.verify()

    play(script)


def test_who_reads_beside_a_running_gateway_is_in_its_journal() -> None:
    async def script() -> None:
        async with world() as w:
            gate = w.gate
            await as_json(gate, "audit", "search", "--symbol", "AAPL")
            [row] = await as_json(gate, "audit", "reads")
            assert (row["command"], row["asked"]["symbol"]) == ("audit search", "AAPL")
            assert not (gate.folder / "data" / "reads").exists()
            await gate.stop()
            await gate.verify()

    play(script)


def test_where_operators_are_required_one_needs_a_token_to_read() -> None:
    async def script() -> None:
        async with world() as w:
            gate = w.gate
            issue = ("operators", "issue", "ada", "--role", "administrator", "--reason", "first")
            token = (await as_json(gate, *issue))["token"]
            issue = ("operators", "issue", "vic", "--role", "viewer", "--reason", "reads")
            reader = (await as_json(gate, *issue))["token"]
            gate.environment["FIXGATE_TOKEN"] = token
            await gate.reload(control={"operators": "required"})
            gate.environment.pop("FIXGATE_TOKEN")
            code, said = await gate.fixgate("audit", "search", "--symbol", "AAPL")
            assert code == 1
            assert "no token is given" in said
            gate.environment["FIXGATE_TOKEN"] = reader
            await as_json(gate, "audit", "search", "--symbol", "AAPL")
            code, said = await gate.fixgate("audit", "seal")
            assert (code, "may not do `audit seal`" in said) == (1, True)
            [row] = await as_json(gate, "audit", "reads")
            assert row["who"] == "vic"

    play(script)
