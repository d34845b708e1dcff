"""The operator's commands against a control API on a real socket."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from tests.gateway.control.memory_desk import MemoryDesk
from tests.gateway.control.running import served, short_folder

ME = getpass.getuser()


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


@pytest.fixture
def data_dir(desk: MemoryDesk) -> Iterator[Path]:
    with short_folder() as folder, served(desk, folder / "control.sock"):
        yield folder


def fixgate(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result


def test_status_on_one_screen(data_dir: Path) -> None:
    output = fixgate("status", "--data-dir", data_dir).output
    assert "A ready, version 0.1.0, process 4711" in output
    assert "4 open, 1 unknown, 5 in all" in output
    assert "1 h 00 min 00 s" in output
    assert "max_unidentified_connections 3" in output


def test_status_shows_halts(data_dir: Path) -> None:
    fixgate("halt", "--scope", "client:ACME", "--reason", "runaway", "--data-dir", data_dir)
    output = fixgate("status", "--data-dir", data_dir).output
    (line,) = [line for line in output.splitlines() if line.startswith("client:ACME")]
    assert ME in line
    assert line.rstrip().endswith("runaway")


@pytest.mark.parametrize(
    ("ready", "arguments", "code", "says"),
    [
        (True, [], 0, "ready\n"),
        (True, ["--ready"], 0, "ready\n"),
        (False, [], 0, "alive\nnot ready: broker SIM is not logged on\n"),
        (False, ["--ready"], 1, "alive\nnot ready: broker SIM is not logged on\n"),
    ],
)
def test_health_for_probes(
    desk: MemoryDesk, data_dir: Path, ready: bool, arguments: list[str], code: int, says: str
) -> None:
    desk.ready = ready
    assert fixgate("health", *arguments, "--data-dir", data_dir, code=code).output == says


def test_sessions_list(data_dir: Path) -> None:
    lines = fixgate("sessions", "list", "--data-dir", data_dir).output.splitlines()
    assert lines[0].split()[:4] == ["NAME", "ROLE", "SESSION", "STATE"]
    assert lines[1].split()[:6] == ["ACME", "client", "FIX.4.4", "FIXGATE->ACME", "LOGGED_ON", "1"]
    assert len(lines) == 3


def test_sessions_show(data_dir: Path) -> None:
    output = fixgate("sessions", "show", "SIM", "--data-dir", data_dir).output
    assert "FIX.4.4 FIXGATE->SIM" in output
    assert "127.0.0.1:50001" in output


def test_sessions_show_counts_and_times(data_dir: Path) -> None:
    lines = fixgate("sessions", "show", "ACME", "--data-dir", data_dir).output.splitlines()
    shown = dict(line.split("  ", 1) for line in lines)
    told = {name: text.strip() for name, text in shown.items()}
    assert told["schedule (UTC)"] == "closes 2026-11-20 10:11"
    assert told["last received (UTC)"] == "2026-11-20 10:11:11.000"
    assert told["round trip"] == "1.250 ms"
    assert told["received"] == "A 1, D 10"
    assert told["rejects sent"] == "3 373=5 1"
    assert told["refused"] == "MAX_QUANTITY 2"
    assert told["disconnects"] == "closed 3, lost 1"
    assert "garbled" not in told


def test_an_unknown_session_fails_with_the_known_ones(data_dir: Path) -> None:
    result = fixgate("sessions", "show", "ACMI", "--data-dir", data_dir, code=1)
    assert result.stderr == 'there is no session "ACMI"; there are: ACME, SIM\n'


@pytest.mark.parametrize("verb", ["disconnect", "logout", "enable", "disable", "reset"])
def test_session_verbs_keep_who_and_why(desk: MemoryDesk, data_dir: Path, verb: str) -> None:
    fixgate("sessions", verb, "ACME", "--reason", "asked", "--data-dir", data_dir)
    assert desk.actions == [(verb, "ACME", ME, "asked")]


def test_set_seq(desk: MemoryDesk, data_dir: Path) -> None:
    command = ("sessions", "set-seq", "ACME", "--next-out", "99", "--reason", "restored")
    view = json.loads(fixgate(*command, "--json", "--data-dir", data_dir).output)
    assert (view["next_in"], view["next_out"]) == (12, 99)
    assert desk.actions == [("set-seq", "ACME", ME, "restored")]


def test_set_seq_wants_a_number(data_dir: Path) -> None:
    result = fixgate("sessions", "set-seq", "ACME", "--reason", "x", code=2)
    assert "give --next-in, --next-out or both" in result.output
    fixgate("sessions", "set-seq", "ACME", "--next-in", "0", "--reason", "x", code=2)


@pytest.mark.parametrize(
    "command",
    [
        ("sessions", "reset", "ACME"),
        ("sessions", "set-seq", "ACME", "--next-in", "5"),
        ("halt",),
        ("reload",),
        ("resume",),
        ("orders", "settle", "C1", "--outcome", "canceled"),
        ("orders", "orphans", "adopt", "P-aa", "C1"),
        ("orders", "orphans", "book", "P-aa"),
        ("prices", "set", "IBM", "101"),
        ("positions", "adjust", "ACC1", "IBM", "--quantity", "0"),
        ("alarms", "acknowledge", "L-aa"),
    ],
    ids=" ".join,
)
def test_grave_actions_want_a_reason(
    desk: MemoryDesk, data_dir: Path, command: tuple[str, ...]
) -> None:
    result = fixgate(*command, "--data-dir", data_dir, code=2)
    assert "Missing option '--reason'" in result.output
    result = fixgate(*command, "--reason", "  ", "--data-dir", data_dir, code=2)
    assert "say why in a few words" in result.output
    assert desk.actions == []


def test_orders_list_shows_open_ones(data_dir: Path) -> None:
    output = fixgate("orders", "list", "--data-dir", data_dir).output
    assert [line.split()[0][-1] for line in output.splitlines()[1:]] == ["4", "3", "2", "1"]
    assert "partially_filled (unknown)" in output


def test_orders_list_has_a_column_of_stop_prices(desk: MemoryDesk, data_dir: Path) -> None:
    stop = {"ord_type": "3", "price": "", "stop_px": "99", "on_behalf_of": "RED"}
    desk._orders["A-20261120-000001"] = desk.order("C1").model_copy(update=stop)
    head, *_, line = fixgate("orders", "list", "--data-dir", data_dir).output.splitlines()
    assert line[head.index("PRICE") :].split()[:2] == ["stop", "99"]
    assert "(on behalf of RED)" in line


def test_orders_list_filters(data_dir: Path) -> None:
    def ids(*options: str) -> list[str]:
        output = fixgate("orders", "list", *options, "--json", "--data-dir", data_dir).output
        return [order["order_id"][-1] for order in json.loads(output)]

    assert ids("--all") == ["5", "4", "3", "2", "1"]
    assert ids("--status", "filled") == ["5"]
    assert ids("--client", "OTHER") == ["4"]
    assert ids("--account", "ACC2") == ["4"]
    assert ids("--symbol", "MSFT") == []
    assert ids("--broker", "PAPER", "--limit", "1") == ["4"]


def test_an_empty_list_says_so_and_a_cut_one_too(data_dir: Path) -> None:
    empty = fixgate("orders", "list", "--symbol", "NONE", "--data-dir", data_dir).output
    assert empty == "no open orders; --all shows the closed ones\n"
    cut = fixgate("orders", "list", "--limit", "2", "--data-dir", data_dir).output
    assert cut.endswith("the newest 2 only; --limit shows more\n")


def test_orders_show(data_dir: Path) -> None:
    output = fixgate("orders", "show", "C/2 x?", "--data-dir", data_dir).output
    pairs = dict(line.split(maxsplit=1) for line in output.splitlines() if " " in line)
    assert pairs["OrderID(37)"].strip() == "A-20261120-000002"
    assert pairs["LeavesQty(151)"].strip() == "60"


def test_orders_cancel(desk: MemoryDesk, data_dir: Path) -> None:
    output = fixgate("orders", "cancel", "C1", "--data-dir", data_dir).output
    assert "pending_cancel" in output
    assert desk.actions == [("cancel", "A-20261120-000001", ME, "")]
    result = fixgate("orders", "cancel", "C5", "--data-dir", data_dir, code=1)
    assert result.stderr == "order A-20261120-000005 is filled already\n"


def test_orders_settle(desk: MemoryDesk, data_dir: Path) -> None:
    key = "A-20261120-000004"
    command = ("orders", "settle", key, "--outcome", "rejected", "--reason", "phoned")
    assert "rejected" in fixgate(*command, "--data-dir", data_dir).output
    assert desk.actions == [("settle", key, ME, "phoned")]


def test_the_business_date_is_shown_and_rolled_by_hand(desk: MemoryDesk, data_dir: Path) -> None:
    output = fixgate("day", "show", "--data-dir", data_dir).output
    assert [line.split()[-1] for line in output.splitlines()] == [
        *("2026-11-20", "10:11:11.000", "2026-11-23", "11:11:11.000", "3")
    ]
    output = fixgate("status", "--data-dir", data_dir).output
    assert "2026-11-20, 3 orders to roll; 2026-11-23" in output
    roll = ("day", "roll", "--reason", "early close", "--data-dir", data_dir)
    assert "early close" in fixgate(*roll).output
    assert desk.actions == [("day roll", "", ME, "early close")]
    assert "has begun already" in fixgate(*roll, code=1).output
    output = fixgate("day", "show", "--json", "--data-dir", data_dir).output
    assert json.loads(output)["business_date"] == "20261123"


ORPHANS = ("orders", "orphans")


def test_orphans_are_listed_and_booked(desk: MemoryDesk, data_dir: Path) -> None:
    head, *lines = fixgate(*ORPHANS, "list", "--data-dir", data_dir).output.splitlines()
    assert head.split()[0] == "ORPHAN"
    assert [line.split()[0] for line in lines] == ["P-bb", "P-aa"]
    told = ["execution", "SIM", "E1", "A1", "sell", "5", "IBM", "9.5", "trade"]
    assert lines[1].split()[3:] == told
    command = (*ORPHANS, "book", "P-aa", "--account", "ERR", "--reason", "nobody's")
    output = fixgate(*command, "--data-dir", data_dir).output
    assert output == "P-aa: execution E1 is in suspense of account ERR\n"
    assert desk.actions == [("book", "P-aa ERR", ME, "nobody's")]
    result = fixgate(*command, "--data-dir", data_dir, code=1)
    assert result.stderr == 'there is no orphan "P-aa"; `fixgate orders orphans list` shows them\n'
    output = fixgate(*ORPHANS, "list", "--json", "--data-dir", data_dir).output
    assert [view["key"] for view in json.loads(output)] == ["P-bb"]
    command = (*ORPHANS, "book", "P-bb", "--reason", "taken back")
    output = fixgate(*command, "--data-dir", data_dir).output
    assert output == "P-bb: execution E2 is dealt with\n"


def test_alarms_are_listed_and_acknowledged(desk: MemoryDesk, data_dir: Path) -> None:
    head, *lines = fixgate("alarms", "list", "--data-dir", data_dir).output.splitlines()
    assert head.split()[0] == "ALARM"
    assert lines[0].split()[0] == "L-aa"
    assert lines[0].split()[3:] == ["3", "ORDERS", "overfilled"]
    command = ("alarms", "acknowledge", "--reason", "seen to", "--data-dir", data_dir)
    assert fixgate(*command, "L-aa").output.splitlines()[1].split()[0] == "L-bb"
    result = fixgate(*command, "L-aa", code=1)
    assert result.stderr == 'there is no alarm "L-aa"; `fixgate alarms list` shows them\n'
    assert "name alarms, or say --all" in fixgate(*command, code=2).output
    assert fixgate(*command, "--all").output == "no alarms\n"
    told = [("acknowledge", key, ME, "seen to") for key in ("L-aa", "L-bb")]
    assert desk.actions == told


def test_an_orphan_is_adopted_by_an_order(desk: MemoryDesk, data_dir: Path) -> None:
    command = (*ORPHANS, "adopt", "P-aa", "C1", "--reason", "wrong id")
    assert "A-20261120-000001" in fixgate(*command, "--data-dir", data_dir).output
    assert desk.actions == [("adopt", "P-aa A-20261120-000001", ME, "wrong id")]


def test_an_ambiguous_order_names_the_candidates(data_dir: Path) -> None:
    result = fixgate("orders", "show", "SAME", "--data-dir", data_dir, code=1)
    assert result.stderr == (
        'ClOrdID(11) "SAME" belongs to several orders; give the OrderID(37), one of'
        " A-20261120-000003, A-20261120-000004\n"
    )


def test_reload(desk: MemoryDesk, data_dir: Path) -> None:
    output = fixgate("reload", "--dry-run", "--data-dir", data_dir).output
    assert "risk.limits[firm].max_quantity: 100 -> 50" in output
    assert output.endswith("fixgate.toml: 1 change(s), not applied\n")
    assert desk.actions == []
    output = fixgate("reload", "--reason", "lower", "--json", "--data-dir", data_dir).output
    assert json.loads(output)["applied"] is True
    assert desk.actions == [("reload", "", ME, "lower")]


def test_a_price_is_stated_and_listed(desk: MemoryDesk, data_dir: Path) -> None:
    assert fixgate("prices", "list", "--data-dir", data_dir).output == "no prices yet\n"
    command = ("prices", "set", "BRK/B", "101.50", "--kind", "bid", "--reason", "a try")
    output = fixgate(*command, "--data-dir", data_dir).output
    assert output == "BRK/B: bid is 101.50\n"
    assert desk.actions == [("price", "BRK/B bid 101.50", ME, "a try")]
    fixgate(*command, "--force", "--data-dir", data_dir)
    assert desk.actions[1:] == [("price", "BRK/B bid 101.50 by force", ME, "a try")]
    _, line = fixgate("prices", "list", "--data-dir", data_dir).output.splitlines()
    assert line.split()[:3] == ["BRK/B", "bid", "101.50"]


@pytest.mark.parametrize("price", ["-1", "0", "NaN", "1e40", "x"])
def test_a_price_that_is_none_is_refused(desk: MemoryDesk, data_dir: Path, price: str) -> None:
    command = ("prices", "set", "--reason", "x", "--data-dir", data_dir, "--", "IBM", price)
    assert "PRICE" in fixgate(*command, code=2).output
    assert desk.actions == []


def test_news_says_who_has_it_and_for_whom_it_is_kept(data_dir: Path) -> None:
    send = ("news", "send", "Closed early", "--data-dir", data_dir)
    assert fixgate(*send).output == (
        "sent to 1 client(s): ACME\n"
        "kept for 1 client(s) not logged on: BETA; each gets it when it logs on and asks for what"
        " it missed\n"
    )
    assert fixgate(*send, "--client", "BETA").output.startswith("kept for 1 client(s)")


def test_breakers_are_shown_tripped_and_reset(desk: MemoryDesk, data_dir: Path) -> None:
    place = ("LOSS", "account:ACC1", "--data-dir", data_dir)
    assert fixgate("breakers", "list", "--data-dir", data_dir).output == (
        "BREAKER  TRIPS AT              ACTIONS  STATE  TRIPPED FOR\n"
        "LOSS     daily_loss 500 money  halt     ready\n"
    )
    shown = fixgate("breakers", "show", "LOSS", "--data-dir", data_dir).output
    assert shown == (
        "LOSS: daily_loss 500 money of account:*\n"
        "actions: halt\n"
        "it has not tripped\n"
        "\n"
        "READS OF      MONEY\n"
        "account:ACC1  120.5\n"
    )
    fixgate("breakers", "trip", *place, "--reason", "a test")
    listed = fixgate("breakers", "list", "--data-dir", data_dir).output
    assert listed.splitlines()[1].split()[-2:] == ["tripped", "account:ACC1"]
    assert "it has not tripped" in fixgate("breakers", "reset", *place, "--reason", "over").output
    result = fixgate("breakers", "show", "X", "--data-dir", data_dir, code=1)
    assert result.stderr == 'there is no breaker "X"; there are: LOSS\n'
    assert desk.actions == [
        ("trip breaker", "LOSS account:ACC1", ME, "a test"),
        ("reset breaker", "LOSS account:ACC1", ME, "over"),
    ]


def test_halt_and_resume(desk: MemoryDesk, data_dir: Path) -> None:
    output = fixgate("halt", "--cancel-open", "--reason", "fire", "--data-dir", data_dir).output
    assert output == (
        "firm is halted; `fixgate resume --scope firm --reason WHY` lifts it\n"
        "4 cancel(s) sent\n"
        "4 order(s) are still open: `fixgate orders list`\n"
        "TO CANCEL IN  BROKER  OPEN  GOOD TILL  WHY                 ORDERS\n"
        "firm          SIM     3                the broker is down  A-1\n"
    )
    shown = fixgate("halts", "--data-dir", data_dir).output.splitlines()
    assert shown[1].split()[:3] == ["firm", "halted", "4"]
    assert shown[-1].endswith("the broker is down  A-1")
    fixgate("halt", "--scope", "client:ACME", "--reason", "also", "--data-dir", data_dir)
    output = fixgate("resume", "--reason", "out", "--data-dir", data_dir).output
    assert output == f"firm may trade again\nstill halted: client:ACME (by {ME}: also)\n"
    result = fixgate("resume", "--reason", "out", "--data-dir", data_dir, code=1)
    assert result.stderr == '"firm" is not halted; `fixgate status` shows halts\n'
    assert [action[0] for action in desk.actions] == ["halt", "halt", "resume"]


def test_a_drill_says_what_a_halt_would_do(desk: MemoryDesk, data_dir: Path) -> None:
    drill = ("halt", "--drill", "--cancel-open", "--level", "cancel-only", "--scope", "broker:SIM")
    assert fixgate(*drill, "--reason", "practice", "--data-dir", data_dir).output == (
        "a drill: nothing is changed; broker:SIM would be cancel-only\n"
        "as strict is in force already: halted=firm\n"
        "its orders would be refused to: ACME\n"
        "it would cancel:\n"
        "BROKER  ORDERS THERE  HELD HERE  GOOD TILL  CANNOT NOW, FOR\n"
        "SIM     3             1          0          the broker is down\n"
    )
    assert [action[0] for action in desk.actions] == ["halt drill"]
    assert fixgate("halts", "--data-dir", data_dir).output == "nothing is halted\n"


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("health",),
        ("sessions", "list"),
        ("sessions", "show", "ACME"),
        ("sessions", "enable", "ACME"),
        ("orders", "list"),
        ("orders", "show", "C1"),
        ("orders", "cancel", "C1"),
        ("prices", "list"),
        ("prices", "set", "IBM", "101", "--reason", "x"),
        ("positions", "list"),
        ("positions", "show", "ACC1", "AAPL"),
        ("positions", "breaks", "--broker", "SIM", "--ask"),
        ("positions", "adjust", "ACC1", "IBM", "--quantity", "0", "--reason", "x"),
        ("halt", "--reason", "x"),
        ("halt", "--drill", "--reason", "x"),
        ("halts",),
        ("breakers", "list"),
        ("breakers", "show", "LOSS"),
        ("breakers", "trip", "LOSS", "account:ACC1", "--reason", "x"),
        ("breakers", "reset", "LOSS", "account:ACC1", "--reason", "x"),
        ("reload", "--reason", "x"),
    ],
    ids=" ".join,
)
def test_every_answer_is_one_json_document_on_demand(
    data_dir: Path, command: tuple[str, ...]
) -> None:
    json.loads(fixgate(*command, "--json", "--data-dir", data_dir).stdout)


@pytest.mark.parametrize("command", [("status",), ("health",), ("orders", "list")], ids=" ".join)
def test_no_gateway_is_exit_code_3(tmp_path: Path, command: tuple[str, ...]) -> None:
    result = fixgate(*command, "--data-dir", tmp_path, code=3)
    assert result.stderr == (
        f"{tmp_path}/control.sock: no gateway is running here (No such file or directory); start"
        " it with `fixgate run`, or name another with --config or --data-dir\n"
    )


def test_no_configuration_is_exit_code_2(tmp_path: Path) -> None:
    result = fixgate("status", "--config", tmp_path / "no.toml", code=2)
    assert result.stderr == (
        f"{tmp_path}/no.toml: there is no such file; give --config FILE or --data-dir DIR\n"
    )


def test_the_configuration_may_be_named_by_the_environment(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data_dir / "x.toml").write_text('[gateway]\ndata_dir = "."\n[[clients]]\nmistake = 1\n')
    monkeypatch.setenv("FIXGATE_CONFIG", str(data_dir / "x.toml"))
    assert fixgate("health").output == "ready\n"


def test_a_counterpartys_text_can_not_steer_the_terminal(desk: MemoryDesk, data_dir: Path) -> None:
    nasty = desk.order("C1").model_copy(update={"text": "\x1b[2J[bold]hi", "cl_ord_id": "C1"})
    desk._orders["A-20261120-000001"] = nasty
    output = fixgate("orders", "show", "C1", "--data-dir", data_dir).output
    assert "\x1b" not in output
    assert "\N{REPLACEMENT CHARACTER}[2J[bold]hi" in output


def test_our_own_fault_is_one_line(desk: MemoryDesk, data_dir: Path) -> None:
    desk.crash = True
    result = fixgate("health", "--data-dir", data_dir, code=1)
    assert result.stderr == (
        "the gateway could not answer: RuntimeError: a bug in the desk; its log has the details\n"
    )


def test_positions_are_listed_with_sums_that_say_what_is_unpriced(data_dir: Path) -> None:
    output = fixgate("positions", "list", "--data-dir", data_dir).output
    _, line, total = output.splitlines()
    assert line.split()[:7] == ["ACC1", "AAPL", "100", "187.5", "188", "(stale)", "unpriced"]
    assert total == "USD: realised 12.5, of it today 0, unrealised 0 without 1 unpriced"
    none = fixgate("positions", "list", "--account", "B", "--data-dir", data_dir).output
    assert none == "no open positions; --all shows the flat ones\n"


def test_a_position_that_never_was_cannot_be_shown(data_dir: Path) -> None:
    assert (
        "unpriced: stale"
        in fixgate("positions", "show", "ACC1", "AAPL", "--data-dir", data_dir).output
    )
    said = fixgate("positions", "show", "B", "AAPL", "--data-dir", data_dir, code=1).output
    assert said == "Error: account B has never had AAPL\n"


@pytest.mark.parametrize("cost", [(), ("--price", "1", "--cost", "2")])
def test_an_adjustment_says_what_the_position_cost_once(
    desk: MemoryDesk, data_dir: Path, cost: tuple[str, ...]
) -> None:
    command = ("positions", "adjust", "ACC1", "IBM", "--quantity", "-5", "--reason", "x")
    place = ("--data-dir", data_dir)
    assert "say what it cost" in fixgate(*command, *cost, *place, code=2).output
    assert desk.actions == []
    assert "-5" in fixgate(*command, "--cost", "200", *place).output
    assert desk.actions == [("adjust", "ACC1 IBM", ME, "x")]


def test_risk_tells_verdicts_and_what_is_left(data_dir: Path) -> None:
    output = fixgate("risk", "explain", "A-1", "--data-dir", data_dir).output
    assert "MAX_QUANTITY: order_qty=9 limit=5" in output
    assert output.splitlines()[-1] == "refused"
    given = ("--client", "ACME", "--symbol", "IBM", "--side", "sell", "--quantity", "100")
    told = json.loads(fixgate("risk", "what-if", *given, "--json", "--data-dir", data_dir).output)
    assert (told["order"], told["passes"]) == ("sell 100", True)


def test_a_test_of_a_sink_says_what_came_of_it(desk: MemoryDesk, data_dir: Path) -> None:
    command = ("alarms", "test", "--data-dir", data_dir, "--sink")
    said = fixgate(*command, "ops").output
    assert said == "ops (webhook): delivered after 12 ms: HTTP status 200\n"
    told = json.loads(fixgate(*command, "mail", "--json", code=1).output)
    assert (told["delivered"], told["text"]) == (False, "no answer within 10 s")
    said = fixgate(*command, "fax", code=1).stderr
    assert said == 'there is no sink "fax"; there are: ops, mail\n'
    tested = [("alarm test", name, ME, "") for name in ("ops", "mail")]
    assert desk.actions == tested


def test_ack_is_short_for_acknowledge(desk: MemoryDesk, data_dir: Path) -> None:
    command = ("alarms", "ack", "L-aa", "--reason", "seen to", "--data-dir", data_dir)
    assert "L-bb" in fixgate(*command).output
    assert desk.actions == [("acknowledge", "L-aa", ME, "seen to")]


def test_exposure_is_a_table_or_all_of_one_scope(data_dir: Path) -> None:
    output = fixgate("exposure", "--data-dir", data_dir).output
    assert [line.split()[0] for line in output.splitlines()] == [
        "SCOPE",
        "firm",
        "client:ACME",
        "account:ACC1",
    ]
    assert "max_credit 90%" in output
    output = fixgate("exposure", "--scope", "account:ACC1", "--data-dir", data_dir).output
    assert "750 for 4 units" in output
    assert output.splitlines()[-1].split() == ["max_credit", "1000", "900", "100"]
    told = json.loads(fixgate("exposure", "--json", "--data-dir", data_dir).output)
    assert [view["open_buys"] for view in told] == ["750"] * 3
    done = fixgate("exposure", "--scope", "planet:MARS", "--data-dir", data_dir, code=1)
    assert done.stderr == "'planet:MARS' is no scope; name another\n"


def test_status_tells_of_alerts_that_do_not_get_through(data_dir: Path) -> None:
    output = fixgate("status", "--data-dir", data_dir).output
    assert "ops: 3 lost, 0 waiting, refused" in output
