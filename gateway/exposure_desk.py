"""The operators' desk for exposure: what scopes have at risk now, and what the monitor reads."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from time import time_ns
from typing import Final

from gateway.config import Config
from gateway.control.desk import DeskError
from gateway.control.exposure_models import (
    BrokerReading,
    ExposureView,
    LimitUse,
    ReadingsView,
    SessionReading,
)
from gateway.control.risk_models import UseView
from gateway.engine import Engine
from gateway.monitor.exposed import OF_POSITIONS, SHOWN, Exposed, Gathered, Place
from gateway.monitor.loss_limits import LOSS, LossLimits
from gateway.monitor.monitor import market_of, owners_of
from gateway.monitoring import Monitoring
from gateway.positions.entries import plain
from gateway.risk.exposure import NOTHING
from gateway.risk.losses import result_of
from gateway.risk.scopes import ACCOUNT, CLIENT, EACH, KINDS, kind_of, scope_text
from gateway.risk.usage import Usage, credit_used, usages
from gateway.scope_names import check_known

LOOKED_AT_ONCE: Final = 250
SHOWN_MAX: Final = 1000
VIEWS_AT_ONCE: Final = 50


class ExposureDesk:
    """Part of the desk; `_engine`, `_config` and `_monitoring` are those of the whole."""

    _engine: Engine
    _config: Config
    _monitoring: Monitoring

    async def exposure(self, scope: str) -> list[ExposureView]:
        """What a scope has at risk; "": the firm, each client and each account. Sessions go on
        while it looks.
        """
        state, now = self._engine.core.state, time_ns()
        kinds, name = _asked(scope)
        added = Gathered(kinds, name, owners_of(self._engine.core.setup))
        if name != EACH:
            if scope != "firm":
                check_known(self._config, self._engine.core, KINDS[kinds[0]], name)
            added.found[kinds[0], name] = Exposed()
        orders = list(state.book.open.values())
        for at in range(0, len(orders), LOOKED_AT_ONCE):
            for order in orders[at : at + LOOKED_AT_ONCE]:
                added.add_order(order)
            await asyncio.sleep(0)
        for looked_at, position in enumerate(list(state.positions), 1):
            added.add_position(self._engine.core.setup, state, position, now)
            if looked_at % LOOKED_AT_ONCE == 0:
                await asyncio.sleep(0)
        views = []
        for place in sorted(added.found)[:SHOWN_MAX]:
            views.append(self._exposure_view(place, added.found[place], now))
            if len(views) % VIEWS_AT_ONCE == 0:
                await asyncio.sleep(0)
        return views

    def _exposure_view(self, place: Place, exposed: Exposed, now: int) -> ExposureView:
        kind, name = place
        has_positions = kind in OF_POSITIONS and not (kind == CLIENT and self._uses_any(name))
        view = ExposureView(
            scope=scope_text(kind, name),
            currency=self._engine.core.setup.currency,
            open_orders=exposed.open_orders,
            unknown_orders=exposed.unknown_orders,
            open_buys=plain(exposed.buys),
            open_sells=plain(exposed.sells),
            open_buys_quantity=plain(exposed.buys_quantity),
            open_sells_quantity=plain(exposed.sells_quantity),
            gross_value=plain(exposed.buys + exposed.sells + exposed.long + exposed.short),
            credit_used=self._credit_used(place, now),
            limits=[_use_view(use) for use in self._uses(place, now)],
        )
        if not has_positions:
            return view
        return view.model_copy(
            update={
                "long_value": plain(exposed.long),
                "short_value": plain(exposed.short),
                "net_value": plain(exposed.long - exposed.short),
                "realised_today": plain(exposed.realised_today),
                "unrealised": plain(exposed.unrealised),
                "unpriced": sorted(exposed.unpriced),
            }
        )

    def _uses_any(self, client: str) -> bool:
        """Whether nobody knows which accounts are a client's."""
        setup = self._engine.core.setup
        return any(
            f"client:{client}" in setup.limits.client_scopes(one.name) and not one.accounts
            for one in setup.clients.values()
        )

    def _credit_used(self, place: Place, now: int) -> str:
        """ "" where what was done on the day is not counted."""
        state = self._engine.core.state
        exposures = state.exposures
        if not exposures.counts_days or place[1] not in exposures.names(place[0]):
            return ""
        held = exposures.of_scope(*place)
        done = held if exposures.date == state.positions.today(now) else NOTHING
        return plain(credit_used(held, done))

    def _uses(self, place: Place, now: int) -> Iterator[Usage]:
        core = self._engine.core
        state, setup = core.state, core.setup
        date = state.positions.today(now)
        yield from usages(setup.limits, state.exposures, *place, date)
        value = LossLimits(setup, state).of(place[1]) if place[0] == ACCOUNT else None
        if value is not None:
            result = result_of(state.history, market_of(setup, state, now), place[1], now)
            if not result.unknown:
                loss = max(-result.money, Decimal(0))
                yield Usage(LOSS, ACCOUNT, place[1], value, loss)

    # --- what the monitor reads -----------------------------------------------------------------

    def readings(self) -> ReadingsView:
        """Those of the last second."""
        found = self._monitoring.readings
        firm = found.firm
        return ReadingsView(
            time_ns=found.time_ns,
            took_ns=found.took_ns,
            sessions=[
                SessionReading(
                    session=name,
                    messages_per_s=flow.messages_per_s,
                    orders_per_s=flow.orders_per_s,
                    rejection_ratio=flow.rejection_ratio,
                )
                for name, flow in found.flows.items()
            ],
            brokers=[
                BrokerReading(
                    broker=name,
                    answers=acked.answers,
                    p50_ns=acked.p50_ns,
                    p99_ns=acked.p99_ns,
                    waits_ns=acked.waits_ns,
                    unknown_orders=found.unknown.get(name, 0),
                )
                for name, acked in found.acks.items()
            ],
            uses=[
                LimitUse(limit=use.limit, scope=use.scope, ratio=use.ratio) for use in found.nearest
            ],
            result_today=float(firm.money) if firm is not None and not firm.unknown else None,
        )


def _asked(scope: str) -> tuple[tuple[int, ...], str]:
    """Kinds of scope, and the name in them, EACH for all."""
    if not scope:
        return SHOWN, EACH
    kind, colon, name = scope.partition(":")
    is_named = bool(colon and name) if kind != "firm" else not colon
    if kind not in KINDS or not is_named:
        raise DeskError(
            "BAD_SCOPE",
            f"{scope!r} is no scope",
            f'use "firm", "KIND:NAME" or "KIND:*" with one of {", ".join(KINDS[1:])}',
            status=422,
        )
    number, name = kind_of(scope)
    return (number,), name


def _use_view(use: Usage) -> UseView:
    return UseView(
        limit=use.limit,
        scope=use.scope,
        value=plain(use.value),
        used=plain(use.used),
        left=plain(use.value - use.used),
    )
