"""What the risk checks look at of an order or a replace, and what they say of it."""

from typing import Final

from gateway.decision import Decision
from gateway.orders.cash import cash_of
from gateway.orders.extras import field_of
from gateway.orders.order import Order
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk import first_refusal
from gateway.risk.candidate import Candidate, Market
from gateway.risk.flow import order_key
from gateway.risk.verdicts import uses
from gateway.setup import Client
from gateway.state import State
from gateway.translate.inbound import OrderTerms

OF_BROKER: Final = "broker:"


def new_candidate(
    decision: Decision, client: Client, terms: OrderTerms, existing: Order | None
) -> Candidate:
    """What the risk checks look at, for an order or the replace of `existing`."""
    state: State = decision.state
    setup = decision.setup
    symbol = existing.symbol if existing is not None else terms.symbol
    account = existing.account if existing is not None else terms.account
    side = existing.side if existing is not None else terms.side
    quantity = terms.quantity if terms.order_qty else cash_of(terms.extra)
    key = order_key(account, symbol, side, terms.ord_type, quantity, terms.price)
    broker = terms.broker or (existing.broker if existing is not None else "")
    strategy = existing.strategy if existing is not None else strategy_of(client, terms)
    limits, reference = setup.limits, setup.reference
    now = decision.now
    money, rates = limits.money_at(symbol, now), limits.rates_at(now)
    market = Market(symbol, money, setup.currency, reference, state.prices, rates, limits.fed, now)
    candidate = Candidate(
        limits.subjects(client.name, account, symbol, broker, strategy),
        account,
        symbol,
        side,
        terms.ord_type,
        terms.quantity,
        terms.risk_price,
        now,
        state.positions.today(now),
        limits.of(client.name, account, symbol, broker, strategy),
        market,
        state.history,
        state.levels.on(limits, client.name, account, symbol, broker, strategy),
        state.bucket(client.link),
        existing,
        key,
        terms.transact_time,
        terms.extra,
        state.divisions.reserved(existing) if existing is not None else None,
    )
    if state.breakers.slowed:
        scopes = limits.scopes_of(client.name, account, symbol, broker, strategy)
        candidate.too_fast = state.breakers.too_fast(scopes, now)
    return candidate


def checked(decision: Decision, candidate: Candidate) -> Refusal | None:
    """The first check's refusal; what the checks want people to know becomes alarms."""
    refusal = first_refusal(candidate)
    told = decision.state.history.warnings.told
    if told:
        for text in told:
            decision.alarm(text)
        told.clear()
    return refusal


def broker_limit_problem(
    decision: Decision, client: Client, terms: OrderTerms, broker: str
) -> Refusal | None:
    """Why a broker may not have what it has nothing of yet, for the sake of its own limits."""
    terms.broker = broker
    for use in uses(new_candidate(decision, client, terms, None)):
        if use.scope == f"{OF_BROKER}{broker}" and use.used is not None and use.used > use.limit:
            return Refusal(Code.NO_BROKER, f"limit={use.name} scope={use.scope}")
    return None


def strategy_of(client: Client, terms: OrderTerms) -> str:
    """The strategy that an order names, "" for none."""
    return field_of(terms.extra, client.strategy_tag) if client.strategy_tag else ""
