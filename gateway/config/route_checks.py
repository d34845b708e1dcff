"""Checks of routes: what they name is there, and what each says agrees.

Part of `checks.CHECKS`; each check takes a draft and yields problems.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from gateway.config.problems import Problem, no_such
from gateway.config.rules import Route
from gateway.routing import SWEEP

if TYPE_CHECKING:
    from gateway.config.checks import Draft

DEFAULT: Final = "default"
"""The name of the route to `default_broker`."""
_OF_SEVERAL: Final = ("strategy", "failover")
"""Settings that mean something where there are several brokers."""


def routes_resolve(draft: Draft) -> Iterator[Problem]:
    """Their brokers, clients and schedules are there."""
    there = {
        "broker": {name for _, name in draft.names("brokers")},
        "client": {name for _, name in draft.names("clients")},
        "schedule": {name for _, name in draft.names("schedules")},
    }
    named = (("broker", "broker"), ("brokers", "broker"), ("client", "client"))
    for key, kind in (*named, ("hours", "schedule")):
        for index, name in draft.written("routes", key):
            if name and name not in there[kind]:
                yield Problem(("routes", index, key), no_such(kind, name, there[kind]))
    routing = draft.data.get("routing")
    default = routing.get("default_broker") if isinstance(routing, Mapping) else None
    if isinstance(default, str) and default:
        path = ("routing", "default_broker")
        if default not in there["broker"]:
            yield Problem(path, no_such("broker", default, there["broker"]))
        if DEFAULT in {name for _, name in draft.names("routes")}:
            yield Problem(path, f'a route is called "{DEFAULT}", as the one to it would be')


def routes_sound(draft: Draft) -> Iterator[Problem]:
    """What each says agrees."""
    for index, route in draft.routes.items():
        for name, text in (*_brokers(route), *_quantities(route)):
            yield Problem(("routes", index, name), text)


def sweeps_have_quotes(draft: Draft) -> Iterator[Problem]:
    """What sweeps brokers goes by prices that they show."""
    shows = {one.name: getattr(one, "quotes", False) for one in draft.brokers.values()}
    for index, route in draft.routes.items():
        if route.strategy == SWEEP and not any(shows.get(name, True) for name in route.leads_to):
            text = 'goes by the quotes of its brokers, and none of them has "quotes = true"'
            yield Problem(("routes", index, "strategy"), text)


def venues_sound(draft: Draft) -> Iterator[Problem]:
    """The sizes that a broker takes are some."""
    for index, broker in draft.brokers.items():
        low, high = broker.venue.min_quantity, broker.venue.max_quantity
        if low is not None and high is not None and low > high:
            text = f"must be at least min_quantity, which is {low}"
            yield Problem(("brokers", index, "venue", "max_quantity"), text)


def _brokers(route: Route) -> Iterator[tuple[str, str]]:
    if not (route.broker or route.brokers):
        yield "broker", "is missing: it says where matching orders go, or `brokers` does"
    elif route.broker and route.brokers:
        yield "brokers", "stands in the place of `broker`: leave one of them out"
    elif len(route.leads_to) == 1:
        for name in _OF_SEVERAL:
            if getattr(route, name) != Route.model_fields[name].default:
                yield name, "is for routes that lead to several `brokers`"


def _quantities(route: Route) -> Iterator[tuple[str, str]]:
    low, high = route.min_quantity, route.max_quantity
    if low is not None and high is not None and low > high:
        yield "max_quantity", f"must be at least min_quantity, which is {low}"
