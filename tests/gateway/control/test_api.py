"""The control API and its client over a real Unix socket."""

from __future__ import annotations

import getpass
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.control.client import ControlClient
from gateway.control.errors import DeskError, GatewayNotRunning
from gateway.control.server import open_socket
from gateway.control.views import OrderFilter
from tests.gateway.control.memory_desk import MemoryDesk
from tests.gateway.control.running import served, short_folder

ME = getpass.getuser()


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


@pytest.fixture
def path(desk: MemoryDesk) -> Iterator[Path]:
    with short_folder() as folder, served(desk, folder / "control.sock"):
        yield folder / "control.sock"


@pytest.fixture
def client(path: Path) -> Iterator[ControlClient]:
    with ControlClient(path) as client:
        yield client


@pytest.fixture
def http(path: Path) -> Iterator[httpx.Client]:
    transport = httpx.HTTPTransport(uds=str(path))
    with httpx.Client(transport=transport, base_url="http://fixgate", timeout=None) as http:
        yield http


def test_status_tells_the_gateway_as_a_whole(client: ControlClient) -> None:
    status = client.status()
    assert (status.node, status.orders_unknown, status.audit.lag_batches) == ("A", 1, 2)
    assert status.limits_hit == {"max_unidentified_connections": 3}


def test_ready_answers_503_while_not_ready(desk: MemoryDesk, http: httpx.Client) -> None:
    assert http.get("/ready").status_code == 200
    desk.ready = False
    response = http.get("/ready")
    assert response.status_code == 503
    assert response.json()["reasons"] == ["broker SIM is not logged on"]
    assert http.get("/health").status_code == 200


def test_sessions_are_listed_and_shown(client: ControlClient) -> None:
    assert [session.name for session in client.sessions()] == ["ACME", "SIM"]
    assert client.session("SIM").role == "broker"


def test_an_unknown_session_names_the_known_ones(client: ControlClient) -> None:
    with pytest.raises(DeskError) as caught:
        client.session("ACMI")
    assert caught.value.code == "UNKNOWN_SESSION"
    assert caught.value.status == 404
    assert str(caught.value) == 'there is no session "ACMI"; there are: ACME, SIM'


@pytest.mark.parametrize("action", ["reset", "disconnect", "logout", "enable", "disable"])
def test_session_actions_keep_who_and_why(
    client: ControlClient, desk: MemoryDesk, action: str
) -> None:
    client.session_action("ACME", action, reason="  peer asked ")
    assert desk.actions == [(action, "ACME", ME, "peer asked")]


def test_a_reset_begins_an_epoch(client: ControlClient) -> None:
    view = client.session_action("ACME", "reset", reason="new day")
    assert (view.epoch, view.next_in, view.next_out) == (2, 1, 1)


def test_numbers_are_set_one_or_both(client: ControlClient) -> None:
    view = client.session_action("ACME", "numbers", next_out=99, reason="restored backup")
    assert (view.next_in, view.next_out) == (12, 99)
    view = client.session_action("ACME", "numbers", next_in=5, next_out=6, reason="again")
    assert (view.next_in, view.next_out) == (5, 6)


@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("/sessions/ACME/reset", {}),
        ("/sessions/ACME/reset", {"reason": "  "}),
        ("/sessions/ACME/reset", {"reason": "x" * 501}),
        ("/sessions/ACME/reset", {"reason": "x", "who": "somebody else"}),
        ("/sessions/ACME/numbers", {"reason": "x"}),
        ("/sessions/ACME/numbers", {"reason": "x", "next_in": 0}),
        ("/sessions/ACME/numbers", {"reason": "x", "next_out": 2**63}),
        ("/halt", {}),
        ("/reload", {}),
        ("/reload", {"reason": " ", "dry_run": False}),
        ("/halt", {"reason": "x", "scope": "account:A\x01B"}),
        ("/resume", {}),
        ("/news", {}),
        ("/news", {"headline": " \x01 "}),
        ("/news", {"headline": "x" * 201}),
        ("/news", {"headline": "x", "text": "x" * 4001}),
        ("/news", {"headline": "x", "urgency": "now"}),
        ("/orders/C1/settle", {"reason": "x", "outcome": "filled"}),
        ("/orders/C1/settle", {"outcome": "canceled"}),
    ],
)
def test_a_bad_request_is_refused_and_nothing_is_done(
    http: httpx.Client, desk: MemoryDesk, url: str, body: dict[str, object]
) -> None:
    response = http.post(url, json=body)
    assert response.status_code == 422
    assert response.json()["code"] == "BAD_REQUEST"
    assert response.json()["text"]
    assert desk.actions == []


def test_orders_are_filtered_newest_first(client: ControlClient) -> None:
    ids = [order.order_id[-1] for order in client.orders(OrderFilter())]
    assert ids == ["5", "4", "3", "2", "1"]
    assert [o.order_id[-1] for o in client.orders(OrderFilter(open_only=True, limit=2))] == [
        "4",
        "3",
    ]
    assert [o.order_id[-1] for o in client.orders(OrderFilter(client="OTHER"))] == ["4"]
    assert [o.order_id[-1] for o in client.orders(OrderFilter(status="filled"))] == ["5"]


