"""From the configuration to links and what the core works with. Reads no files but reference data.

Links get their numbers from the journal, so that a client keeps its number over restarts and
changes of the configuration.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from gateway.budget import Budget
from gateway.config import ANY, Config, FixBroker, PaperBroker, RiskLimit
from gateway.config import Client as ClientConfig
from gateway.config import Route as RouteConfig
from gateway.dictionaries import Dictionaries
from gateway.events import LinkDefined
from gateway.link import Link
from gateway.reference import Reference, load_reference
from gateway.risk.limits import NAMES, OFF, LimitTable, ScopeLimits
from gateway.routing import Route, RouteTable
from gateway.setup import Broker, Client, Setup
from gateway.state import LinkNumbers, State
from gateway.templates import known_clients, template_of
from gateway.translate.dialects import DIALECTS, Dialect
from gateway.translate.passing import Groups, Passing
from sessions.dictionary import Dictionary
from sessions.opening import keep_to
from sessions.session import Numbers, Session
from sessions.state import DISABLED

SECOND_NS: Final = 1_000_000_000
PAPER_DIALECT: Final = "FIX.4.4"


def limit_table(config: Config) -> LimitTable:
    """The limits by scope."""
    templates = [client.name for client in config.clients if client.is_template]
    return LimitTable((_scope_limits(limit) for limit in config.risk.limits), templates)


def _scope_limits(limit: RiskLimit) -> ScopeLimits:
    values: dict[str, Decimal] = {}
    for name in NAMES:
        value = getattr(limit, name)
        if value is not None:
            values[name] = OFF if value == "off" else Decimal(value)
    known = None if limit.instrument_known is None else limit.instrument_known == "on"
    return ScopeLimits(limit.scope, known, values)


def reference(config: Config) -> Reference:
    """Instruments and closes; raises ReferenceDataError."""
    settings = config.reference
    return load_reference(settings.instruments, settings.prices, settings.price_max_age_s)


def undefined_links(config: Config, state: State) -> list[LinkDefined]:
    """Links that the journal does not know yet, with the next free numbers."""
    known = {link.defined.name: link.defined for link in state.links.values()}
    number = max(state.links, default=0)
    new = []
    for wanted in _wanted_links(config):
        held = known.get(wanted.name)
        if held is not None and _same(held, wanted):
            continue
        number += 1
        wanted.number = number
        new.append(wanted)
    return new


def _wanted_links(config: Config) -> list[LinkDefined]:
    links = [definition(client, "client") for client in config.clients if not client.is_template]
    for broker in config.brokers:
        if isinstance(broker, FixBroker):
            links.append(definition(broker, "broker"))
        else:
            links.append(LinkDefined(0, broker.name, "paper", PAPER_DIALECT, "", ""))
    return links


def definition(session: ClientConfig | FixBroker, role: str) -> LinkDefined:
    """The fact that makes a session known; its number is still to be given."""
    return LinkDefined(
        0,
        session.name,
        role,
        session.begin_string,
        session.sender_comp_id,
        session.target_comp_id,
    )


def _same(held: LinkDefined, wanted: LinkDefined) -> bool:
    """A session that changes its identity is another session, with numbers of its own."""
    return (held.role, held.begin_string, held.sender_comp_id, held.target_comp_id) == (
        wanted.role,
        wanted.begin_string,
        wanted.sender_comp_id,
        wanted.target_comp_id,
    )


def build_setup(config: Config, state: State, limits: LimitTable, data: Reference) -> Setup:
    """What the core works with; every link of the configuration is defined in `state`."""
    numbers = {link.defined.name: link.number for link in state.links.values()}
    clients = [
        core_client(client, numbers[client.name], config) for client in known_clients(config, state)
    ]
    brokers = [_broker(broker, numbers[broker.name]) for broker in config.brokers]
    return Setup(
        node=config.gateway.node,
        currency=config.risk.currency,
        clients={client.link: client for client in clients},
        brokers={broker.name: broker for broker in brokers},
        routes=RouteTable([_route(route, config.clients) for route in config.routes]),
        limits=limits,
        reference=data,
    )


def core_client(config: ClientConfig, link: int, whole: Config) -> Client:
    """A client as the core sees it."""
    template = template_of(whole, config.name)
    return Client(
        entry=config.name if template is None else template.name,
        name=config.name,
        link=link,
        dialect=_dialect(config),
        accounts=frozenset() if ANY in config.accounts else frozenset(config.accounts),
        default_account=config.default_account,
        id_max_length=config.id_max_length,
        other_fields_max_length=config.other_fields_max_length,
        open_orders_max=config.open_orders_max,
    )


def _dialect(config: ClientConfig | FixBroker) -> Dialect:
    """That of the version we send: in FIXT sessions an application version of its own."""
    return DIALECTS[config.default_appl_ver_id or config.begin_string]


def _broker(config: FixBroker | PaperBroker, link: int) -> Broker:
    if isinstance(config, PaperBroker):
        return Broker(
            name=config.name, link=link, dialect=DIALECTS[PAPER_DIALECT], resend_age_max_ns=0
        )
    return Broker(
        name=config.name,
        link=link,
        dialect=_dialect(config),
        resend_age_max_ns=int(config.resend_order_age_max_s * SECOND_NS),
    )


def _route(config: RouteConfig, clients: Iterable[ClientConfig]) -> Route:
    return Route(
        name=config.name,
        broker=config.broker,
        clients=frozenset(config.client),
        accounts=frozenset(config.account),
        symbols=frozenset(config.symbol),
        security_types=frozenset(config.security_type),
        min_quantity=config.min_quantity,
        max_quantity=config.max_quantity,
        queues=config.when_down == "queue",
        queue_age_max_ns=int(config.queue_age_max_s * SECOND_NS),
        passing=_passing(config, clients),
    )


def _passing(config: RouteConfig, clients: Iterable[ClientConfig]) -> Passing | None:
    tags = config.pass_tags
    if tags == "all":
        return None
    if tags == "none":
        return Passing(frozenset(), Groups())
    return Passing(frozenset(tags), Groups(Dictionaries().of_route(config, clients)))


class LinkMaker:
    """Makes links. Dictionaries of one version and schedules of one name are shared by them."""

    def __init__(self, config: Config) -> None:
        self._dictionaries = Dictionaries()
        self._schedules = {schedule.name: schedule.calendar for schedule in config.schedules}

    def make(self, config: ClientConfig | FixBroker, known: LinkNumbers) -> Link:
        """The link of a session, which keeps the schedule it names."""
        link = new_link(config, known, self._dictionaries.of(config))
        if config.schedule:
            calendar = self._schedules[config.schedule]
            keep_to(link.session, calendar, known.interval_ns, known.interval_epoch)
        return link


def new_link(config: ClientConfig | FixBroker, known: LinkNumbers, dictionary: Dictionary) -> Link:
    """The link of a session, with its numbers where the journal says they stand."""
    session = Session(
        config,
        dictionary,
        Numbers(known.epoch, known.next_in, known.next_out),
        name=config.name,
        enabled=known.state != DISABLED,
    )
    budget = _budget(config) if isinstance(config, ClientConfig) else None
    role = known.defined.role
    return Link(number=known.number, name=config.name, role=role, session=session, budget=budget)


def _budget(config: ClientConfig) -> Budget | None:
    """How many messages a client may send; None: any number."""
    rate = config.message_rate_per_s
    return Budget(rate, config.message_burst, config.message_policy) if rate else None
