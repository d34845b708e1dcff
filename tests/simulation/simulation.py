"""One simulation from one seed: trade under trouble, come to rest, compare what everybody says."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import getcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import format_exc
from typing import Any, Final
from unittest import mock

import structlog

from gateway import clock_sync, prepared
from gateway.audit.verify import verify
from gateway.orders.order import DECIMAL_DIGITS, Order
from tests.gateway.end_to_end import agreement
from tests.simulation import clock, disk, network
from tests.simulation.checks import BrokenError, Checks
from tests.simulation.gate import KeptDictionaries, SimulatedGateway
from tests.simulation.place import CLIENTS, Place
from tests.simulation.trouble import Troubles

TRACE_LINES: Final = 400
LOOKED_AT_S: Final = 1.0
EVENTS_MIN: Final = 300
SHORT: Final = 5  # orders of a client at a time
REST_S: Final = 600.0
QUIET_S: Final = 3.0
EXCUSED: Final = "no answer"  # to a TestRequest(1), a Logon(A) or a Logout(5)
MEMORY: Final = Path("/dev/shm")  # a disk whose crashes are simulated need not be slow


@dataclass(slots=True)
class Outcome:
    """`problem` is "" for a seed that holds; `trace` ends with what happened last."""

    seed: int
    problem: str = ""
    events: int = 0
    orders: int = 0
    starts: int = 0
    compared: int = 0
    segments: int = 0
    unknown: int = 0
    closing: int = 0
    legs: int = 0
    parts: int = 0
    trace: list[str] = field(default_factory=list)


def simulate(
    seed: int,
    *,
    database: bool = False,
    short: bool = False,
    closes: bool = False,
    strategy: str = "",
) -> Outcome:
    """Run one seed. `database`: hold the audit database against the journal at the end; `short`:
    end as soon as there were EVENTS_MIN messages; `closes`: a breaker closes positions meanwhile;
    `strategy`: orders go to two brokers by it.
    """
    getcontext().prec = DECIMAL_DIGITS
    random.seed(seed)
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        place = Place(seed, Path(folder), closes, strategy)
        return _Simulation(place, seed, Path(folder), database, short).run()


class _Simulation:
    def __init__(self, place: Place, seed: int, folder: Path, database: bool, short: bool) -> None:
        self._outcome = Outcome(seed)
        self._trace: deque[str] = deque(maxlen=TRACE_LINES)
        self._folder = folder
        self._database = database
        self._short = short
        self._place = place
        self._checks = Checks(self._place.file.read(), self._place.quantity_at_broker)
        self._dice = random.Random(f"{seed}/run")

    def run(self) -> Outcome:
        place, outcome = self._place, self._outcome
        place.network.on_write = self._written
        place.gate.on_start = self._started
        place.gate.say = self._say
        with ExitStack() as stack:
            stack.enter_context(clock.in_place_of_the_real_one(place.clock))
            stack.enter_context(disk.under_the_journal(place.disk))
            stack.enter_context(network.sockets())
            stack.enter_context(mock.patch.object(prepared, "Dictionaries", KeptDictionaries))
            stack.enter_context(mock.patch.object(clock_sync, "read", clock_sync.Reading))
            stack.enter_context(_log_to(self._log))
            try:
                place.loop.set_exception_handler(self._fault)
                place.loop.run_until_complete(self._story())
                if self._database:
                    self._compare_database()
            except Exception as error:
                outcome.problem = outcome.problem or f"{type(error).__name__}: {error}"
            finally:
                self._close()
        outcome.problem = next(iter(place.gate.problems), outcome.problem)
        outcome.events = place.network.deliveries
        outcome.orders = sum(len(trader.client.book.orders) for trader in place.traders)
        outcome.closing = sum(len(t.client.book.given_for_us) for t in place.traders)
        outcome.legs = self._checks.legs
        outcome.parts = self._checks.parts
        outcome.starts = place.gate.starts
        outcome.compared = self._checks.compared
        outcome.segments = self._checks.segments
        outcome.trace = list(self._trace)
        return outcome

    # --- the story ------------------------------------------------------------------------------

    async def _story(self) -> None:
        place, dice = self._place, self._dice
        watching = asyncio.create_task(self._watch())
        orders = dice.randint(30, 50)
        pause_s = dice.choice((0.05, 0.3, 1))
        story = asyncio.create_task(self._trade(SHORT if self._short else orders, pause_s))
        await asyncio.wait((watching, story), return_when=asyncio.FIRST_COMPLETED)
        for task in (watching, story):
            if task.done():
                task.result()
        watching.cancel()
        place.gate.problems += await self._disagreements()

    async def _trade(self, orders: int, pause_s: float) -> None:
        place = self._place
        for broker in place.brokers.values():
            await broker.start()
        living = asyncio.create_task(place.gate.live())
        living.add_done_callback(lambda task: task.cancelled() or self._note(task.exception()))
        await place.taker.start()
        for trader in place.traders:
            await trader.client.start()
        troubles = Troubles(place, self._say)
        trouble = asyncio.create_task(troubles.go_on(self._dice.choice((0.3, 1, 3))))
        while place.network.deliveries < EVENTS_MIN:
            await asyncio.gather(*(trader.trade(orders, pause_s) for trader in place.traders))
        trouble.cancel()
        async with asyncio.timeout(REST_S):
            await troubles.undone()
        self._say("no more trouble")
        await self._at_rest()

    async def _at_rest(self) -> None:
        """Everybody is connected, everything is answered, and nothing more is said."""
        place = self._place
        try:
            async with asyncio.timeout(REST_S):
                while not self._is_quiet():
                    await asyncio.sleep(0.5)
                reports = -1
                while reports != (reports := self._reports()) or not self._is_quiet():
                    await asyncio.sleep(QUIET_S)
                while not self._numbers_agree():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            gateway = place.gate.running
            unknown = self._unknown(gateway) if gateway is not None else set()
            waiting = [
                f"{trader.name} ({trader.client.session.state}): {order.first_cl_ord_id}"
                f" {order.status} {order.requests} {order.steps}"
                for trader in place.traders
                for order in trader.waiting(unknown)
            ]
            raise BrokenError(f"does not come to rest: {waiting}") from None

    def _is_quiet(self) -> bool:
        place = self._place
        gateway = place.gate.running
        if gateway is None:
            return False
        if any(broker.core.deadline() is not None for broker in place.brokers.values()):
            return False
        brokers = gateway.engine.core.setup.brokers.values()
        unknown = self._unknown(gateway)
        is_there = all(broker.up and not broker.asking for broker in brokers)
        return all(t.settled(unknown) for t in place.traders) and is_there

    def _unknown(self, gateway: SimulatedGateway) -> set[str]:
        """The first ClOrdIDs of the orders whose state nobody can tell."""
        state = gateway.engine.core.state
        links = {link.defined.name: number for number, link in state.links.items()}
        found = set()
        for trader in self._place.traders:
            for mine in trader.client.book.orders:
                held = state.book.find_of_client(links[trader.name], mine.first_cl_ord_id)
                if held is not None and (held.unknown or state.divisions.is_unknown(held)):
                    found.add(mine.first_cl_ord_id)
        return found

    def _reports(self) -> int:
        place = self._place
        return len(place.executions_made) + sum(t.client.book.reports for t in place.traders)

    # --- what must hold -------------------------------------------------------------------------

    def _written(self, end: network.End, data: bytes) -> None:
        try:
            self._checks.written(end, data)
        except BrokenError as error:
            self._note(error)

    def _started(self, gateway: SimulatedGateway) -> None:
        self._say(f"the gateway runs, start {self._place.gate.starts}")
        self._checks.compare(gateway)
        self._checks.known(gateway, self._place.traders)

    async def _watch(self) -> None:
        """Look at what is cheap to look at; ends only with an error."""
        while not self._place.gate.problems:
            await asyncio.sleep(LOOKED_AT_S)
            gateway = self._place.gate.running
            if gateway is not None:
                self._checks.compare(gateway)
            for broker in self._place.brokers.values():
                if broker.truth.doubled:
                    raise BrokenError(f"at the broker twice: {broker.truth.doubled}")

    async def _disagreements(self) -> list[str]:
        place = self._place
        gateway = place.gate.running
        if gateway is None:
            return []
        self._checks.compare(gateway)
        self._checks.known(gateway, place.traders)
        self._checks.linked(gateway)
        self._checks.divided(gateway)
        state = gateway.engine.core.state
        names = {number: link.defined.name for number, link in state.links.items()}
        rows = [
            {
                "session": names[order.link],
                "order_id": order.order_id,
                "cl_ord_id": order.cl_ord_id,
                "ord_status": order.ord_status,
                "cum_qty": str(order.cum_qty),
                "broker": order.broker,
                "broker_cl_ord_id": order.broker_cl_ord_id,
                "text": order.text,
            }
            for order in state.book
            if not order.whole_no  # of which no client knows
        ]
        try:
            for trader in place.traders:
                excuse(trader.client.counts.problems)
                untold = trader.drop_untold(self._unknown(gateway))
                mine = [row for row in rows if row["session"] == trader.name]
                mine = [row for row in mine if row["cl_ord_id"] not in untold]
                agreement.check_client(trader.client, mine)
            excuse(place.taker.counts.problems)
            assert not place.taker.counts.problems, place.taker.counts.problems
            await gateway.engine.committer.flush()
            agreement.check_copies(self._folder / "data", place.taker, CLIENTS)
            self._check_broker([order for order in state.book if order.broker])
            booked, made = set(self._checks.executions), place.executions_made
            assert booked == made, {"missing": made - booked, "surplus": booked - made}
        except AssertionError:
            return [format_exc(limit=-1)]  # one without a text is a problem, too
        return []

    def _check_broker(self, orders: list[Order]) -> None:
        """The broker has every order that was sent once, in the same state, and no other; what it
        never got is refused.
        """
        brokers = self._place.brokers.values()
        for broker in brokers:
            excuse(broker.counts.problems)
            assert not broker.counts.problems, broker.counts.problems
        found = 0
        for order in orders:
            if order.slice is not None or order.past:
                found += self._check_slices(order)
                continue
            held = self._place.found_at_broker(order.broker_cl_ord_id)
            if held is None:
                is_here = order.held is not None and not order.queued
                gone = (is_here or order.ended in ("4", "8", "C")) and not order.cum_qty
                assert gone, f"{order} never reached the broker"
                continue
            found += 1
            if order.unknown:
                self._outcome.unknown += 1
                continue  # it is in sight, and an operator settles it
            if order.closed and self._place.has_lost and not self._place.reconciles:
                continue  # of what befalls it later nobody asks
            told = (held.status(shows_replaced=False), held.cum)
            assert told == (order.ord_status, order.cum_qty), (told, order, order.cum_qty)
        count = sum(len(broker.core.book.orders) for broker in brokers)
        assert found == count, (found, count)

    def _check_slices(self, order: Order) -> int:
        """The brokers have of an order in slices what is booked, and work at most the newest one;
        how many they have.
        """
        slice_, find = order.slice, self._place.found_at_broker
        ids = [order.broker_cl_ord_id, *[broker_id for _, broker_id in order.names or ()]]
        slices = {id(held): held for held in map(find, ids) if held is not None}
        if order.unknown:
            self._outcome.unknown += 1
            return len(slices)
        if slice_ is not None and not order.past:
            assert slice_.number - len(slices) in (0, 1), (order, slices)
        if order.closed and self._place.has_lost and not self._place.reconciles:
            return len(slices)
        assert sum(held.cum for held in slices.values()) == order.cum_qty, order
        if self._checks.late[order.order_no]:
            return len(slices)  # the newest slice works for more than is left: an alarm says so
        working = [held for held in slices.values() if not held.closed]
        newest = find(order.broker_cl_ord_id)
        if order.closed or order.held is not None:
            assert not working, (order, working)
        else:
            assert working == [newest], (order, working)
            leaves = slice_.leaves_qty if slice_ is not None else order.leaves_qty
            assert [held.leaves for held in working] == [leaves], order
        return len(slices)

    def _numbers_agree(self) -> bool:
        """Both sides of every session expect the number that the other sends next."""
        gateway = self._place.gate.running
        return gateway is not None and all(
            (link.session.numbers.next_in, link.session.numbers.next_out)
            == (self._memory(link.name).next_out, self._memory(link.name).next_in)
            for link in gateway.engine.links.values()
        )

    def _memory(self, name: str) -> Any:
        place = self._place
        memories = {trader.name: trader.client.memory for trader in place.traders}
        memories["RISK"] = place.taker.memory
        return memories[name] if name in memories else place.brokers[name].memory

    def _compare_database(self) -> None:
        data = self._folder / "data"
        result = verify(data, f"sqlite:///{data}/audit.db", lambda _done, _all: None)
        if not result.ok:
            raise BrokenError(f"the audit database: {result.problems}")

    # --- what is said ---------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        self._trace.append(f"{self._place.loop.time():10.4f} {text}")

    def _log(self, _logger: Any, _method: str, entry: Any) -> Any:
        self._say(" ".join(f"{key}={value}" for key, value in entry.items()))
        raise structlog.DropEvent

    def _note(self, error: BaseException | None) -> None:
        if error is not None:
            self._place.gate.problems.append(f"{type(error).__name__}: {error}")

    def _fault(self, _loop: Any, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self._place.gate.problems.append(f"{context.get('message')}: {error!r}")

    def _close(self) -> None:
        place = self._place
        process = place.gate.process
        if process is not None:
            process.die()
        if place.gate.running is not None:
            place.gate.running.journal.close()
        for trader in place.traders:
            trader.client.memory.close()
        place.taker.memory.close()
        for broker in place.brokers.values():
            broker.memory.close()
        for task in asyncio.all_tasks(place.loop):
            task.cancel()
        place.loop.run_until_complete(asyncio.sleep(0))
        place.loop.close()


def excuse(problems: list[str]) -> None:
    """A peer that hears nothing for long may say so."""
    problems[:] = [text for text in problems if not text.startswith(EXCUSED)]


def _log_to(take: Callable[[Any, str, Any], Any]) -> ExitStack:
    structlog.configure(processors=[take])
    stack = ExitStack()
    stack.callback(structlog.reset_defaults)
    return stack
