"""The operators' desk for risk: why an order passes or is refused, and how much is left."""

from decimal import Decimal
from time import time_ns
from typing import Final

from gateway.control.desk import DeskError
from gateway.control.risk_models import RiskView, UseView, VerdictView, WhatIf
from gateway.engine import Engine
from gateway.events import LimitSet, OrderPermitted, PermissionEnded
from gateway.operators import both
from gateway.order_desk import OrderDesk
from gateway.orders.candidates import new_candidate
from gateway.orders.order import Order
from gateway.orders.permits import override_for
from gateway.orders.routes import choice_problem, chosen_route
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate, History
from gateway.risk.scope_limits import limit_number
from gateway.risk.scopes import EACH
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
        view = self._judged(order.order_id, client, wanted, order)
        return view.model_copy(update={"passed_by": self._passed_by(order)})

    def _passed_by(self, order: Order) -> str:
        """The override that let an order pass, as long as it is remembered."""
        history = [said.event for said in self._engine.core.state.limit_changes.history]
        ends = [event for event in history if isinstance(event, PermissionEnded)]
        used = next((event for event in ends if event.order_no == order.order_no), None)
        if used is None:
            return ""
        for event in history:
            if isinstance(event, OrderPermitted) and event.number == used.number:
                people = both(event.requester, event.approver)
                return f"override {event.number} of {people}: {event.why}"
        return f"override {used.number}"

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
        decision = self._engine.core.decision(time_ns())
        route = chosen_route(decision, client, wanted)
        if isinstance(route, Refusal):
            raise DeskError(route.code, route.code.meaning.rstrip("."))
        wanted.broker = route.broker
        if not route.is_plain:
            refusal = choice_problem(decision, client, wanted, route)
            if refusal is not None:
                raise DeskError(refusal.code, refusal.detail)
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
        refused = any(verdict.refusal for verdict in said)
        number = override_for(decision, client, wanted, candidate) if refused else 0
        return RiskView(
            order=name,
            passes=not refused or number > 0,
            override=number,
            verdicts=[VerdictView(check=one.check, refusal=one.refusal) for one in said],
            uses=[self._use_view(use) for use in uses(candidate)],
        )

    def _source(self, use: Use) -> str:
        """Whose word a limit is."""
        core = self._engine.core
        for scope in (use.scope, f"{use.scope.partition(':')[0]}:{EACH}"):
            said = core.state.limit_changes.of((scope, use.name))
            if said is None:
                continue
            event = said.event
            if limit_number(use.name, event.value, core.setup.limits.capital) == use.limit:
                if isinstance(event, LimitSet):
                    return f"set by {event.who}"
                return f"override {event.number} of {both(event.requester, event.approver)}"
        return "configured"

    def _use_view(self, use: Use) -> UseView:
        left = None if use.used is None else use.limit - use.used
        return UseView(
            limit=use.name,
            scope=use.scope,
            value=_text(use.limit),
            used=_text(use.used),
            left=_text(left),
            source=self._source(use),
        )


def _warn_nobody(candidate: Candidate) -> None:
    known = candidate.history
    candidate.history = History(known.exposures, known.positions, known.recent, known.buckets)


def _message(fields: dict[str, str], now: int) -> Message:
    given = {tag: value for tag, value in fields.items() if value}
    given["60"] = format_utc_timestamp(now, 3)
    pairs = [f"{tag}={value}" for tag, value in given.items()]
    return Message(b"", "D", given, pairs, True)


def _text(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"
