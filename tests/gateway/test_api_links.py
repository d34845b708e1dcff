"""Brokers over APIs as the engine sees them: what waits, what is lost, and who has left."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import time_ns

import pytest

from gateway.api_links import ApiLink
from gateway.brokers.api.contract import Host, Outgoing, Report
from gateway.config.alpaca import AlpacaBroker
from sessions.state import LATENT
from tests.gateway.bench import ACME, SIM, message
from tests.gateway.links import Gate

SETTINGS = AlpacaBroker(name="SIM", type="alpaca", key_id="K", secret="S")
ORDER = "35=D|11=X|55=IBM|54=1|38=100|40=2|44=100|60=20261121-12:00:00"


class Request:
    """As it goes over the API."""

    def __init__(self, body: str) -> None:
        self.raw = body.encode()


class Api:
    """An adapter to nowhere: tests say what its broker does."""

    def __init__(self) -> None:
        self.host: Host | None = None
        self.sent: list[Outgoing] = []
        self.is_stopped = False

    def start(self, host: Host) -> None:
        self.host = host

    async def stop(self) -> None:
        self.is_stopped = True

    def request(self, msg_type: str, body: str) -> Outgoing:
        return Request(f"{msg_type} {body}")

    def submit(self, outgoing: Outgoing) -> None:
        assert self.host is not None, "it is not started"
        self.sent.append(outgoing)


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    made = Gate(tmp_path)
    del made.engine.links[SIM]  # it is over an API here
    return made


def says(gate: Gate, body: str) -> None:
    """The client says something."""
    kind, _, rest = body.partition("|")
    fields = message(kind[3:], rest)
    gate.engine.perform_decision(gate.bench.core.message(ACME, fields, "", time_ns()))
    gate.loop.settle()


def connected(gate: Gate) -> tuple[Api, ApiLink]:
    api = Api()
    gate.engine.apis.add(SIM, SETTINGS, api)
    gate.engine.apis.start(SIM)
    link = gate.engine.apis.get(SIM)
    assert link is not None
    link.up()
    return api, link


def taken(gate: Gate) -> Report:
    """The broker has the order."""
    name = gate.bench.found().broker_cl_ord_id
    return "8", f"37=B1\x0111={name}\x0117=E0\x01150=0\x0139=0\x0114=0\x01151=100\x01"


def sent(api: Api) -> list[str]:
    return [one.raw.decode().partition(" ")[0] for one in api.sent]


def test_what_is_asked_for_before_the_start_goes_when_it_has_started(gate: Gate) -> None:
    api = Api()
    gate.engine.apis.add(SIM, SETTINGS, api)
    says(gate, ORDER)
    assert sent(api) == []
    gate.engine.apis.start()
    assert sent(api) == ["D"]
    assert not gate.bench.found().unknown


def test_what_another_life_was_owed_is_in_doubt_when_the_broker_is_added(gate: Gate) -> None:
    connected(gate)
    says(gate, ORDER)
    assert not gate.bench.found().unknown
    gate.engine.apis.add(SIM, SETTINGS, Api())
    assert gate.bench.found().unknown


def test_what_is_asked_for_before_the_first_connection_is_no_loss(gate: Gate) -> None:
    api = Api()
    gate.engine.apis.add(SIM, SETTINGS, api)
    gate.engine.apis.start()
    says(gate, ORDER)
    link = gate.engine.apis.get(SIM)
    assert link is not None
    link.up()
    assert not gate.bench.found().unknown


def test_one_that_is_taken_out_leaves_its_requests_in_doubt_and_says_no_more(
    gate: Gate, tmp_path: Path
) -> None:
    async def leave() -> None:
        gate.engine.apis.drop(SIM)
        await asyncio.sleep(0)

    api, link = connected(gate)
    says(gate, ORDER)
    asyncio.run(leave())
    assert api.is_stopped
    assert gate.engine.core.state.links[SIM].state == LATENT
    assert not gate.bench.core.setup.brokers["SIM"].up
    assert gate.bench.found().unknown
    link.heard(b"too late", [taken(gate)], "further")
    link.unanswered(b"later still", gate.bench.found().broker_cl_ord_id, "nobody waits")
    link.up()
    gate.loop.settle()
    assert not gate.bench.found().accepted
    assert link.cursor == ""
    assert gate.engine.core.state.links[SIM].state == LATENT
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("*.journal"))
    assert b"too late" in kept
    assert b"later still" in kept


def test_one_that_comes_back_hears_what_it_is_told(gate: Gate) -> None:
    _, link = connected(gate)
    says(gate, ORDER)
    link.heard(b"taken", [taken(gate)])
    assert gate.bench.found().accepted
    link.down("the wire is cut")
    assert not gate.bench.core.setup.brokers["SIM"].up
    link.up()
    assert gate.bench.core.setup.brokers["SIM"].up
