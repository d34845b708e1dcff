"""What each pre-trade check costs: all of them, with five scopes each, on one order.

The stages of an order's way are timed as in `stages`, but with every limit on in five scopes and
never reached; then what the checks look at is made, and each looks, over the last orders. Prints
microseconds as JSON: `way`, all stages together, and each check by its name.
"""

import asyncio
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time_ns, time_ns
from typing import Final

from gateway import garbage
from gateway.config import load_config
from gateway.events import PositionAdjusted
from gateway.orders.candidates import new_candidate
from gateway.risk import checks_of
from gateway.risk.candidate import Candidate
from gateway.risk.limit_kinds import LIMITS
from gateway.runtime import Gateway
from gateway.translate.inbound import OrderTerms
from sessions.message import Message, parse
from tools.bench.gateway import write_config
from tools.bench.prepared import ACCOUNT, REFERENCE_CENTS, SYMBOLS, Orders
from tools.bench.report import ALL_CHECKS, LOOKED_AT, WAY
from tools.bench.stages import BATCH, NEVER_OPENED, WARM_UP, Stages

SCOPES: Final = ("client:BENCH", f"account:{ACCOUNT.decode()}", "session:BENCH", "symbol:*")
FIRM: Final = ("order_burst", "cancel_rate_per_s", "cancel_burst")
SMALL: Final = 0.000_001
LARGE: Final = 1_000_000_000_000
PERCENT: Final = 50
OWNED: Final = 100_000_000
ROUNDS: Final = 200


def all_limits(folder: Path) -> None:
    """Turn every limit on in five scopes, so far off that no order reaches it."""
    config = folder / "fixgate.toml"
    written = config.read_text().splitlines(keepends=True)
    text = "".join(line for line in written if not line.endswith(' = "off"\n'))
    firm = [name for name in LIMITS if f"\n{name} = " not in text and name not in FIRM]
    lines = [_line(name) for name in firm]
    for scope in SCOPES:
        lines += ["", "[[risk.limits]]", f'scope = "{scope}"']
        lines += [_line(name) for name in LIMITS if name not in FIRM]
        if scope.startswith(("client", "session")):
            lines.append(_line("cancel_rate_per_s"))
    text = text.replace("[[risk.limits]]", f"[risk]\ncapital = {LARGE}\n\n[[risk.limits]]", 1)
    config.write_text(text + "\n".join([*lines, ""]))
    header = "symbol,security_type,currency,tick_size,lot_size,sector,adv"
    rows = [f"{symbol.decode()},CS,USD,0.01,100,TECH,100000000" for symbol in SYMBOLS]
    (folder / "instruments.csv").write_text("\n".join([header, *rows, ""]))


def _line(name: str) -> str:
    if LIMITS[name].is_switch:
        return f'{name} = "on"'
    value = SMALL if name.startswith("min_") else LARGE
    if name.endswith(("_pct", "_window_s")):
        value = PERCENT
    return f"{name} = {value:f}" if value == SMALL else f"{name} = {value}"


def measure_checks(orders: int, folder: Path | None = None) -> dict[str, float]:
    """CPU microseconds an order: of its whole way, of all checks, and of each."""
    with TemporaryDirectory(prefix="bench-checks-", dir=folder) as name:
        return asyncio.run(_measure(orders, Path(name)))


async def _measure(orders: int, folder: Path) -> dict[str, float]:
    write_config(folder, client_port=NEVER_OPENED, broker_port=NEVER_OPENED, audit=False)
    all_limits(folder)
    gateway = Gateway(load_config(folder / "fixgate.toml"), asyncio.get_running_loop())
    try:
        garbage.settle()
        stages = Stages(gateway)
        stages.log_on()
        _own_something(gateway)
        prepared = Orders(b"BENCH", b"FIXGATE", 2, 1)
        batches = max(orders // BATCH, 1)
        prepared.prepare((batches + WARM_UP) * BATCH)
        for _ in range(WARM_UP):
            stages.batch(prepared)
        stages.spent.clear()
        for _ in range(batches):
            stages.batch(prepared)
        found = {WAY: _way(stages, batches * BATCH)}
        candidates, spent = _candidates(gateway, prepared)
        return found | _each(candidates, spent)
    finally:
        gateway.journal.close()


def _own_something(gateway: Gateway) -> None:
    """The account owns what it sells."""
    decision = gateway.engine.core.decision(time_ns())
    for symbol in SYMBOLS:
        of = (ACCOUNT.decode(), symbol.decode(), "USD", "")
        owned, cost = str(OWNED), str(OWNED * REFERENCE_CENTS // 100)
        decision.emit(0, PositionAdjusted(*of, owned, cost, "0", "0", "bench", "to be sold"))


def _way(stages: Stages, orders: int) -> float:
    spent = stages.spent
    return (sum(spent.values()) - spent["read"]) / 1000 / orders  # which "session in" has as well


def _candidates(gateway: Gateway, prepared: Orders) -> tuple[list[Candidate], float]:
    """Orders that would be next, as the checks see them; and microseconds to make one so."""
    core = gateway.engine.core
    client = next(iter(core.setup.clients.values()))
    wanted = []
    prepared.prepare(BATCH)
    for raw in prepared.take(BATCH).split(b"\x018=FIX")[1:-1]:
        message = parse(b"8=FIX" + raw + b"\x01")
        assert isinstance(message, Message), f"not a message: {raw!r}"
        terms = OrderTerms(message)
        refusal = terms.problem()
        assert refusal is None, refusal.text
        terms.broker = next(iter(core.setup.brokers))
        wanted.append(terms)
    decision = core.decision(time_ns())
    begin = process_time_ns()
    for _ in range(ROUNDS):
        found = [new_candidate(decision, client, terms, None) for terms in wanted]
    return found, (process_time_ns() - begin) / 1000 / ROUNDS / len(wanted)


def _each(candidates: list[Candidate], looking: float) -> dict[str, float]:
    found = {ALL_CHECKS: looking, LOOKED_AT: looking}
    for check in checks_of(candidates[0].limits):
        begin = process_time_ns()
        for _ in range(ROUNDS):
            for candidate in candidates:
                refusal = check(candidate)
        spent = (process_time_ns() - begin) / 1000 / ROUNDS / len(candidates)
        assert refusal is None, refusal.text
        found[check.__name__] = spent
        found[ALL_CHECKS] += spent
    return found


if __name__ == "__main__":
    print(json.dumps(measure_checks(int(sys.argv[1]), Path(sys.argv[2]))))
