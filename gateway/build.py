"""From the configuration to links and what the core works with. Reads no files.

Links get their numbers from the journal, so that a client keeps its number over restarts and
changes of the configuration.
"""

from decimal import Decimal
from typing import Final

from gateway.breakers.rules import Breaker
from gateway.budget import Budget
from gateway.build_brokers import build_broker, definition_of
from gateway.build_routes import route_table
from gateway.config import (
    ANY,
    AcceptorLink,
    BreakerSettings,
    Config,
    RiskLimit,
    RiskSettings,
)
from gateway.config import Client as ClientConfig
from gateway.config import DropCopy as DropCopyConfig
from gateway.copies import DropCopy
from gateway.events import LinkDefined
from gateway.feeds import build_feeds
from gateway.known_links import KnownLinks, Session, definition
from gateway.link import Link
from gateway.link_numbers import LinkNumbers
from gateway.prepared import Prepared
from gateway.reference import Reference
from gateway.risk.fed_rates import FedRates
from gateway.risk.levels import HALTED
from gateway.risk.limits import NAMES, LimitTable
from gateway.risk.money import money_by_symbol
from gateway.risk.scope_limits import ScopeLimits, limit_number
from gateway.risk.scopes import kind_of
from gateway.setup import Client, ListRules, Setup
from gateway.state import State
from gateway.templates import known_clients, template_of
from gateway.translate.tag_rules import TagRules
from sessions.dictionary import Dictionary
from sessions.opening import keep_to
from sessions.schedule import Schedule
from sessions.session import Numbers
from sessions.session import Session as FixSession
from sessions.state import DISABLED

SECOND_NS: Final = 1_000_000_000


def limit_table(config: Config, reference: Reference) -> LimitTable:
    """The limits by scope."""
    templates = [template.name for template in config.templates]
    instruments = reference.instruments
    risk = config.risk
    return LimitTable(
        [_scope_limits(limit, risk) for limit in risk.limits],
        templates,
        clients={client.name: client.client for client in config.clients if client.client},
        sectors={symbol: one.sector for symbol, one in instruments.items() if one.sector},
        money=money_by_symbol(instruments, risk.currency, risk.rates),
        rates={risk.currency: Decimal(1), **risk.rates},
        capital=_capital(risk),
        warn_at_pct=risk.warn_at_pct,
        breakers=[_breaker(breaker) for breaker in config.breakers],
        fed=FedRates(risk.fed_rates, int(risk.rate_max_age_s * SECOND_NS)),
        fed_instruments={
            symbol: (one.currency, one.multiplier)
            for symbol, one in instruments.items()
            if one.currency in risk.fed_rates
        },
    )


def _breaker(breaker: BreakerSettings) -> Breaker:
    return Breaker(
        name=breaker.name,
        condition=breaker.condition,
        scopes=tuple(kind_of(scope) for scope in breaker.scopes),
        threshold=breaker.threshold,
        window_ns=int((breaker.window_s or 1) * SECOND_NS),
        min_count=breaker.min_count or 1,
        actions=breaker.actions,
        halt_level=breaker.halt_level or HALTED,
        slow_to_per_s=str(breaker.slow_to_per_s or ""),
        probe_after_ns=int((breaker.probe_after_s or 0) * SECOND_NS),
        probes=breaker.probes or 1,
    )


def _scope_limits(limit: RiskLimit, risk: RiskSettings) -> ScopeLimits:
    capital = _capital(risk)
    values: dict[str, Decimal] = {}
    for name in NAMES:
        value = getattr(limit, name)
        if value is not None:
            values[name] = limit_number(name, str(value), capital)
    known = None if limit.instrument_known is None else limit.instrument_known == "on"
    return ScopeLimits(limit.scope, known, values)


def _capital(risk: RiskSettings) -> Decimal | None:
    return risk.capital if isinstance(risk.capital, Decimal) else None


def undefined_links(config: Config, state: State) -> list[LinkDefined]:
    """Links that the journal does not know yet, with the next free numbers."""
    known = KnownLinks(state)
    number = max(state.links, default=0)
    new = []
    for wanted in _wanted_links(config):
        if known.get(wanted) is None:
            number += 1
            wanted.number = number
            new.append(wanted)
    return new


def _wanted_links(config: Config) -> list[LinkDefined]:
    links = [definition(client) for client in config.clients if not client.is_template]
    links += [definition(copy) for copy in config.drop_copies]
    brokers = config.brokers
    links += [definition_of(b) for b in brokers]
    return links + [definition(one) for one in config.market_data]


