"""The operators' desk for levels of trading: latched, tried out, lifted, and what is left to do."""

import asyncio
from collections.abc import Callable, Iterator
from time import time_ns
from typing import Final, cast

from gateway.breakers.trips import Trip
from gateway.config import Config
from gateway.control.desk import DeskError
from gateway.control.requests import Halt, Resume
from gateway.control.views import DrillBrokerView, DrillView, HaltView, Level, ResidueView
from gateway.engine import Engine
from gateway.operators import action
from gateway.orders.order import GOOD_TILL, Order
from gateway.orders.scopes import open_by_latch
from gateway.risk.levels import LEVELS, Latch
from gateway.scope_names import check_scope
from gateway.sweeper import Sweeper

NAMED_MAX: Final = 5  # orders in a row of a residue
ANSWER_S: Final = 2.0  # so long it waits for the cancels to be sent
LOOKED_AT_ONCE: Final = 250  # orders, before sessions have their turn again


class HaltDesk:
    """Part of the desk; `_engine` is that of the whole."""

    _engine: Engine
    _config: Config
    _sweeper: Sweeper
    check_mended: Callable[[Trip], None]

    def latches(self) -> list[HaltView]:
        """The levels in force, without what is to be canceled."""
        core = self._engine.core
        latches, counts = core.state.levels.by_scope, open_by_latch(core.setup, core.state)
        return [_halt_view(latches[scope], counts[scope]) for scope in sorted(latches)]

    async def halts(self) -> list[HaltView]:
        """The levels in force, and what is still open that is to be canceled. Sessions go on while
        it looks.
        """
        return [await self._with_residue(view) for view in self.latches()]

    async def _with_residue(self, view: HaltView) -> HaltView:
        latch = self._engine.core.state.levels.by_scope.get(view.scope)
        if latch is None or not latch.cancel_to:
            return view
        found: dict[tuple[str, str], list[Order]] = {}
        whys: dict[tuple[str, str], str] = {}
        for orders in self._in_scope(view.scope):
            for order in orders:
                if order.order_no <= latch.cancel_to:
                    key = (order.broker, self._sweeper.open_kind(order))
                    if key not in found:
                        found[key], whys[key] = [], self._sweeper.open_why(order)
                    found[key].append(order)
            await asyncio.sleep(0)
        rows = [_residue(key[0], whys[key], found[key]) for key in sorted(found)]
        return view.model_copy(update={"residue": rows})

    def _in_scope(self, scope: str) -> Iterator[list[Order]]:
        """Open orders of a scope, some at a time; of one in parts these."""
        core = self._engine.core
        opened = core.state.book.open
        numbers = list(opened)
        for begin in range(0, len(numbers), LOOKED_AT_ONCE):
            some = [opened.get(number) for number in numbers[begin : begin + LOOKED_AT_ONCE]]
            found = [order for order in some if order is not None and not order.is_whole]
            yield [order for order in found if core.in_scope(order, scope)]

    async def halt(self, ask: Halt, *, who: str) -> HaltView:
        """Latch a level on a scope: from now on it refuses, and cancels go out on wish."""
        core, scope = self._engine.core, ask.scope
        check_scope(self._config, core, scope, force=ask.force)
        held = core.state.levels.by_scope.get(scope)
        if held is not None and held.rank > LEVELS.index(ask.level):
            raise DeskError(
                "STRICTER",
                f"{scope} is {held.level}, which is stricter than {ask.level}",
                f"`fixgate resume --scope {scope} --level {ask.level}` goes down to it",
            )
        now, sent = time_ns(), core.sweep.sent
        self._keep(who, "halt", ask, now)
        self._engine.perform_decision(
            core.halt(scope, ask.cancel_open, who, ask.reason, now, ask.level)
        )
        latch = core.state.levels.by_scope[scope]  # somebody may resume meanwhile
        self._sweeper.go_on()
        loop = self._engine.loop
        deadline = loop.time() + ANSWER_S
        while core.sweep.to_look and loop.time() < deadline:
            await asyncio.sleep(0)
        await self._engine.committer.flush()
        count = open_by_latch(core.setup, core.state).get(scope, 0)
        return await self._with_residue(_halt_view(latch, count, core.sweep.sent - sent))

    async def drill_halt(self, ask: Halt, *, who: str) -> DrillView:
        """What that would do. Nothing changes but that it is kept that it was asked."""
        core, scope = self._engine.core, ask.scope
        check_scope(self._config, core, scope, force=ask.force)
        self._keep(who, "halt drill", ask, time_ns())
        found: dict[str, list[Order]] = {}
        for orders in self._in_scope(scope):
            for order in orders:
                found.setdefault(order.broker, []).append(order)
            await asyncio.sleep(0)
        await self._engine.committer.flush()
        stricter = core.state.levels.strictest(("firm", scope))
        is_as_strict = stricter is not None and stricter.rank >= LEVELS.index(ask.level)
        return DrillView(
            scope=scope,
            level=ask.level,
            cancel_open=ask.cancel_open,
            sessions=self._sessions_in(scope),
            brokers=[self._would_cancel(name, found[name]) for name in sorted(found)],
            stricter=stricter.told if stricter is not None and is_as_strict else "",
        )

    def _keep(self, who: str, what: str, ask: Halt, now: int) -> None:
        details: dict[str, str | bool] = {
            "scope": ask.scope,
            "level": ask.level,
            "cancel_open": ask.cancel_open,
        }
        self._engine.operator(action(who, ask.reason, what, **details), now)

    def _sessions_in(self, scope: str) -> list[str]:
        """Sessions of clients whose orders may be in a scope."""
        core = self._engine.core
        found = []
        for client in core.setup.clients.values():
            scopes = core.setup.limits.scopes_of(client.name, "", "", "", "")
            kind, _, name = scope.partition(":")
            of_account = kind != "account" or not client.accounts or name in client.accounts
            if scope in scopes or (kind not in ("client", "session") and of_account):
                found.append(client.name)
        return sorted(found)

    def _would_cancel(self, broker: str, orders: list[Order]) -> DrillBrokerView:
        held = [order for order in orders if order.held is not None]
        at_broker = [order for order in orders if order.held is None]
        return DrillBrokerView(
            broker=broker,
            orders=len(at_broker),
            held=len(held),
            good_till=sum(order.terms.time_in_force in GOOD_TILL for order in at_broker),
            why=self._sweeper.broker_away(broker) if at_broker else "",
        )

    async def resume(self, ask: Resume, *, who: str) -> list[HaltView]:
        """Let a scope trade again, or go down to a level; answers what is still in force."""
        self.look_at_resume(ask)
        core, scope, now = self._engine.core, ask.scope, time_ns()
        said = action(who, ask.reason, "resume", scope=scope, level=ask.level)
        self._engine.operator(said, now)
        self._engine.perform_decision(core.resume(scope, who, ask.reason, now, ask.level))
        await self._engine.committer.flush()
        return self.latches()

    def look_at_resume(self, ask: Resume) -> None:
        """Raise DeskError if it could not be resumed."""
        core, scope = self._engine.core, ask.scope
        held = core.state.levels.by_scope.get(scope)
        if held is None:
            told = ", ".join(sorted(core.state.levels.by_scope)) or "nothing"
            raise DeskError("NOT_HALTED", f"{scope} is not halted", f"halted: {told}", status=404)
        if LEVELS.index(ask.level) >= held.rank:
            raise DeskError(
                "NOT_STRICTER",
                f"{scope} is {held.level}, which is not stricter than {ask.level}",
                f"`fixgate halt --scope {scope} --level {ask.level}` goes up to it",
            )
        if ask.level == "active":
            for trip in core.state.breakers.of_scope(scope):
                if trip.event.level:
                    self.check_mended(trip)


def _halt_view(latch: Latch, open_orders: int, cancels_sent: int = 0) -> HaltView:
    return HaltView(
        scope=latch.scope,
        level=cast(Level, latch.level),
        who=latch.who,
        why=latch.why,
        since_ns=latch.since_ns,
        cancel_open=latch.cancel_to > 0,
        cancels_sent=cancels_sent,
        open_orders=open_orders,
    )


def _residue(broker: str, why: str, orders: list[Order]) -> ResidueView:
    return ResidueView(
        broker=broker,
        why=why,
        orders=len(orders),
        good_till=sum(order.terms.time_in_force in GOOD_TILL for order in orders),
        order_ids=[order.order_id for order in orders[:NAMED_MAX]],
    )
