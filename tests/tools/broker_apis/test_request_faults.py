"""Each fault of a request, over a real socket with a client that is not ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.tools.broker_apis.shop import Shop
from tools.broker_apis import Simulator
from tools.broker_apis.faults import REQUEST_FAULTS, Faults


@pytest.fixture
def broker() -> Iterator[Simulator]:
    with Simulator(Shop).in_thread() as simulator:
        yield simulator


@pytest.fixture
def client(broker: Simulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=broker.url, verify=False) as connected:
        yield connected


def control(client: httpx.Client, method: str, name: str, said: Any = None) -> Any:
    """On a connection of its own, which no fault reaches."""
    reply = httpx.request(
        method, f"{client.base_url}/_sim/{name}".replace("//_", "/_"), json=said, verify=False
    )
    assert reply.status_code == 200
    return reply.json()


def fault(client: httpx.Client, kind: str, **fields: Any) -> None:
    control(client, "POST", "faults", {"kind": kind, **fields})


def place(client: httpx.Client, name: str = "a", timeout_s: float | None = None) -> httpx.Response:
    return client.post("/orders", json={"id": name, "quantity": "10"}, timeout=timeout_s)


def known(client: httpx.Client) -> list[str]:
    return [order["client_id"] for order in control(client, "GET", "truth")["orders"]]


def test_a_request_without_a_fault_is_carried_out_and_answered(client: httpx.Client) -> None:
    reply = place(client)
    assert reply.status_code == 201
    assert reply.json()["client_id"] == "a"
    assert client.get("/orders/a").json()["accepted"]
    assert client.delete("/orders/a").status_code == 204
    assert known(client) == ["a"]


def test_before_accept_the_broker_never_heard_of_it(client: httpx.Client) -> None:
    fault(client, "before_accept", method="POST")
    with pytest.raises(httpx.RemoteProtocolError):
        place(client)
    assert known(client) == []


def test_after_accept_there_is_an_order_and_no_reply(client: httpx.Client) -> None:
    fault(client, "after_accept", method="POST")
    with pytest.raises(httpx.RemoteProtocolError):
        place(client)
    assert known(client) == ["a"]
    assert control(client, "GET", "requests")[0]["status"] is None


def test_a_truncated_reply_breaks_off(client: httpx.Client) -> None:
    fault(client, "truncated", bytes=120)
    with pytest.raises(httpx.RemoteProtocolError):
        place(client)
    assert known(client) == ["a"]


@pytest.mark.parametrize("accept", [False, True])
def test_a_reset_is_a_reset(client: httpx.Client, accept: bool) -> None:
    fault(client, "reset", accept=accept)
    with pytest.raises(httpx.ReadError, match="reset"):
        place(client)
    assert known(client) == (["a"] if accept else [])


def test_a_delayed_reply_comes_when_the_order_is_long_there(client: httpx.Client) -> None:
    fault(client, "delayed", delay_s=None)
    with pytest.raises(httpx.ReadTimeout):
        place(client, timeout_s=0.2)
    assert known(client) == ["a"]
    fault(client, "delayed", delay_s=0.05)
    assert place(client, "b").status_code == 201


def test_a_late_request_is_carried_out_when_nobody_waits_any_more(client: httpx.Client) -> None:
    control(client, "POST", "clock", {"frozen": True})
    fault(client, "late", delay_s=5)
    with pytest.raises(httpx.ReadTimeout):
        place(client, timeout_s=0.2)
    assert known(client) == []
    control(client, "POST", "clock", {"step_s": 6})
    assert known(client) == ["a"]


def test_an_error_before_leaves_no_order(client: httpx.Client) -> None:
    fault(client, "error_before", status=502)
    reply = place(client)
    assert (reply.status_code, reply.json()) == (502, {"oops": 502})
    assert known(client) == []


def test_an_error_after_leaves_one(client: httpx.Client) -> None:
    fault(client, "error_after", body="upstream", headers={"X-Why": "test"})
    reply = place(client)
    assert (reply.status_code, reply.text, reply.headers["X-Why"]) == (503, "upstream", "test")
    assert known(client) == ["a"]


def test_too_many_is_a_429(client: httpx.Client) -> None:
    fault(client, "too_many")
    assert place(client).status_code == 429
    assert known(client) == []


def test_a_duplicate_reply_is_taken_for_that_of_the_next_request(client: httpx.Client) -> None:
    fault(client, "duplicate")
    assert place(client).status_code == 201
    assert place(client, "b").json()["client_id"] == "a"
    assert known(client) == ["a", "b"]


def test_html_comes_instead_of_json(client: httpx.Client) -> None:
    fault(client, "html", accept=True)
    reply = place(client)
    assert reply.headers["Content-Type"].startswith("text/html")
    with pytest.raises(ValueError, match="Expecting value"):
        reply.json()
    assert known(client) == ["a"]


def test_broken_json_has_the_right_length(client: httpx.Client) -> None:
    fault(client, "broken_json")
    reply = place(client)
    assert reply.status_code == 201
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        reply.json()


def test_a_redirect_goes_elsewhere(client: httpx.Client) -> None:
    fault(client, "redirect", location="http://127.0.0.1:1/")
    reply = place(client)
    assert (reply.status_code, reply.headers["Location"]) == (302, "http://127.0.0.1:1/")
    assert known(client) == []


def test_every_fault_of_a_request_is_carried_out(client: httpx.Client) -> None:
    for kind in REQUEST_FAULTS:
        control(client, "DELETE", "faults")
        fault(client, kind, delay_s=0.01)
        with suppress(httpx.TransportError):
            place(client, kind)
        assert control(client, "GET", "faults")[0]["hit"] == 1, kind


def test_rules_choose_by_path_client_id_and_count(client: httpx.Client) -> None:
    fault(client, "too_many", client_id="b*", nth=2, times=2)
    statuses = [place(client, name).status_code for name in ("b1", "a", "b2", "b3", "b4")]
    assert statuses == [201, 201, 429, 429, 201]


@pytest.mark.parametrize("row", [{"kind": "meteor"}, {"kind": "drop", "colour": 1}, {"nth": 1}])
def test_a_rule_that_makes_no_sense_is_refused(client: httpx.Client, row: dict[str, Any]) -> None:
    assert client.post("/_sim/faults", json=row).status_code == 400
    with pytest.raises(ValueError, match="fault"):
        Faults().add(row)
