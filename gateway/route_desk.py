"""The operators' desk for routing: brokers switched on and off, and why an order goes where."""

from collections.abc import Mapping
from decimal import Decimal
from time import time_ns
from typing import Final

from gateway.control.desk import DeskError
from gateway.control.requests import GivenReason, Request
from gateway.control.routing_models import (
    BrokerView,
    ConsideredView,
    MeasureView,
    RouteView,
    WhatRoute,
)
from gateway.decision import Decision
from gateway.engine import Engine
from gateway.events import OrderRouted
from gateway.operators import action
from gateway.orders.choosing import arrival
from gateway.orders.order import Order
from gateway.orders.order_types import TIMES_IN_FORCE
from gateway.orders.routes import choice_problem, chosen_route, route_problem
from gateway.refusals import Refusal
from gateway.risk_desk import SIDES, RiskDesk
from gateway.routing import SWEEP_LEG
from gateway.routing.choice import read_record
from gateway.routing.known import DRAINED, DRAINING, ENABLED
from gateway.setup import Broker, Client
from gateway.translate.inbound import OrderTerms
from sessions.message import Message
from sessions.values import format_utc_timestamp

THOUSAND: Final = Decimal(1000)
MEASURED: Final = (
    ("acknowledgement", "ms", 1_000_000),
    ("first fill", "ms", 1_000_000),
    ("filled", "%", 1000),
    ("price improvement", "bps", 1000),
)


class RouteDesk(RiskDesk):
    """Part of the desk; `_engine` is that of the whole."""

    _engine: Engine

    # --- brokers ----------------------------------------------------------------------------------

    def brokers(self) -> list[BrokerView]:
        """All brokers."""
        counts: dict[str, int] = {}
        for order in self._engine.core.state.book.open.values():
            counts[order.broker] = counts.get(order.broker, 0) + 1
        brokers = self._engine.core.setup.brokers.values()
        return [self._broker_view(broker, counts.get(broker.name, 0)) for broker in brokers]

    def look_at_broker(self, ask: Request, name: str) -> None:
        """Whether there is such a broker."""
        self._broker(name)

    def broker(self, name: str) -> BrokerView:
        """One broker, with what was measured of it and what it tells of its account."""
        broker = self._broker(name)
        book = self._engine.core.state.book
        count = sum(order.broker == name for order in book.open.values())
        means = self._engine.core.state.routing.of(name).means
        measures = [
            MeasureView(
                name=what, value=f"{Decimal(mean.value) / by:.3f}", unit=unit, count=mean.count
            )
            for (what, unit, by), mean in zip(MEASURED, means, strict=True)
            if mean.count
        ]
        link = self._engine.apis.get(broker.link)
        account, account_ns = link.account if link is not None else ({}, 0)
        more = {"measures": measures, "account": dict(account), "account_ns": account_ns}
        return self._broker_view(broker, count).model_copy(update=more)

    async def switch_broker(
        self, name: str, state: str, ask: GivenReason, *, who: str
    ) -> BrokerView:
        """Let it have orders, no new ones, or nothing but cancels."""
        self._broker(name)
        core = self._engine.core
        is_now = core.state.routing.state_of(name)
        if is_now == state or (state == DRAINING and is_now == DRAINED):
            raise DeskError("UNCHANGED", f"broker {name} is {is_now} already")
        now = time_ns()
        said = action(who, ask.reason, "switch broker", name=name, state=state)
        self._engine.operator(said, now)
        decision = core.switch_broker(name, state, who, ask.reason, now)
        self._engine.perform_decision(decision)
        await self._engine.committer.flush()
        return self.broker(name)

    def _broker(self, name: str) -> Broker:
        broker = self._engine.core.setup.brokers.get(name)
        if broker is None:
            told = ", ".join(self._engine.core.setup.brokers)
            text = f'there is no broker "{name}"'
            raise DeskError("UNKNOWN_BROKER", text, f"there are: {told}", 404)
        return broker

    def _broker_view(self, broker: Broker, open_orders: int) -> BrokerView:
        core = self._engine.core
        since, switch = core.state.routing.switches.get(broker.name, (0, None))
        trips = core.state.breakers.routes.get(broker.name, [])
        is_paper = broker.name in core.state.brokers.in_memory
        return BrokerView(
            name=broker.name,
            type="paper" if is_paper else core.state.links[broker.link].defined.role,
            venue=broker.venue.kind,
            state=ENABLED if switch is None else switch.state,
            up=broker.up,
            reconciling=broker.reconciling,
            breakers=[trip.event.name for trip in trips],
            who="" if switch is None else switch.who,
            why="" if switch is None else switch.why,
            since_ns=since,
            open_orders=open_orders,
            routes=[r.name for r in core.setup.routes.routes if broker.name in r.brokers],
        )

    # --- orders -----------------------------------------------------------------------------------

    def explain_route(self, key: str) -> list[RouteView]:
        """How the broker of an order was chosen, each time that it was."""
        order = self._order(key)
        decided = self._engine.core.state.routing.decisions.get(order.order_no)
        if decided:
            return [_decided(order, event, time) for time, event in decided]
        if order.ended == "8" and not order.route:
            raise DeskError("NOT_ROUTED", f"order {order.order_id} was refused: {order.text}")
        route = self._engine.core.setup.routes.by_name.get(order.route)
        if route is not None and not route.is_plain:
            remedy = f"`fixgate audit story {order.order_id}` reads it from the record"
            text = f"how the broker of order {order.order_id} was chosen is not at hand any more"
            raise DeskError("NOT_AT_HAND", text, remedy)
        return [
            RouteView(
                order=order.order_id,
                route=order.route,
                broker=order.broker,
                time_ns=order.entered_ns,
            )
        ]

    def route_what_if(self, ask: WhatRoute) -> RouteView:
        """Where an order would go now; whether it passes the checks is another question."""
        core, now = self._engine.core, time_ns()
        client = next((c for c in core.setup.clients.values() if c.name == ask.client), None)
        if client is None:
            remedy = "`fixgate sessions list` shows the clients"
            raise DeskError("UNKNOWN_CLIENT", f"there is no client {ask.client}", remedy, 404)
        wanted = _terms(ask, client, now)
        problem = wanted.problem()
        if problem is not None:
            raise DeskError(problem.code, problem.text)
        return _would_go(core.decision(now), client, wanted)


