"""Messages in the log: on wish only, readable, and without secrets."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from gateway.config import Client
from gateway.message_log import message_text, readable
from tests.fix import fix
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import play, world
from tests.gateway.links import Gate, frame

LOGON = "35=A|98=0|108=30|553=user|554=hunter2-secret|925=hunter3-secret"
ORDER = "35=D|11=A1|55=IBM|54=1|38=0|40=2|44=100|60=20261121-12:00:00"


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    made = Gate(tmp_path / "journal")
    yield made
    made.journal.close()


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What is logged; it is read as it comes."""
    file = io.StringIO()

    class Lines(list[dict[str, Any]]):
        def __iter__(self) -> Iterator[dict[str, Any]]:
            return iter([json.loads(line) for line in file.getvalue().splitlines()])

    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=file),
    )
    yield Lines()
    structlog.configure(**before)


def messages(lines: list[dict[str, Any]]) -> list[str]:
    return [line["event"] for line in lines if line["event"][:2] in ("< ", "> ")]


def connected(gate: Gate) -> None:
    """As a door lets a client in."""
    gate.connect(gate.client)
    gate.engine.committer.message_log.follow(gate.client)


def test_messages_of_both_directions_without_secrets(
    gate: Gate, lines: list[dict[str, Any]]
) -> None:
    gate.engine.committer.message_log.by_default = True
    connected(gate)
    gate.say(gate.client, 1, LOGON)
    gate.say(gate.client, 2, ORDER)
    found = messages(lines)
    assert [line[:7] for line in found] == ["< 35=A|", "> 35=A|", "< 35=D|", "> 35=8|"]
    assert found[2].endswith("|11=A1|55=IBM|54=1|38=0|40=2|44=100|60=20261121-12:00:00")
    assert found[0].endswith("|554=**************|925=**************")
    assert {line["session"] for line in lines if line["event"] in found} == {"ACME"}


def test_without_the_wish_no_message_is_logged(gate: Gate, lines: list[dict[str, Any]]) -> None:
    connected(gate)
    gate.say(gate.client, 1, LOGON)
    assert messages(lines) == []
    assert gate.engine.committer.message_log.names == {}


def test_a_garbled_piece_is_told_with_its_reason(gate: Gate, lines: list[dict[str, Any]]) -> None:
    gate.engine.committer.message_log.by_default = True
    connected(gate)
    gate.say(gate.client, 1, LOGON)
    broken = frame("ACME", 2, "35=A|554=hunter2-secret|58=x").replace(b"58=x", b"58=y")
    gate.engine.read(gate.client, broken + frame("ACME", 2, ORDER))
    (line,) = [line for line in lines if "garbled" in line]
    assert "554=**************|58=y|" in line["event"]
    assert "10" in line["garbled"]


def test_a_connection_that_is_gone_is_forgotten(gate: Gate) -> None:
    log = gate.engine.committer.message_log
    log.by_default = True
    connected(gate)
    connection = gate.client.connection
    assert connection is not None
    log.forget(connection)
    log.forget(connection)
    assert log.names == {}


@pytest.mark.parametrize(
    ("wish", "by_default", "is_logged"),
    [
        (None, False, False),
        (None, True, True),
        (True, False, True),
        (False, True, False),
    ],
)
def test_a_sessions_wish_goes_over_the_gateways(
    gate: Gate, wish: bool | None, by_default: bool, is_logged: bool
) -> None:
    log = gate.engine.committer.message_log
    log.by_default = by_default
    config = {**settings.client("ACME"), "log_messages": wish}
    gate.connect(gate.client)
    gate.client.session.config = Client.model_validate(config)
    log.follow(gate.client)
    assert bool(log.names) == is_logged


def test_nothing_in_a_message_can_break_a_line_or_steer_a_terminal() -> None:
    raw = fix("8=FIX.4.4|35=B|58=a").replace(b"58=a", b"58=\x1b[2J\n\x9bx")
    assert message_text(raw) == "35=B|58=\ufffd[2J\ufffd\ufffdx"
    assert readable(b"\xe4\x01") == "ä|"


def test_what_has_no_trailer_is_shown_whole() -> None:
    assert message_text(b"8=FIX.4.4\x019=5\x0135=0\x01") == "35=0|"


def test_a_reload_begins_and_ends_it_without_a_logout() -> None:
    async def script() -> None:
        async with world() as w:
            raw = w.raw()
            await raw.logon()
            beta = settings.client("BETA", "FIX.4.2")
            watched = settings.client("ACME", log_messages=True)
            view = await w.gate.reload(clients=[watched, beta])
            assert [change.effect for change in view.changes] == ["at once"]
            raw.send("1", "112=hello|")
            assert (await raw.next("0")).get("112") == "hello"
            came = await w.gate.line(lambda line: line["event"].startswith("< 35=1|"))
            left = await w.gate.line(lambda line: line["event"].startswith("> 35=0|"))
            assert came["session"] == left["session"] == "ACME"
            await w.gate.reload(clients=[settings.client("ACME"), beta])
            raw.send("1", "112=again|")
            assert (await raw.next("0")).get("112") == "again"
            raw.send("5", "")
            await raw.next("5")
            await w.gate.said("connection closed", session="ACME")
            assert not [line for line in w.gate.lines if "again" in line["event"]]
            await w.stop()

    play(script)
