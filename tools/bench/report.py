"""How a benchmark is shown: one JSON object, or a table to read.

Computes nothing but roundings.
"""

from collections.abc import Iterator
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from tools.bench.results import Results

ALL_CHECKS: Final = "all checks"
LOOKED_AT: Final = "what they look at"
WAY: Final = "way"

P50: Final = 0.50
P99: Final = 0.99


def as_json(results: Results) -> dict[str, Any]:
    """All numbers under their published names; those of parts not run are left out."""
    found: dict[str, Any] = {
        "floor_orders_per_s": round(results.floor.orders_per_s),
        "floor_cpu_us_per_order": round(results.floor.cpu_us_per_order, 2),
        "floor_generator_busy": round(results.floor.generator_busy, 3),
        "floor_saturation_orders_per_s": round(results.floor_saturation),
        "saturation_orders_per_s": round(results.gateway_saturation),
    }
    found |= _gateway(results)
    if results.plain is not None:
        found["plain_orders_per_s"] = round(results.plain.orders_per_s)
        found["plain_cpu_us_per_order"] = round(results.plain.cpu_us_per_order, 2)
        found["plain_ratio"] = round(results.plain_ratio, 4)
    found |= _growth(results)
    if results.stages_us:
        found["cpu_us_by_stage"] = {name: round(us, 2) for name, us in results.stages_us.items()}
    if results.checks_us:
        found["cpu_us_by_check"] = {name: round(us, 2) for name, us in results.checks_us.items()}
    return found | {"notes": results.notes}


def _gateway(results: Results) -> dict[str, Any]:
    if results.gateway is None:
        return {}
    return {
        "gateway_orders_per_s": round(results.gateway.orders_per_s),
        "compiled": results.plain is not None,
        "cpu_us_per_order": round(results.gateway.cpu_us_per_order, 2),
        "ratio": round(results.ratio, 4),
        "throughput_ratio": round(results.throughput_ratio, 4),
        "cpu_ratio": round(results.cpu_ratio, 4),
        "generator_busy": round(results.gateway.generator_busy, 3),
        "rss_mb": round(results.gateway.runs[-1].rss_bytes / 1e6, 1),
        "p50_us": {str(rate): round(run.latency_us(P50)) for rate, run in results.paced.items()},
        "p99_us": {str(rate): round(run.latency_us(P99)) for rate, run in results.paced.items()},
    }


def _growth(results: Results) -> dict[str, Any]:
    growth = results.growth
    if growth is None:
        return {}
    return {
        "growth_ratio": round(growth.ratio, 3),
        "growth_orders": growth.orders,
        "memory_per_closed_order_bytes": round(growth.bytes_per_closed_order),
        "rss_mb": round(growth.run.rss_bytes / 1e6, 1),
        "restart_s_500k": round(results.restart_s, 2),
    }


def print_table(results: Results, console: Console) -> None:
    """The numbers for a reader, then what to know about them."""
    table = Table("what", "value", "", title="fixgate benchmark")
    for what, value, remark in _rows(results):
        table.add_row(what, value, remark)
    console.print(table)
    for note in results.notes:
        console.print(f"- {note}")


def _rows(results: Results) -> Iterator[tuple[str, str, str]]:
    floor = results.floor
    yield (
        "floor",
        f"{floor.orders_per_s:,.0f} orders/s",
        f"{floor.cpu_us_per_order:.1f} us CPU an order, generator {floor.generator_busy:.0%} busy",
    )
    yield "most the client can send", f"{results.floor_saturation:,.0f} orders/s", "to a sink"
    yield (
        "most client and broker can do",
        f"{results.gateway_saturation:,.0f} orders/s",
        "through a sink",
    )
    yield from _gateway_rows(results)
    yield from _growth_rows(results)
    for name, us in results.stages_us.items():
        yield f"  {name}", f"{us:.2f} us", "an order"
    way = results.checks_us.get(WAY, 0.0)
    for name, us in results.checks_us.items():
        if name != WAY:
            share = f"{us / way:.1%} of an order's way with all checks in five scopes"
            yield f"  check {name}" if name != ALL_CHECKS else name, f"{us:.2f} us", share


def _gateway_rows(results: Results) -> Iterator[tuple[str, str, str]]:
    gateway = results.gateway
    if gateway is None:
        return
    plain = results.plain
    if plain is not None:
        yield (
            "gateway in plain Python",
            f"{plain.orders_per_s:,.0f} orders/s",
            f"{plain.cpu_us_per_order:.1f} us CPU an order, ratio {results.plain_ratio:.3f}",
        )
    yield (
        "gateway, two reports an order" + ("" if plain is None else ", compiled"),
        f"{gateway.orders_per_s:,.0f} orders/s",
        f"{gateway.cpu_us_per_order:.1f} us CPU an order, "
        f"generators {gateway.generator_busy:.0%} busy",
    )
    yield (
        "ratio to the floor",
        f"{results.ratio:.3f}",
        f"orders/s {results.throughput_ratio:.3f}, CPU {results.cpu_ratio:.3f}; the lower counts",
    )
    for rate, run in results.paced.items():
        yield (
            f"order to New at {rate:,}/s",
            f"p50 {run.latency_us(P50):,.0f} us",
            f"p99 {run.latency_us(P99):,.0f} us, {run.cpu_us_per_order:.0f} us CPU an order",
        )
    yield "resident memory", f"{gateway.runs[-1].rss_bytes / 1e6:,.0f} MB", "after these runs"


def _growth_rows(results: Results) -> Iterator[tuple[str, str, str]]:
    growth = results.growth
    if growth is None:
        return
    yield (
        "growth",
        f"{growth.ratio:.3f}",
        f"cost of order {growth.orders:,} over that of {growth.early:,}, median session",
    )
    yield (
        "memory of a closed order",
        f"{growth.bytes_per_closed_order:,.0f} bytes",
        f"{growth.run.rss_bytes / 1e6:,.0f} MB resident at the end",
    )
    yield "restart", f"{results.restart_s:.2f} s", f"with {growth.run.orders:,} orders"
