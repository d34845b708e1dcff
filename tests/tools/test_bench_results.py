"""What is made of the measurements: medians, percentiles, ratios, and how they are shown."""

import io
import re

import pytest
from rich.console import Console

from tools.bench.client import Reports
from tools.bench.errors import BenchError
from tools.bench.meter import Mark
from tools.bench.report import as_json, print_table
from tools.bench.results import Growth, Results, Run, Runs, percentile
from tools.bench.wire import frame


def run(*, orders: int = 1000, elapsed_ms: int = 100, cpu_ms: int = 50, latencies=()) -> Run:
    return Run(
        orders=orders,
        elapsed_ns=elapsed_ms * 1_000_000,
        cpu_ns=cpu_ms * 1_000_000,
        generator_ns=elapsed_ms * 250_000,
        rss_bytes=80_000_000,
        latencies_ns=latencies,
    )


def growing(cost_us: float, late_cost_us: float, orders: int) -> Run:
    """A run whose orders cost more from the half on, with a dear garbage collection at each end."""
    marks = [Mark(0, 0, 0, 50_000_000)]
    for done in range(1000, orders + 6001, 1000):
        cost = cost_us if done <= orders // 2 else late_cost_us
        slow = 50 if done in (8000, orders) else 1
        cpu = marks[-1].cpu_ns + int(cost * slow * 1_000_000)
        marks.append(Mark(done, done * 1000, cpu, 50_000_000 + done * 400))
    return Run.of(
        {
            "marks": [
                {
                    "orders": m.orders,
                    "time_ns": m.time_ns,
                    "cpu_ns": m.cpu_ns,
                    "rss_bytes": m.rss_bytes,
                }
                for m in marks
            ],
            "generator_ns": 1,
        }
    )


def complete() -> Results:
    latencies = tuple(range(1_000, 101_000, 1_000))
    return Results(
        floor=Runs((run(orders=10_000), run(orders=10_000))),
        floor_saturation=500_000,
        gateway_saturation=150_000,
        gateway=Runs((run(), run(cpu_ms=40), run(elapsed_ms=80))),
        paced={1000: run(latencies=latencies), 5000: run(latencies=latencies)},
        growth=Growth(growing(50, 55, 100_000), 100_000),
        restart_s=3.5,
        stages_us={"parse": 9.5},
        checks_us={"way": 100.0, "all checks": 20.0, "halt": 0.2},
        notes=["on a quiet machine"],
    )


def test_a_percentile_is_a_measured_value_that_so_many_do_not_exceed() -> None:
    assert percentile([5], 0.99) == 5
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile(range(1, 101), 0.99) == 99
    assert percentile(range(1, 101), 1.0) == 100


def test_a_run_is_told_by_its_first_and_last_mark() -> None:
    found = growing(50, 50, 20_000)
    assert found.orders == 26_000
    assert found.elapsed_ns == 26_000_000


def test_the_ratio_is_the_lower_of_throughput_and_cpu() -> None:
    results = complete()
    assert results.throughput_ratio == pytest.approx(0.1)
    assert results.cpu_ratio == pytest.approx(5 / 50)
    results.gateway = Runs((run(elapsed_ms=50),))
    assert results.throughput_ratio == pytest.approx(0.2)
    assert results.ratio == pytest.approx(0.1)


def test_growth_compares_medians_so_that_one_dear_moment_does_not_count() -> None:
    growth = Growth(growing(50, 55, 100_000), 100_000)
    assert growth.cost_us_at(10_000) == pytest.approx(50)
    assert growth.ratio == pytest.approx(1.1)
    assert growth.bytes_per_closed_order == pytest.approx(400)


def test_the_object_has_every_published_name() -> None:
    found = as_json(complete())
    assert {
        "floor_orders_per_s",
        "gateway_orders_per_s",
        "ratio",
        "cpu_us_per_order",
        "cpu_us_by_check",
        "cpu_us_by_stage",
        "p50_us",
        "p99_us",
        "growth_ratio",
        "rss_mb",
        "generator_busy",
        "memory_per_closed_order_bytes",
        "restart_s_500k",
        "floor_cpu_us_per_order",
    } <= found.keys()
    assert found["p50_us"] == {"1000": 50, "5000": 50}
    assert found["p99_us"] == {"1000": 99, "5000": 99}
    assert found["generator_busy"] == 0.25


def test_parts_that_were_not_run_are_left_out() -> None:
    found = as_json(Results(Runs((run(),)), 1.0, 1.0))
    assert "ratio" not in found
    assert "growth_ratio" not in found


def test_the_table_shows_ratio_latencies_growth_and_notes() -> None:
    out = io.StringIO()
    print_table(complete(), Console(file=out, width=120))
    for text in ("0.100", "p99 99 us", "growth", "3.50 s", "parse", "on a quiet machine"):
        assert text in out.getvalue()


def report(number: int, kind: bytes) -> bytes:
    return frame(b"35=8\x0134=%d\x01150=%b\x0139=0\x01" % (number, kind))


def test_reports_are_counted_by_kind() -> None:
    reports = Reports(2)
    reports.take(report(2, b"0") + report(3, b"0") + report(4, b"F"))
    assert (reports.new, reports.filled, reports.next_seq) == (2, 1, 5)


@pytest.mark.parametrize("numbers", [(2, 4), (2, 2), (3, 4)])
def test_a_gap_or_repeat_in_the_reports_ends_the_run(numbers: tuple[int, int]) -> None:
    with pytest.raises(BenchError, match=r"MsgSeqNum\(34\)"):
        Reports(2).take(b"".join(report(number, b"0") for number in numbers))


def test_a_rejected_order_ends_the_run_with_its_text() -> None:
    rejected = frame(b"35=8\x0134=2\x01150=8\x0139=8\x0158=MAX_QUANTITY: limit=1\x01")
    with pytest.raises(BenchError, match="MAX_QUANTITY: limit=1"):
        Reports(2).take(rejected)


def test_a_heartbeat_between_reports_is_no_fault() -> None:
    reports = Reports(2)
    reports.take(report(2, b"0") + frame(b"35=0\x0134=3\x01"))
    assert (reports.new, reports.next_seq) == (1, 4)


def test_a_wrong_checksum_is_found_in_the_first_chunk() -> None:
    with pytest.raises(BenchError, match=r"CheckSum\(10\)"):
        Reports(2).take(report(2, b"0").replace(b"39=0", b"39=1"))


def test_the_table_tells_the_share_of_each_check() -> None:
    console = Console(record=True, width=200, file=io.StringIO())
    print_table(complete(), console)
    text = console.export_text()
    assert re.search(r"all checks +│ 20\.00 us +│ 20\.0% of an order's way", text)
    assert re.search(r"check halt +│ 0\.20 us +│ 0\.2% of", text)
