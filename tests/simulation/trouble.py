"""What goes wrong: one table of troubles, each of which undoes itself after a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from decimal import Decimal
from functools import partial
from typing import Final

from gateway.control.desk import DeskError
from gateway.control.limit_models import LimitKey, SetLimit
from gateway.control.requests import Breaker, Halt, Resume
from gateway.control.views import LEVELS, PriceKind
from sessions.state import DISABLED
from store.errors import StoreError
from tests.gateway.end_to_end.settings import PRICES
from tests.simulation.disk import BROKEN, FULL, PLENTY
from tests.simulation.gate import SimulatedGateway
from tests.simulation.network import Pair
from tests.simulation.place import Place, vary, write_tables
from tests.simulation.process import Died

Trouble = Callable[[Place], Coroutine[None, None, None]]
LIMITS: Final = (
    *(("max_open_orders", "3"), ("max_open_orders", "off"), ("max_quantity", "50")),
    *(("refuse_self_match", "on"), ("max_executions", "20"), ("max_long", "500")),
)
WHO: Final = {"who": "simulation", "why": "trouble"}
REASON: Final = {"reason": "trouble"}
BREAKERS: Final = (
    ("STOP", "account:ACME-1"),
    ("STOP", "client:BETA"),
    ("SLOW", "session:ACME"),
    ("ROUTE", "broker:SIM"),
)
CLOSED: Final = ("account:ACME-1", "account:BETA-1", "symbol:IBM")
SCOPES: Final = (
    "firm",
    "broker:SIM",
    "client:ACME",
    "account:ACME-1",
    "session:BETA",
    "strategy:NONE",
    "symbol:AAPL",
)


async def crash(place: Place) -> None:
    """The gateway dies at one of its next effects on disk or network."""
    process = place.gate.process
    if process is not None and process.is_alive:
        process.effects_left = place.dice.randint(1, 40)


async def stop(place: Place) -> None:
    """The gateway is stopped in good order."""
    place.gate.stop()


async def cut(place: Place) -> None:
    """A connection breaks."""
    pair = _some_pair(place)
    if pair is not None:
        pair.cut()


async def cut_all(place: Place) -> None:
    """The network breaks, and then the gateway dies soon: what was on its way is lost as well."""
    for pair in list(place.network.pairs):
        pair.cut()
    await crash(place)


async def stall(place: Place) -> None:
    """Nothing arrives on one connection for a while."""
    pair = _some_pair(place)
    if pair is not None:
        pair.stall(place.dice.choice((0.1, 1, 5, 30)) * place.dice.random())


async def slow_peer(place: Place) -> None:
    """A peer does not read for a while."""
    pair = _some_pair(place)
    if pair is None:
        return
    end = next((end for end in pair.ends if end.process is None), None)
    if end is not None:
        end.pause_reading()
        await asyncio.sleep(place.dice.uniform(0.1, 10))
        end.resume_reading()


async def full_disk(place: Place) -> None:
    """Nothing more can be written; somebody frees space after a while."""
    await _disk_fault(place, FULL)


async def broken_disk(place: Place) -> None:
    """Writes and syncs fail for a while."""
    await _disk_fault(place, BROKEN)


async def low_disk(place: Place) -> None:
    """The reserve is all that is left."""
    place.disk.free_bytes = 0
    await asyncio.sleep(place.dice.uniform(1, 10))
    place.disk.free_bytes = PLENTY


async def clock_step(place: Place) -> None:
    """The gateway's clock is set."""
    by_s = place.dice.choice((0.001, 0.5, 20)) * place.dice.uniform(-1, 1)
    place.clock.step(int(by_s * 1e9))
    await asyncio.sleep(place.dice.uniform(1, 10))
    place.clock.step(-int(by_s * 1e9))


async def client_restart(place: Place) -> None:
    """A client dies and comes back."""
    await place.dice.choice(place.traders).restart()


async def taker_restart(place: Place) -> None:
    """The risk system dies and comes back."""
    await place.restart_taker(place.dice.uniform(0.01, 8))


async def broker_restart(place: Place) -> None:
    """A broker dies and comes back."""
    await place.restart_broker(place.some_broker(), place.dice.uniform(0.01, 8))


