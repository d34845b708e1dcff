"""The operators' desk for positions: shown, imported, adjusted, held against a broker's."""

import asyncio
from collections.abc import Iterable, Iterator
from time import time_ns
from typing import Final

from gateway.config import Config
from gateway.control.desk import DeskError
from gateway.control.position_models import (
    AdjustPosition,
    BreakView,
    ComparedView,
    ImportedView,
    ImportPositions,
    LotView,
    PositionFilter,
    PositionRow,
    PositionView,
    ReconciledView,
    ReconcilePositions,
)
from gateway.decision import Decision
from gateway.engine import Engine
from gateway.operators import action
from gateway.positions.book import Positions
from gateway.positions.breaks import Break, Theirs, Tolerance
from gateway.positions.compared import Comparison
from gateway.positions.comparing import breaks_of
from gateway.positions.entries import plain
from gateway.positions.position import Position
from gateway.positions.saying import Said, complete, was_traded_today
from gateway.positions.valuing import average_price, price_of
from gateway.scope_names import account_problem

LOOKED_AT_ONCE: Final = 250
SHOWN_PROBLEMS: Final = 20


class PositionDesk:
    """Part of the desk; `_engine` and `_config` are those of the whole."""

    _engine: Engine
    _config: Config

    async def positions(self, wanted: PositionFilter) -> list[PositionView]:
        """Positions that match. Sessions go on while it looks."""
        decision = self._engine.core.decision(time_ns())
        found: list[PositionView] = []
        skipped = 0
        for looked_at, position in enumerate(self._candidates(wanted), 1):
            if is_wanted(position, wanted):
                if skipped < wanted.skip:
                    skipped += 1
                else:
                    found.append(_view(decision, position, lots=wanted.lots))
                if len(found) == wanted.limit:
                    break
            if looked_at % LOOKED_AT_ONCE == 0:
                await asyncio.sleep(0)
        return found

    def _candidates(self, wanted: PositionFilter) -> list[Position]:
        positions = self._engine.core.state.positions
        if wanted.account and wanted.symbol:
            return list(positions.of(wanted.account, wanted.symbol))
        if wanted.account:
            return list(positions.of_account(wanted.account))
        return list(positions.of_symbol(wanted.symbol) if wanted.symbol else positions)

    async def import_positions(self, ask: ImportPositions, *, who: str) -> ImportedView:
        """Have positions as a file says: all, or none and what is wrong with each line."""
        engine, now = self._engine, time_ns()
        decision = engine.core.decision(now)
        said = [_said(row) for row in ask.rows]
        problems = [
            f"line {row.line}: {problem}"
            for row, problem in zip(ask.rows, _problems(decision, said), strict=True)
            if problem
        ]
        if problems:
            _refuse(problems, "mend the file, or use `fixgate positions adjust`")
        if not ask.force:
            found = {one.account: self._account_problem(one) for one in said}
            problems = [f"line {r.line}: {told}" for r in ask.rows if (told := found[r.account])]
            if problems:
                _refuse(problems, "mend the file, or, if it is right, say --force")
        payload = action(who, ask.reason, "positions import", file=ask.file, positions=len(said))
        engine.operator(payload, now)
        why = f"{ask.file}: {ask.reason}" if ask.file else ask.reason
        engine.perform_decision(engine.core.say_positions(said, who, why, now, imported=True))
        await engine.committer.flush()
        return ImportedView(positions=len(said))

    async def adjust_position(self, ask: AdjustPosition, *, who: str) -> PositionView:
        """Have one position by an operator's word."""
        engine, now = self._engine, time_ns()
        said = self._adjustment(ask, now)
        told = {"account": said.account, "symbol": said.symbol, "quantity": plain(said.quantity)}
        engine.operator(action(who, ask.reason, "position adjust", **told), now)
        engine.perform_decision(
            engine.core.say_positions([said], who, ask.reason, now, imported=False)
        )
        await engine.committer.flush()
        decision = engine.core.decision(time_ns())
        position = decision.state.positions.find(*said.key)
        assert position is not None, f"{said.key}: adjusted and not there"
        return _view(decision, position)

    def look_at_adjustment(self, ask: AdjustPosition) -> None:
        """Raise DeskError if it could not be adjusted."""
        self._adjustment(ask, time_ns())

    def _adjustment(self, ask: AdjustPosition, now: int) -> Said:
        said = _said(ask.position)
        problem = complete(self._engine.core.decision(now), said)
        if problem:
            raise DeskError("BAD_POSITION", problem, status=422)
        problem = "" if ask.force else self._account_problem(said)
        if problem:
            raise DeskError("UNKNOWN_ACCOUNT", problem, "if it is right, say --force", status=404)
        return said

    def _account_problem(self, said: Said) -> str:
        return account_problem(self._config, self._engine.core, said.account)

    async def reconcile_positions(self, ask: ReconcilePositions) -> ReconciledView:
        """Hold a broker's positions against ours; nothing is changed."""
        decision = self._engine.core.decision(time_ns())
        tolerance = Tolerance(ask.quantity_tolerance, ask.price_tolerance)
        rows = [_theirs(row) for row in ask.rows]
        accounts = dict.fromkeys([row.account for row in rows])
        compared, breaks = 0, []
        for compared, one in enumerate(breaks_of(decision, rows, accounts, tolerance), 1):
            if one is not None:
                breaks.append(_break_view(one))
            if compared % LOOKED_AT_ONCE == 0:
                await asyncio.sleep(0)
        return ReconciledView(compared=compared, breaks=breaks)

    def position_breaks(self, broker: str) -> list[ComparedView]:
        """How brokers' positions compared, "" for all brokers."""
        core = self._engine.core
        brokers = core.setup.brokers
        if broker and broker not in brokers:
            raise _unknown_broker(broker, brokers)
        last = core.state.positions.comparisons
        return [
            _compared_view(name, account, last.of(name, account), one.positions.awaits(account))
            for name, one in brokers.items()
            if broker in ("", name)
            for account in one.position_accounts
        ]

    async def ask_positions(self, broker: str, *, who: str) -> list[ComparedView]:
        """Have a broker asked what its accounts hold."""
        engine, now = self._engine, time_ns()
        asked = engine.core.setup.brokers.get(broker)
        if asked is None:
            raise _unknown_broker(broker, engine.core.setup.brokers)
        if not asked.position_accounts:
            remedy = f'name its accounts: position_accounts = ["..."] of broker "{broker}"'
            raise DeskError("NOT_ASKED", f"{broker} is not asked for positions", remedy, 409)
        if not asked.up:
            remedy = "it is asked as soon as it has logged on"
            raise DeskError("BROKER_DOWN", f"{broker} is not logged on", remedy, 409)
        engine.operator(action(who, "", "positions ask", broker=broker), now)
        engine.perform_decision(engine.core.ask_positions(broker, now))
        await engine.committer.flush()
        return self.position_breaks(broker)


