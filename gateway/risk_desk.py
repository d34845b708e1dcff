"""The operators' desk for risk: why an order passes or is refused, and how much is left."""

from decimal import Decimal
from time import time_ns
from typing import Final

from gateway.control.desk import DeskError
from gateway.control.risk_models import RiskView, UseView, VerdictView, WhatIf
from gateway.engine import Engine
from gateway.order_desk import OrderDesk
from gateway.orders.entry import new_candidate
from gateway.orders.extras import field_of
from gateway.orders.order import Order
from gateway.refusals import REFUSALS
from gateway.risk.candidate import Candidate, History
from gateway.risk.verdicts import Use, uses, verdicts_on
from gateway.setup import Client
from gateway.translate.inbound import OrderTerms
from sessions.message import Message
from sessions.values import format_utc_timestamp

SIDES: Final = {"buy": "1", "sell": "2", "short": "5"}


class RiskDesk(OrderDesk):
    """Part of the desk; `_engine` is that of the whole."""

    _engine: Engine

    def explain_risk(self, key: str) -> RiskView:
        """What the checks say of an order as it stands."""
        order = self._order(key)
        client = self._engine.core.setup.clients.get(order.link)
        if client is None:
            raise DeskError(
                "UNKNOWN_CLIENT", f"the client of order {order.order_id} is not configured any more"
            )
        terms = order.terms
        fields = {
            "11": order.cl_ord_id,
            "1": order.account,
            "55": order.symbol,
            "54": order.side,
            "38": str(terms.order_qty),
            "40": terms.ord_type,
            "44": terms.price,
            "99": terms.stop_px,
            "59": terms.time_in_force,
        }
        wanted = OrderTerms(_message(fields, time_ns()))
        wanted.extra = order.extra
        wanted.quantity = terms.order_qty
        self._check(wanted)
        return self._judged(order.order_id, client, wanted, order)

    def what_if(self, ask: WhatIf) -> RiskView:
        """What the checks would say of an order."""
        setup = self._engine.core.setup
        client = next((c for c in setup.clients.values() if c.name == ask.client), None)
        if client is None:
            remedy = "`fixgate sessions list` shows the clients"
            raise DeskError("UNKNOWN_CLIENT", f"there is no client {ask.client}", remedy, 404)
        fields = {
            "11": "what-if",
            "1": ask.account or client.default_account,
            "55": ask.symbol,
            "54": SIDES[ask.side],
            "38": ask.quantity,
            "40": "2" if ask.price else "1",
            "44": ask.price,
        }
        if ask.strategy and client.strategy_tag:
            fields[client.strategy_tag] = ask.strategy
        if ask.side == "short":
            fields["114"] = "N"
        wanted = OrderTerms(_message(fields, time_ns()))
        self._check(wanted)
        security_type = field_of(wanted.extra, "167")
        route = setup.routes.choose(
            client.entry, wanted.account, wanted.symbol, security_type, wanted.quantity
        )
        if route is None:
            raise DeskError("NO_ROUTE", REFUSALS["NO_ROUTE"][2].rstrip("."))
        wanted.broker = route.broker
        return self._judged("", client, wanted, None)

    def _check(self, wanted: OrderTerms) -> None:
        problem = wanted.problem()
        if problem is not None:
            raise DeskError(problem.code, problem.text)

    def _judged(
        self, name: str, client: Client, wanted: OrderTerms, order: Order | None
    ) -> RiskView:
        decision = self._engine.core.decision(time_ns())
        candidate = new_candidate(decision, client, wanted, order)
        _warn_nobody(candidate)
        said = verdicts_on(candidate)
        return RiskView(
            order=name,
            passes=not any(verdict.refusal for verdict in said),
            verdicts=[VerdictView(check=one.check, refusal=one.refusal) for one in said],
            uses=[_use_view(use) for use in uses(candidate)],
        )


def _warn_nobody(candidate: Candidate) -> None:
    known = candidate.history
    candidate.history = History(known.exposures, known.positions, known.recent, known.buckets)


def _message(fields: dict[str, str], now: int) -> Message:
    given = {tag: value for tag, value in fields.items() if value}
    given["60"] = format_utc_timestamp(now, 3)
    pairs = [f"{tag}={value}" for tag, value in given.items()]
    return Message(b"", "D", given, pairs, True)


def _use_view(use: Use) -> UseView:
    left = None if use.used is None else use.limit - use.used
    return UseView(
        limit=use.name,
        scope=use.scope,
        value=_text(use.limit),
        used=_text(use.used),
        left=_text(left),
    )


def _text(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"