def test_a_list_of_orders_has_a_limit(http: httpx.Client) -> None:
    assert http.get("/orders", params={"limit": 1001}).status_code == 422
    assert http.get("/orders", params={"sort": "x"}).status_code == 422


def test_an_order_is_found_by_either_id(client: ControlClient) -> None:
    assert client.order("A-20261120-000001").cl_ord_id == "C1"
    assert client.order("C1").order_id == "A-20261120-000001"


def test_a_cl_ord_id_may_hold_any_character(client: ControlClient, desk: MemoryDesk) -> None:
    assert client.order("C/2 x?").order_id == "A-20261120-000002"
    client.order_action("C/2 x?", "cancel", reason="")
    assert desk.actions == [("cancel", "A-20261120-000002", ME, "")]


def test_an_ambiguous_cl_ord_id_names_the_orders(client: ControlClient) -> None:
    with pytest.raises(DeskError, match="A-20261120-000003, A-20261120-000004") as caught:
        client.order("SAME")
    assert caught.value.code == "AMBIGUOUS_ORDER"


def test_an_unknown_order_is_settled_by_word(client: ControlClient, desk: MemoryDesk) -> None:
    order = client.order_action(
        "A-20261120-000004", "settle", outcome="canceled", reason="broker phoned"
    )
    assert (order.status, order.unknown) == ("canceled", False)
    assert desk.actions == [("settle", "A-20261120-000004", ME, "broker phoned")]


def test_a_known_order_is_not_settled(client: ControlClient) -> None:
    with pytest.raises(DeskError, match="only unknown orders can be settled"):
        client.order_action("C1", "settle", outcome="canceled", reason="x")


def test_reload(client: ControlClient, desk: MemoryDesk) -> None:
    shown = client.reload(dry_run=True, reason="")
    assert (shown.applied, [change.new for change in shown.changes]) == (False, ["50"])
    assert desk.actions == []
    assert client.reload(dry_run=False, reason="new limits").applied
    assert desk.actions == [("reload", "", ME, "new limits")]


def test_halt_and_resume(client: ControlClient, desk: MemoryDesk) -> None:
    halt = client.halt("client:ACME", cancel_open=True, reason="runaway")
    assert (halt.scope, halt.who, halt.cancels_sent, halt.open_orders) == ("client:ACME", ME, 4, 4)
    client.halt("firm", cancel_open=False, reason="all")
    assert [halt.scope for halt in client.resume("client:ACME", reason="fixed")] == ["firm"]
    with pytest.raises(DeskError, match="is not halted"):
        client.resume("client:ACME", reason="fixed")
    drill = client.drill_halt("symbol:IBM", level="reduce-only", reason="to try it")
    assert (drill.level, drill.sessions, drill.brokers[0].orders) == ("reduce-only", ["ACME"], 3)
    [halt] = client.halts()
    assert (halt.scope, halt.level, halt.residue) == ("firm", "halted", [])
    assert [action[0] for action in desk.actions] == ["halt", "halt", "resume", "halt drill"]


def test_flush_tells_where_the_journal_ends(client: ControlClient) -> None:
    assert (client.flush().segment, client.flush().offset) == (1, 4096)


def test_an_unknown_path_is_a_problem_too(http: httpx.Client) -> None:
    response = http.get("/nothing")
    assert response.status_code == 404
    assert response.json() == {
        "code": "NO_SUCH_PATH",
        "text": "GET /nothing: Not Found",
        "remedy": "/openapi.json lists the paths",
    }
    assert http.get("/openapi.json").status_code == 200


def test_a_bug_answers_500_and_the_client_says_so(client: ControlClient, desk: MemoryDesk) -> None:
    desk.crash = True
    with pytest.raises(DeskError, match="RuntimeError: a bug in the desk") as caught:
        client.health()
    assert (caught.value.code, caught.value.status) == ("INTERNAL", 500)
    desk.crash = False
    assert client.health().alive


def test_no_socket_means_not_running(tmp_path: Path) -> None:
    client = ControlClient(tmp_path / "control.sock")
    with pytest.raises(GatewayNotRunning, match=r"no gateway is running here \(No such file"):
        client.__enter__()


def test_a_dead_gateways_socket_means_not_running() -> None:
    with short_folder() as folder:
        open_socket(folder / "c.sock").close()
        client = ControlClient(folder / "c.sock")
        with pytest.raises(GatewayNotRunning, match=r"\(Connection refused\); start it"):
            client.__enter__()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_another_user_is_kept_out_by_the_socket_mode(path: Path) -> None:
    os.chmod(path.parent, 0o755)
    program = (
        "import errno, os, socket, sys; os.setgroups([]); os.setgid(int(sys.argv[2]));"
        "os.setuid(int(sys.argv[2])); s = socket.socket(socket.AF_UNIX);"
        "sys.exit(0 if s.connect_ex(sys.argv[1]) == errno.EACCES else 1)"
    )
    nobody = str(pwd.getpwnam("nobody").pw_uid)
    done = subprocess.run([sys.executable, "-c", program, str(path), nobody], check=False)
    assert done.returncode == 0