def _unknown_broker(name: str, known: Iterable[str]) -> DeskError:
    remedy = f"there are: {', '.join(sorted(known)) or 'none'}"
    return DeskError("UNKNOWN_BROKER", f'there is no broker "{name}"', remedy, 404)


def _compared_view(
    broker: str, account: str, last: Comparison | None, asking: bool
) -> ComparedView:
    if last is None:
        return ComparedView(
            broker=broker, account=account, time_ns=0, compared=0, breaks=[], asking=asking
        )
    return ComparedView(
        broker=broker,
        account=account,
        time_ns=last.told.time_ns,
        compared=last.told.compared,
        breaks=[
            BreakView(
                kind=one.kind,
                account=account,
                symbol=one.symbol,
                currency=one.currency,
                quantity=one.quantity,
                average_price=one.average_price,
                broker_quantity=one.broker_quantity,
            )
            for one in last.differences
        ],
        asking=asking,
    )


def _said(row: PositionRow) -> Said:
    return Said(
        account=row.account,
        symbol=row.symbol,
        quantity=row.quantity,
        price=row.price,
        cost=row.cost,
        currency=row.currency,
        strategy=row.strategy or "",
    )


def _theirs(row: PositionRow) -> Theirs:
    return Theirs(
        account=row.account,
        symbol=row.symbol,
        quantity=row.quantity,
        price=row.price,
        cost=row.cost,
        currency=row.currency,
        strategy=row.strategy,
        line=row.line,
    )


def _break_view(found: Break) -> BreakView:
    return BreakView(**{name: getattr(found, name) for name in BreakView.model_fields})


def _problems(decision: Decision, rows: list[Said]) -> Iterator[str]:
    seen: set[tuple[str, str, str, str]] = set()
    for said in rows:
        problem = complete(decision, said)
        if not problem and said.key in seen:
            problem = "the same position is in an earlier line"
        if not problem and was_traded_today(decision, said):
            problem = "it has executions of today, which a file of before the day does not have"
        seen.add(said.key)
        yield problem


def _refuse(problems: list[str], remedy: str) -> None:
    shown = problems[:SHOWN_PROBLEMS]
    if len(problems) > len(shown):
        shown.append(f"and {len(problems) - len(shown)} more")
    raise DeskError("BAD_ROWS", "\n".join(shown), f"nothing was imported; {remedy}", status=422)


def is_wanted(position: Position, wanted: PositionFilter) -> bool:
    """Whether a position matches."""
    return (
        (not wanted.account or position.account == wanted.account)
        and (not wanted.symbol or position.symbol == wanted.symbol)
        and (not wanted.strategy or position.strategy == wanted.strategy)
        and (not wanted.currency or position.currency == wanted.currency)
        and (bool(position.now.net) if wanted.open_only else not position.now.is_empty)
    )


def _view(decision: Decision, position: Position, *, lots: bool = False) -> PositionView:
    """A position, and what it is worth now."""
    now = position.now
    positions = decision.state.positions
    price, unpriced = price_of(decision, position.symbol)
    unrealised = ""
    if not now.net:
        unrealised, unpriced = "0", ""
    elif price is not None and not unpriced:
        multiplier = positions.multiplier(position.symbol)
        unrealised = plain(now.unrealised(price.price, multiplier))
    worth = {
        "unrealised": unrealised,
        "price": plain(price.price) if price is not None else "",
        "price_ns": price.time_ns if price is not None else 0,
        "unpriced": unpriced,
    }
    return unvalued(positions, position, decision.now, lots=lots).model_copy(update=worth)


def unvalued(
    positions: Positions, position: Position, now_ns: int, *, lots: bool = False
) -> PositionView:
    """A position as it was traded, without what it is worth."""
    now = position.now
    multiplier = positions.multiplier(position.symbol)
    return PositionView(
        account=position.account,
        symbol=position.symbol,
        currency=position.currency,
        strategy=position.strategy,
        quantity=plain(now.net),
        average_price=average_price(now.net, now.cost, multiplier),
        cost=plain(now.cost),
        realised=plain(now.realised),
        realised_fifo=plain(now.realised_fifo),
        realised_today=plain(now.today(positions.today(now_ns))),
        unrealised="",
        price="",
        price_ns=0,
        unpriced="missing",
        income=plain(now.income),
        commissions={name: plain(money) for name, money in (now.commissions or {}).items()},
        lots=[
            LotView(
                quantity=plain(quantity),
                cost=plain(cost),
                price=average_price(quantity, cost, multiplier),
            )
            for quantity, cost in (now.lots if lots else ())
        ],
    )
