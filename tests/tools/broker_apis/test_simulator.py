"""The simulator as a whole: control endpoints, TLS, the truth file, the command."""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.certificates import Authority
from tests.tools.broker_apis.at_alpaca import KEYS, alpaca
from tests.tools.broker_apis.shop import Shop
from tools.broker_apis import APIS, Settings, Simulator, World


def test_the_clock_is_frozen_stepped_and_set_askew() -> None:
    with alpaca() as desk:
        before = desk.sim("POST", "clock", {"frozen": True, "skew_s": -5})
        after = desk.sim("POST", "clock", {"step_s": 60})
        assert after["now_ns"] - before["now_ns"] == 60 * 10**9
        assert (after["skew_s"], after["frozen"]) == (-5, True)
        created = desk.place().json()["created_at"]
        desk.sim("POST", "clock", {"skew_s": 5})
        assert desk.place("b").json()["created_at"] > created


def test_the_broker_acts_unasked_and_the_truth_knows() -> None:
    with alpaca() as desk:
        desk.place("a")
        desk.sim("POST", "act", {"do": "fill", "client_id": "a", "quantity": 4, "price": "149"})
        truth = desk.truth("a")
        assert (truth["filled"], truth["executions"][0]["price"]) == ("4", "149")
        execution_id = truth["executions"][0]["execution_id"]
        desk.sim("POST", "act", {"do": "bust", "client_id": "a", "execution_id": execution_id})
        desk.sim("POST", "act", {"do": "cancel", "client_id": "a", "reason": "split"})
        truth = desk.truth("a")
        assert (truth["filled"], truth["ended"], truth["reason"]) == ("0", "canceled", "split")


@pytest.mark.parametrize(
    ("method", "name", "said", "status"),
    [
        ("GET", "nothing", None, 404),
        ("POST", "act", {"do": "explode", "client_id": "a"}, 400),
        ("POST", "act", {"do": "fill", "client_id": "nobody"}, 400),
        ("POST", "quotes", {"symbol": "A", "colour": 1}, 400),
        ("POST", "quotes", {"symbol": "A", "bid": "x"}, 400),
        ("POST", "switches", {"colour": 1}, 400),
        ("POST", "treatments", {"fill": "?"}, 400),
        ("POST", "orders", {"symbol": "AAPL"}, 400),
        ("POST", "clock", {"step_s": "long"}, 400),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(
    method: str, name: str, said: Any, status: int
) -> None:
    with alpaca() as desk:
        reply = desk.client.request(method, f"/_sim/{name}", json=said)
        assert reply.status_code == status
        assert reply.json()["error"]


def test_treatments_and_requests_are_shown() -> None:
    with alpaca() as desk:
        desk.sim("POST", "treatments", [{"symbol": "A*", "slip": "0.5", "times": 2}])
        desk.place()
        (rule,) = desk.sim("GET", "treatments")
        assert (rule["symbol"], rule["slip"], rule["times"]) == ("A*", "0.5", 1)
        (request,) = desk.sim("GET", "requests")
        assert (request["target"], request["client_id"], request["status"]) == (
            "/v2/orders",
            "a",
            200,
        )
        desk.sim("DELETE", "treatments")
        assert desk.sim("GET", "treatments") == []


def test_a_status_that_only_edges_of_networks_know_is_sent() -> None:
    with alpaca() as desk:
        desk.sim("POST", "faults", {"kind": "error_after", "status": 520})
        assert desk.place().status_code == 520
        assert desk.truth("a")["accepted"]


def test_tls_is_spoken_with_a_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("broker")
    settings = Settings(certificate=certificate, key=key)
    with Simulator(APIS["alpaca"], settings).in_thread() as broker:
        assert broker.url.startswith("https://")
        trust = ssl.create_default_context(cafile=authority.file)
        with httpx.Client(base_url=broker.url, headers=KEYS, verify=trust) as client:
            assert client.get("/v2/account").is_success
            client.post("/_sim/faults", json={"kind": "reset", "path": "/v2/*"})
            with pytest.raises(httpx.TransportError):
                client.get("/v2/account")
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE"):
            httpx.get(f"{broker.url}/v2/account")


def test_facts_are_written_as_they_happen(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    with Simulator(Shop, Settings(truth_file=path)).in_thread() as broker:
        httpx.post(f"{broker.url}/orders", json={"id": "a", "quantity": "1"}, verify=False)
        told = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert [(row["client_id"], row["kind"]) for row in told][:1] == [("a", "received")]
        assert told == [fact.as_dict() for fact in broker.world.exchange.facts][: len(told)]


def test_a_switch_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no switch 'colour'"):
        APIS["alpaca"](World(Settings(switches={"colour": 1})))


def test_the_command_serves_until_it_is_interrupted() -> None:
    command = [sys.executable, "-m", "tools.broker_apis", "alpaca", "--port", "0"]
    command += ["--price", "TSLA=250", "--switch", "key_id=mine", "--switch", "cash=5"]
    program = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert program.stderr is not None
        url = "http://" + program.stderr.readline().split()[-1]
        keys = {**KEYS, "APCA-API-KEY-ID": "mine"}
        found = httpx.get(f"{url}/v2/account", headers=keys, verify=False)
        assert found.json()["cash"] == "5"
        quote = httpx.get(f"{url}/v2/stocks/TSLA/quotes/latest", headers=keys, verify=False)
        assert quote.json()["quote"]["ap"] > 0
        program.send_signal(signal.SIGINT)
        said, _ = program.communicate()
        assert json.loads(said) == {"requests": 2, "orders": 0}
        assert program.returncode == 0
    finally:
        program.kill()
        program.wait()
