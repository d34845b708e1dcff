"""The benchmark as it is run: real processes, real sockets, real files, few orders."""

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time_ns

import pytest
from rich.console import Console

from gateway.config import load_config
from gateway.reference import load_reference
from tools.bench import brokers, cli, day_roll, kill, measure, sessions
from tools.bench.against import check_out
from tools.bench.errors import BenchError
from tools.bench.floor import byte_sum
from tools.bench.gateway import write_config
from tools.bench.measure import Plan
from tools.bench.meter import cpu_ns, rss_bytes
from tools.bench.worker import Worker, answer, cores

ROOT = Path(__file__).parents[2]


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    options = cli.parser().parse_args(
        ["--quick", "--orders", "600", "--repeats", "2", "--dir", str(tmp_path)]
    )
    return cli.plan_of(options)


def test_the_floor_answers_every_order_and_leaves_nothing_behind(plan: Plan) -> None:
    runs = measure.floor(plan).runs
    assert [run.orders for run in runs] == [2400, 2400]
    assert all(run.cpu_ns > 0 and run.generator_ns > 0 for run in runs)
    assert list(plan.folder.iterdir()) == []


def test_the_generators_run_against_sinks(plan: Plan) -> None:
    assert measure.floor_saturation(plan) > 0
    assert measure.gateway_saturation(plan) > 0