def build_setup(prepared: Prepared, state: State, limits: LimitTable) -> Setup:
    """What the core works with; every link of the configuration is defined in `state`."""
    config = prepared.config
    known = KnownLinks(state)
    clients = [
        core_client(client, known.of(client).number, prepared)
        for client in known_clients(config, state)
    ]
    brokers = [build_broker(broker, known, prepared) for broker in config.brokers]
    return Setup(
        node=config.gateway.node,
        currency=config.risk.currency,
        clients={client.link: client for client in clients},
        brokers={broker.name: broker for broker in brokers},
        routes=route_table(prepared),
        limits=limits,
        reference=prepared.reference,
        days=config.day.days,
        day_end_grace_ns=int(config.day.end_grace_s * SECOND_NS),
        copies=[_drop_copy(copy, known, prepared) for copy in config.drop_copies],
        feeds=build_feeds(prepared, known),
    )


def core_client(config: ClientConfig, link: int, prepared: Prepared) -> Client:
    """A client as the core sees it."""
    template = template_of(prepared.config, config.name)
    return Client(
        entry=config.name if template is None else template.name,
        name=config.name,
        link=link,
        dialect=prepared.dialects.of(config),
        accounts=frozenset() if ANY in config.accounts else frozenset(config.accounts),
        default_account=config.default_account,
        id_max_length=config.id_max_length,
        other_fields_max_length=config.other_fields_max_length,
        open_orders_max=config.open_orders_max,
        lists=ListRules(
            config.list_orders_max,
            config.list_fragments_max,
            int(config.list_fragment_age_max_s * SECOND_NS),
            config.oco_cancels_on == "part",
            config.oto_releases_on == "part",
        ),
        emulates=frozenset(config.emulate),
        trigger_on=config.trigger_on,
        comp_id=config.target_comp_id,
        news_on_halt=config.news_on_halt,
        schedule=next(
            (s.calendar for s in prepared.config.schedules if s.name == config.schedule), None
        ),
        check_allocations=config.check_allocations,
        on_behalf_of=frozenset(config.on_behalf_of),
        strategy_tag=config.strategy_tag,
        halt_scopes=frozenset(config.halt_scopes),
        ex_destinations=frozenset(config.ex_destinations),
    )


def _drop_copy(config: DropCopyConfig, known: KnownLinks, prepared: Prepared) -> DropCopy:
    messages = prepared.dictionaries.of(config).messages
    wanted = ("8", "9") if config.cancel_rejects else ("8",)
    return DropCopy(
        name=config.name,
        link=known.of(config).number,
        dialect=prepared.dialects.of(config),
        scopes=config.of,
        tags={kind: messages[kind].allowed for kind in wanted if kind in messages},
    )


class LinkMaker:
    """Makes links. Dictionaries of one version and schedules of one name are shared by them."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        schedules = prepared.config.schedules
        self._schedules = {schedule.name: schedule.calendar for schedule in schedules}

    def make(self, config: Session, known: LinkNumbers) -> Link:
        """The link of a session, which keeps the schedule it names."""
        dictionary = self.prepared.dictionaries.of(config)
        link = new_link(config, known, dictionary, self.prepared.rules.of(config))
        calendar = self.calendar(config)
        if calendar is not None:
            keep_to(link.session, calendar, known.interval_ns, known.interval_epoch)
        return link

    def calendar(self, config: Session) -> Schedule | None:
        """The schedule that a session names."""
        return self._schedules[config.schedule] if config.schedule else None


def new_link(
    config: Session,
    known: LinkNumbers,
    dictionary: Dictionary,
    rules: TagRules | None = None,
) -> Link:
    """The link of a session, with its numbers where the journal says they stand."""
    session = FixSession(
        config,
        dictionary,
        Numbers(known.epoch, known.next_in, known.next_out),
        name=config.name,
        enabled=known.state != DISABLED,
    )
    budget = budget_of(config) if isinstance(config, AcceptorLink) else None
    role = known.defined.role
    return Link(
        number=known.number,
        name=config.name,
        role=role,
        session=session,
        budget=budget,
        rules=rules,
    )


def budget_of(config: AcceptorLink) -> Budget | None:
    """How many messages it may send; None: any number."""
    rate = config.message_rate_per_s
    return Budget(rate, config.message_burst, config.message_policy) if rate else None