async def broker_loses(place: Place) -> None:
    """What the broker answers for a while is lost for ever, and it says so."""
    broker = place.some_broker()
    if broker.loses or not broker.session.logged_on:
        return
    broker.loses = place.has_lost = True
    await asyncio.sleep(place.dice.uniform(0.01, 2))
    while not broker.session.logged_on:
        if broker not in place.brokers.values():
            return  # it died meanwhile, and what it had not said it never made
        await asyncio.sleep(0.1)
    broker.tell_loss()


async def halt(place: Place) -> None:
    """An operator latches a level of trading on a scope, perhaps a stricter one later, and resumes
    it, perhaps by way of a looser one.
    """
    dice = place.dice
    scope = dice.choice(SCOPES)
    for level in sorted(dice.sample(LEVELS, dice.choice((1, 1, 2))), key=LEVELS.index):
        ask = Halt(scope=scope, level=level, cancel_open=dice.random() < 0.5, force=True, **REASON)
        await _at_desk(place, partial(_halt, ask))
        await asyncio.sleep(dice.uniform(0.1, 4))
    if dice.random() < 0.3:
        down = Resume(scope=scope, level="reduce-only", **REASON)
        await _at_desk(place, partial(_resume, down))
        await asyncio.sleep(dice.uniform(0.1, 2))
    resume = partial(_resume, Resume(scope=scope, **REASON))
    await _insist(place, resume, lambda g: scope not in g.engine.core.state.levels.by_scope)


async def breaker(place: Place) -> None:
    """An operator trips a breaker and resets it, unless it does so by itself."""
    await _trip(place, *place.dice.choice(BREAKERS), 6)


async def closing(place: Place) -> None:
    """An operator trips a breaker that closes positions, and leaves it time for that."""
    await _trip(place, "CLOSE", place.dice.choice(CLOSED), 30)


async def _trip(place: Place, name: str, scope: str, longest_s: float) -> None:
    ask = Breaker(scope=scope, **REASON)
    await _at_desk(place, lambda g: g.desk.trip_breaker(name, ask, who=WHO["who"]))
    await asyncio.sleep(place.dice.uniform(0.1, longest_s))

    async def reset(gateway: SimulatedGateway) -> None:
        await gateway.desk.reset_breaker(name, ask, who=WHO["who"])

    await _insist(place, reset, lambda g: (name, scope) not in g.engine.core.state.breakers.trips)


async def operator_cancel(place: Place) -> None:
    """An operator cancels an order."""
    gateway = place.gate.running
    opened = list(gateway.engine.core.state.book.open.values()) if gateway is not None else []
    if opened:
        order_id = place.dice.choice(opened).order_id
        await _at_desk(place, lambda g: g.desk.cancel_order(order_id, **WHO))


async def day_roll(place: Place) -> None:
    """An operator lets the business date roll before its time."""
    await _at_desk(place, lambda g: g.desk.roll_day(**WHO))


async def session_off(place: Place) -> None:
    """An operator logs a session out, cuts it off, or keeps it out for a while."""
    name = place.dice.choice(("ACME", "BETA", "RISK", "SIM"))
    kind = place.dice.choice(("logout", "disconnect", "disable"))
    if kind == "logout":
        await _at_desk(place, lambda g: g.desk.session_logout(name, **WHO))
    elif kind == "disconnect":
        await _at_desk(place, lambda g: g.desk.session_disconnect(name, **WHO))
    else:
        await _at_desk(place, lambda g: g.desk.session_disable(name, **WHO))
        await asyncio.sleep(place.dice.uniform(0.1, 8))
        enable = partial(_enable, name)
        await _insist(place, enable, lambda g: g.desk.session(name).state != DISABLED)


async def reload(place: Place) -> None:
    """The configuration changes while the gateway runs."""
    vary(place.tables, place.dice)
    write_tables(place.folder, place.tables)
    await _at_desk(place, lambda g: g.desk.reload(dry_run=False, **WHO))


async def limit(place: Place) -> None:
    """An operator sets a limit, for good or for a time, and has it as configured again."""
    scope = place.dice.choice(("firm", "client:ACME", "account:*", "symbol:AAPL"))
    name, value = place.dice.choice(LIMITS)
    lasts_ns = place.dice.choice((0, 1, 5)) * 1_000_000_000
    now = place.clock.utc_ns()
    expires_ns = now + lasts_ns if lasts_ns else 0
    ask = SetLimit(scope=scope, limit=name, value=value, expires_ns=expires_ns, reason="trouble")
    await _at_desk(place, lambda g: g.desk.set_limit(ask, who="simulation"))
    await asyncio.sleep(place.dice.uniform(0.1, 8))
    key = LimitKey(scope=scope, limit=name, reason="over")
    unset = partial(_unset, key)
    await _insist(
        place,
        unset,
        lambda g: (scope, name) not in g.engine.core.state.limit_changes.in_force,
    )


