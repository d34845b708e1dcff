"""Settings that do nothing as the others stand, or that refuse everything. Part of the notes of
`fixgate check`; knows the models only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.config.brokers import FixBroker
from gateway.config.models import ANY, Config

UNTRIGGERED: Final = frozenset({"gtd", "iceberg"})  # of what `emulate` may name


def without_effect(config: Config) -> Iterator[str]:
    """One line for each."""
    if not config.day.roll_time and config.day.model_fields_set - {"roll_time"}:
        yield "settings of [day] have no effect: it has no roll_time"
    routed = {name for route in config.routes for name in route.leads_to}
    routed.add(config.routing.default_broker)
    for broker in config.brokers:
        if broker.name not in routed:
            yield f"broker {broker.name} gets no orders: no route leads to it"
        if isinstance(broker, FixBroker):
            yield from _of_a_broker(config, broker)
    for client in config.clients:
        if "cancel_grace_s" in client.model_fields_set and client.cancel_on_disconnect == "off":
            yield _idle(f"client {client.name}", "cancel_grace_s", "cancel_on_disconnect is off")
        if "trigger_on" in client.model_fields_set and not set(client.emulate) - UNTRIGGERED:
            yield _idle(f"client {client.name}", "trigger_on", "emulate names no order type")
    used = {link.schedule for link in config.fix_links} | {r.hours for r in config.routes}
    hours = any(limit.check_hours == "on" for limit in config.risk.limits)
    for schedule in config.schedules:
        if schedule.name not in used and not hours:  # the instruments may name it
            yield f"schedule {schedule.name} has no effect: no session or route goes by it"


def _of_a_broker(config: Config, broker: FixBroker) -> Iterator[str]:
    name = f"broker {broker.name}"
    for setting in ("order_types", "times_in_force"):
        if getattr(broker.capabilities, setting) == ():
            yield f"{name} is sent no orders: {setting} of its capabilities is empty"
    if broker.day_end == "gateway" and not config.day.roll_time:
        yield _idle(name, "day_end", "[day] has no roll_time")
    if broker.names_end_clients and not any(client.on_behalf_of for client in config.clients):
        yield _idle(name, "names_end_clients", "no client has on_behalf_of")
    if broker.verbal_orders == "report" and all(ANY in c.accounts for c in config.clients):
        yield _idle(name, "verbal_orders", "no client's accounts name whose such an order is")
    if broker.when_not_found == "cancel" and broker.reconcile == "off":
        yield _idle(name, "when_not_found", "reconcile is off")


def _idle(whose: str, setting: str, why: str) -> str:
    return f"{setting} of {whose} has no effect: {why}"