def test_brokers_are_held_against_each_other(
    plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    with TemporaryDirectory(prefix="bench-") as name:  # a control socket's path must be short
        found = brokers.measure(replace(plan, folder=Path(name), seconds=0.2), 5)
        assert list(Path(name).iterdir()) == []
    assert (found.refused, found.ratio > 0, found.stall_ratio > 0) == (0, True, True)
    brokers.show(found, as_object=False)
    assert "sustained over REST" in capsys.readouterr().out
    brokers.show(found, as_object=True)
    assert json.loads(capsys.readouterr().out)["ratio"] == round(found.ratio, 3)


def test_a_day_rolls_over_orders_whose_client_is_told_of_each(
    plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    with TemporaryDirectory(prefix="bench-") as name:  # a control socket's path must be short
        found = day_roll.measure(replace(plan, folder=Path(name)), 300, ROOT)
        assert list(Path(name).iterdir()) == []
    assert (found.orders, found.told, found.segments) == (300, 300, 0)
    assert found.cpu_s > 0
    day_roll.show(found, as_object=False)
    assert "300 reports to the client" in capsys.readouterr().out
    day_roll.show(found, as_object=True)
    assert json.loads(capsys.readouterr().out)["orders"] == 300


def test_the_kill_switch_sends_every_cancel_to_a_broker_that_answers_nothing(
    plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    with TemporaryDirectory(prefix="bench-") as name:
        found = kill.measure(replace(plan, folder=Path(name)), 600, ROOT)
        assert list(Path(name).iterdir()) == []
    assert found.orders == 600
    assert 0 < found.refused_ms / 1e3 <= found.sent_s
    kill.show(found, as_object=False)
    assert "600" in capsys.readouterr().out
    kill.show(found, as_object=True)
    assert json.loads(capsys.readouterr().out)["orders"] == 600


def test_many_sessions_beat_and_trade(plan: Plan) -> None:
    said: list[str] = []
    with TemporaryDirectory(prefix="bench-") as name:  # a control socket's path must be short
        short = replace(plan, folder=Path(name))
        found = sessions.measure(short, sessions.Size(3, 2.0, 2), said.append, intervals_s=(3,))
        assert list(short.folder.iterdir()) == []
    assert [line.split()[0] for line in said] == ["3", "2"]
    (beating,) = found.beating
    assert beating.run.orders >= 3  # heartbeats of the gateway
    assert beating.cpu_share > 0
    assert beating.rss_mb > 10
    trading = found.trading
    assert [run.orders for run in (*trading.one, *trading.shallow, *trading.deep)] == [600] * 6
    assert json.loads(json.dumps(sessions.as_json(found)))["trading"][0]["sessions"] == 1
    shown = io.StringIO()
    sessions.print_found(found, Console(file=shown, width=200))
    assert "Heartbeats only" in shown.getvalue()
    assert "Trading" in shown.getvalue()


def test_the_command_prints_one_object(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.bench", "--floor-only", "--json"]
    sizes = ["--orders", "200", "--repeats", "1", "--dir", str(tmp_path)]
    done = subprocess.run([*command, *sizes], cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["floor_orders_per_s"] > 0
    assert found["floor_cpu_us_per_order"] > 0
    assert any("uvloop" in note or "asyncio" in note for note in found["notes"])


def test_the_gateway_takes_its_configuration(tmp_path: Path) -> None:
    write_config(tmp_path, client_port=5001, broker_port=9001, audit=False)
    config = load_config(tmp_path / "fixgate.toml")
    assert config.brokers[0].hosts == ("127.0.0.1:9001",)
    reference = load_reference(
        config.reference.instruments, config.reference.prices, config.reference.price_max_age_s
    )
    assert reference.instruments.keys() == reference.closes.keys()


def test_a_gateway_that_does_not_start_is_told_with_what_it_said(
    plan: Plan, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    (tree / "gateway").mkdir(parents=True)
    (tree / "gateway" / "__init__.py").write_text("")
    (tree / "gateway" / "cli.py").write_text('raise SystemExit("port 5001 is taken")')
    with (
        pytest.raises(BenchError, match=r"ended at its start\nport 5001 is taken"),
        measure.running(plan, tree),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["tree"]


def test_a_worker_that_fails_says_why_and_goes_on() -> None:
    core = cores()[1]
    with Worker("tools.bench.client", [], core) as client:
        assert client.ask("log_on", port=1) == {"logged_on": False}
        with pytest.raises(BenchError, match="not logged on"):
            client.ask("log_out")
        assert os.sched_getaffinity(client.pid) == {core}
        pid = client.pid
    assert not Path(f"/proc/{pid}").exists()


def test_a_worker_that_ended_is_named() -> None:
    with (
        Worker("tools.bench.sink", ["--orders", "1", "--broker-port", "1"], cores()[1]) as sink,
        pytest.raises(BenchError, match="sink process ended"),
    ):
        sink.answered()


def test_a_command_is_answered_with_its_result_or_its_failure() -> None:
    def fails() -> dict[str, object]:
        raise BenchError("no report for 60 s")

    handlers = {"fails": fails, "doubles": lambda number: {"is": 2 * number}}
    assert json.loads(answer(handlers, '{"do": "doubles", "number": 4}')) == {"is": 8}
    assert json.loads(answer(handlers, '{"do": "fails"}')) == {"error": "no report for 60 s"}


def test_the_meter_counts_what_a_process_has_used() -> None:
    before, own = cpu_ns(os.getpid()), process_time_ns()
    while process_time_ns() - own < 30_000_000:
        pass
    assert cpu_ns(os.getpid()) > before
    assert rss_bytes(os.getpid()) > 1_000_000


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 5000])
def test_the_byte_sum_is_exact_at_any_length(size: int) -> None:
    data = bytes((n * 7 + 200) % 256 for n in range(size))
    assert byte_sum(data) == sum(data) % 256
    assert byte_sum(b"\xff" * size) == 255 * size % 256


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "code.py").write_text("old")
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    for arguments in (["init", "-q"], ["add", "."], [*identity, "commit", "-q", "-m", "Begin"]):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True)
    (folder / "code.py").write_text("new")
    return folder


def test_a_revision_is_checked_out_beside_the_tree(repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    check_out(repository, "HEAD", other)
    assert (other / "code.py").read_text() == "old"
    assert (repository / "code.py").read_text() == "new"


def test_an_unknown_revision_is_named(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="revision no-such"):
        check_out(repository, "no-such", tmp_path)


@pytest.mark.parametrize("arguments", [["--orders", "0"], ["--growth-orders", "9"], ["--nonsense"]])
def test_bad_options_end_with_a_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m tools.bench" in capsys.readouterr().err
