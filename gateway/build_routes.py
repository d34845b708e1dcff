"""Makes the routes of the configuration, as the core has them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from gateway.config import ApiBroker, Config
from gateway.config.brokers import Broker as BrokerConfig
from gateway.config.route_checks import DEFAULT
from gateway.config.rules import Route as RouteConfig
from gateway.orders.order_types import TERM_TAGS
from gateway.prepared import Prepared
from gateway.routing import Route, RouteTable, Scoring
from gateway.routing.factors import FACTORS
from gateway.routing.rules import Conditions, glob, is_glob
from gateway.routing.venue import Venue
from gateway.translate.passing import Groups, Passing
from sessions.schedule import Schedule

SECOND_NS: Final = 1_000_000_000
THOUSANDTHS: Final = 1000
VERSION_DIGITS: Final = 12


def route_table(prepared: Prepared) -> RouteTable:
    """The routes, the one to the default broker last."""
    config = prepared.config
    calendars = {schedule.name: schedule.calendar for schedule in config.schedules}
    routes = [_route(route, prepared, calendars.get(route.hours)) for route in config.routes]
    if config.routing.default_broker:
        routes.append(Route(name=DEFAULT, broker=config.routing.default_broker))
    return RouteTable(routes, _scoring(config), version_of(config))


def venue_of(config: BrokerConfig | ApiBroker) -> Venue:
    """What a broker is to the router."""
    venue = config.venue
    return Venue(
        venue.kind,
        fee_per_share=venue.fee_per_share,
        fee_bps=venue.fee_bps,
        priority=venue.priority,
        weight=venue.weight,
        min_quantity=venue.min_quantity,
        max_quantity=venue.max_quantity,
        min_notional=venue.min_notional,
    )


def version_of(config: Config) -> str:
    """One that changes with all that routes are chosen by."""
    told = [
        config.routing.model_dump(),
        [route.model_dump() for route in config.routes],
        {broker.name: broker.venue.model_dump() for broker in config.brokers},
    ]
    return sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[
        :VERSION_DIGITS
    ]


def _scoring(config: Config) -> Scoring:
    routing = config.routing
    return Scoring(
        {name: int(getattr(routing.weights, name) * THOUSANDTHS) for name in FACTORS},
        int(routing.measured_max_age_s * SECOND_NS),
        int(routing.quote_max_age_s * SECOND_NS),
    )


def _route(config: RouteConfig, prepared: Prepared, hours: Schedule | None) -> Route:
    globs = [symbol for symbol in config.symbol if is_glob(symbol)]
    return Route(
        name=config.name,
        brokers=config.leads_to,
        clients=frozenset(config.client),
        accounts=frozenset(config.account),
        symbols=frozenset() if globs else frozenset(config.symbol),
        security_types=frozenset(config.security_type),
        min_quantity=config.min_quantity,
        max_quantity=config.max_quantity,
        conditions=_conditions(config, globs, hours),
        queues=config.when_down == "queue",
        queues_reconciling=config.while_reconciling == "queue",
        queue_age_max_ns=int(config.queue_age_max_s * SECOND_NS),
        passing=_passing(config, prepared),
        strategy=config.strategy,
        fails_over=config.failover,
    )


def _conditions(
    config: RouteConfig, globs: Sequence[str], hours: Schedule | None
) -> Conditions | None:
    """None where a route has none of the rarer ones."""
    rare = (config.order_type, config.time_in_force, config.on_behalf_of, config.ex_destination)
    if not (globs or hours or any(rare)):
        return None
    return Conditions(
        symbols=frozenset(config.symbol) - frozenset(globs) if globs else frozenset(),
        globs=tuple([glob(symbol) for symbol in globs]),
        order_types=frozenset(config.order_type),
        times_in_force=frozenset(config.time_in_force),
        on_behalf_of=frozenset(config.on_behalf_of),
        ex_destinations=frozenset(config.ex_destination),
        hours=hours,
    )


def _passing(config: RouteConfig, prepared: Prepared) -> Passing | None:
    tags = config.pass_tags
    if tags == "all":
        return None
    if tags == "none":
        return Passing(TERM_TAGS, Groups())
    dictionaries = prepared.dictionaries.of_route(config, prepared.config.clients)
    return Passing(frozenset(tags) | TERM_TAGS, Groups(dictionaries))
