"""What a fill costs a position, and what many positions take: `python -m tools.bench.positions`.

Each fill is an event applied to a state's positions, as on its way through the gateway: first to
positions that are there, then to ones that begin. Memory is that of the whole process before and
after, so the orders that the fills name are few.
"""

from __future__ import annotations

import argparse
import resource
from decimal import getcontext
from time import perf_counter, process_time
from typing import Final

from gateway.events import InstrumentTold, OrderExecuted
from gateway.orders.order import DECIMAL_DIGITS, ZERO, Order, Terms
from gateway.risk.limits import LimitTable
from gateway.state import State

NOW: Final = 1_795_262_400_000_000_000
PRICES: Final = ("99.98", "99.99", "100", "100.01", "100.02")
QUANTITIES: Final = ("100", "50", "200")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--positions", type=int, default=100_000)
    parser.add_argument("--fills", type=int, default=200_000)
    asked = parser.parse_args()
    getcontext().prec = DECIMAL_DIGITS
    state = State(LimitTable([]), 100)
    orders = _orders(state)
    few = _fill(state, orders, asked.fills)
    print(f"fill of a position that is there: {few:.2f} us CPU ({asked.fills} on {len(orders)})")
    before = _resident_mb()
    many = State(LimitTable([]), 100)
    begun = _begin(many, asked.positions)
    grown = _resident_mb() - before
    each = grown * 1024 * 1024 / asked.positions
    print(f"fills that begin positions: {begun:.2f} us CPU")
    print(f"{asked.positions} positions with 2 fills each: {grown:.0f} MiB, {each:.0f} bytes each")
    started = perf_counter()
    told = sum(1 for _ in many.positions.snapshot())
    print(f"a segment's head tells {told} of them in {perf_counter() - started:.2f} s")


def _orders(state: State) -> list[Order]:
    state.apply(InstrumentTold("IBM", "USD", "1"), NOW, b"")
    return [_order(number, f"ACC{number}", "IBM", "12"[number % 2]) for number in range(1, 101)]


def _order(number: int, account: str, symbol: str, side: str) -> Order:
    terms = Terms("2", "0", ZERO, "100", "", ZERO)
    return Order(number, f"A-{number}", 1, f"X{number}", account, symbol, side, terms, NOW)


def _fill(state: State, orders: list[Order], fills: int) -> float:
    """Buys and sells by turns, so that lots come and go and positions cross zero."""
    events = [
        OrderExecuted(1, f"E{number}", QUANTITIES[number % 3], PRICES[number % 5], "", "")
        for number in range(fills)
    ]
    started = process_time()
    for number, event in enumerate(events):
        order = orders[number % len(orders)]
        order.side = "12"[number // 700 % 2]
        state.positions.filled(order, event, NOW)
    return (process_time() - started) / fills * 1e6


def _begin(state: State, positions: int) -> float:
    symbols = [f"SYM{number}" for number in range(100)]
    for symbol in symbols:
        state.apply(InstrumentTold(symbol, "USD", "1"), NOW, b"")
    spent = 0.0
    for number in range(positions):
        order = _order(number, f"ACC{number // 100}", symbols[number % 100], "1")
        fills = [OrderExecuted(number, f"E{number}-{n}", "100", PRICES[n], "", "") for n in (0, 1)]
        started = process_time()
        for event in fills:
            state.positions.filled(order, event, NOW)
        spent += process_time() - started
    return spent / positions / 2 * 1e6


def _resident_mb() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1024 / 1024


if __name__ == "__main__":
    main()