def _would_go(decision: Decision, client: Client, wanted: OrderTerms) -> RouteView:
    route = chosen_route(decision, client, wanted)
    version = decision.setup.routes.version
    if isinstance(route, Refusal):
        return RouteView(version=version, refusal=route.text, time_ns=decision.now)
    view = RouteView(route=route.name, version=version, time_ns=decision.now)
    wanted.broker = route.broker
    refusal = None if route.is_plain else choice_problem(decision, client, wanted, route, True)
    refusal = refusal or route_problem(decision, route, wanted)
    if refusal is not None:
        return view.model_copy(update={"refusal": refusal.text})
    changes: Mapping[str, object] = {
        "broker": wanted.broker or " ".join([broker for broker, _ in wanted.shares]),
        "strategy": wanted.routed_as,
        "leg_price": wanted.leg_price,
        "considered": _considered(wanted.routing),
        "arrival": arrival(decision, wanted),
    }
    return view.model_copy(update=changes)


def _terms(ask: WhatRoute, client: Client, now: int) -> OrderTerms:
    times = {time.name: value for value, time in TIMES_IN_FORCE.items()}
    given = {
        "11": "what-if",
        "1": ask.account or client.default_account,
        "55": ask.symbol,
        "54": SIDES[ask.side],
        "38": ask.quantity,
        "40": "2" if ask.price else "1",
        "44": ask.price,
        "59": times.get(ask.time_in_force, ask.time_in_force),
        "167": ask.security_type,
        "100": ask.ex_destination,
        "60": format_utc_timestamp(now, 3),
    }
    fields = {tag: value for tag, value in given.items() if value}
    pairs = [f"{tag}={value}" for tag, value in fields.items()]
    wanted = OrderTerms(Message(b"", "D", fields, pairs, True))
    wanted.on_behalf_of = ask.on_behalf_of
    return wanted


def _decided(order: Order, event: OrderRouted, time: int) -> RouteView:
    considered = _considered(event.record)
    is_leg = event.strategy == SWEEP_LEG
    chosen = [one.quote for one in considered if is_leg and one.broker == event.broker]
    return RouteView(
        order=order.order_id,
        route=event.route,
        broker=event.broker,
        strategy=event.strategy,
        version=event.version,
        time_ns=time,
        arrival=event.arrival,
        leg_price="".join(chosen),
        considered=considered,
    )


def _considered(record: str) -> list[ConsideredView]:
    return [
        ConsideredView(
            broker=one.broker,
            left_out=one.why,
            score="" if one.why else _shown(one.score),
            factors={name: _shown(value) for name, value in one.factors.items()},
            quote=one.quote,
            share=one.share,
        )
        for one in read_record(record)
    ]


def _shown(thousandths: int) -> str:
    return str(Decimal(thousandths) / THOUSAND)