async def price(place: Place) -> None:
    """An operator states a price, which may trigger orders that are held."""
    symbol, middle = place.dice.choice(list(PRICES.items()))
    stated = Decimal(middle) + place.dice.randint(-300, 300) / Decimal(100)
    kind: PriceKind = place.dice.choice(("last", "bid", "ask"))
    await _at_desk(place, lambda g: g.desk.state_price(symbol, price=stated, kind=kind, **WHO))


TROUBLES: Final[dict[Trouble, int]] = {
    crash: 8,
    cut: 6,
    cut_all: 3,
    stall: 4,
    slow_peer: 3,
    stop: 2,
    full_disk: 1,
    broken_disk: 1,
    low_disk: 1,
    clock_step: 2,
    client_restart: 2,
    taker_restart: 1,
    broker_restart: 2,
    broker_loses: 1,
    halt: 3,
    breaker: 3,
    operator_cancel: 3,
    day_roll: 2,
    session_off: 2,
    reload: 3,
    limit: 3,
}
"""How often each happens, in proportion."""
CLOSING: Final = 20
"""Where positions are closed as well."""
HELD_TROUBLES: Final = {**TROUBLES, price: 12}
"""The same where orders are held."""


class Troubles:
    """Makes trouble until it is told to stop, and then waits until all is undone."""

    def __init__(self, place: Place, say: Callable[[str], None]) -> None:
        self._place = place
        self._say = say
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def go_on(self, pause_s: float) -> None:
        """One trouble after the other, with pauses of `pause_s` on average; of each kind one at a
        time.
        """
        dice = self._place.dice
        while True:
            await asyncio.sleep(dice.expovariate(1 / pause_s))
            table = HELD_TROUBLES if self._place.holds else TROUBLES
            table = {**table, closing: CLOSING} if self._place.closes else table
            trouble = dice.choices(list(table), list(table.values()))[0]
            name = getattr(trouble, "__name__", "trouble")
            task = self._under_way.get(name)
            if task is None or task.done():
                self._say(f"trouble: {name}")
                self._under_way[name] = asyncio.create_task(trouble(self._place))

    async def undone(self) -> None:
        """Wait until nothing is in trouble any more."""
        await asyncio.gather(*self._under_way.values())
        process = self._place.gate.process
        if process is not None:
            process.effects_left = None


def _some_pair(place: Place) -> Pair | None:
    pairs = place.network.pairs
    return place.dice.choice(pairs) if pairs else None


async def _disk_fault(place: Place, fault: str) -> None:
    if place.disk.fault:
        return
    place.disk.fault = fault
    await asyncio.sleep(place.dice.uniform(0.01, 3))
    place.disk.fault = ""


def _halt(ask: Halt, gateway: SimulatedGateway) -> Awaitable[object]:
    return gateway.desk.halt(ask, who=WHO["who"])


def _resume(ask: Resume, gateway: SimulatedGateway) -> Awaitable[object]:
    return gateway.desk.resume(ask, who=WHO["who"])


def _unset(key: LimitKey, gateway: SimulatedGateway) -> Awaitable[object]:
    return gateway.desk.unset_limit(key, who="simulation")


def _enable(name: str, gateway: SimulatedGateway) -> Awaitable[object]:
    return gateway.desk.session_enable(name, **WHO)


async def _insist(
    place: Place,
    command: Callable[[SimulatedGateway], Awaitable[object]],
    is_done: Callable[[SimulatedGateway], bool],
) -> None:
    """Command it until it is done: who is told that it failed cannot know."""
    while place.gate.running is None or not is_done(place.gate.running):
        await _at_desk(place, command)
        await asyncio.sleep(0.1)


async def _at_desk(place: Place, command: Callable[[SimulatedGateway], Awaitable[object]]) -> bool:
    """Command what an operator commands; whether there was a gateway, and it did it."""
    gateway = place.gate.running
    if gateway is None:
        return False
    try:
        await command(gateway)
    except (DeskError, StoreError, Died):
        return False
    return True
