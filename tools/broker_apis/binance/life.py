"""The life of an order at Binance: placed and matched within the request, canceled, replaced by
cancel and new order, amended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from tools.broker_apis.binance.entry import (
    Parameters,
    choice,
    client_id,
    mandatory,
    number,
    order_id_of,
    symbol_of,
    terms_of,
)
from tools.broker_apis.binance.errors import RefusedError, engine, filtered, unknown_order
from tools.broker_apis.binance.funds import Funds
from tools.broker_apis.binance.limits import Limits
from tools.broker_apis.binance.symbols import LISTED
from tools.broker_apis.binance.views import ack_json, cancel_json, full_json, result_json
from tools.broker_apis.orders import Order, Terms
from tools.broker_apis.world import World

Json = dict[str, Any]
MODES: Final = ("STOP_ON_FAILURE", "ALLOW_FAILURE")
RESTRICTIONS: Final = ("ONLY_NEW", "ONLY_PARTIALLY_FILLED")
RESTRICTED: Final = "Order was not canceled due to cancel restrictions."
SENT_UNKNOWN: Final = "Timeout waiting for response from backend server. Send status unknown."
SUCCESS: Final = "SUCCESS"
FAILURE: Final = "FAILURE"
SKIPPED: Final = "NOT_ATTEMPTED"


class Life:
    """Orders of one account."""

    def __init__(self, world: World, funds: Funds, limits: Limits) -> None:
        self._world = world
        self._funds = funds
        self._limits = limits
        self._numbers: dict[str, int] = defaultdict(lambda: 100)
        self.ended_by: dict[str, str] = {}
        """By our order id the client's id of the cancel that ended it."""
        self.renamed: dict[str, str] = {}
        """Of orders that were amended: the id that they have now."""
        world.desk.end_leftover = world.exchange.expire
        world.desk.in_two = lambda order: (
            world.dice.random() < float(world.switches["random_partials"])
        )
        world.desk.step = Decimal("0.001")

    # --- finding ----------------------------------------------------------------------------------

    def find(self, parameters: Parameters, prefix: str = "") -> Order | None:
        """By orderId or origClientOrderId, the newest of that name; None where there is none."""
        names = [prefix + name if prefix else name for name in ("OrderId", "OrigClientOrderId")]
        by_id, by_name = names if prefix else ("orderId", "origClientOrderId")
        name = symbol_of(parameters).name
        wanted, client = order_id_of(parameters, by_id), client_id(parameters, by_name)
        if wanted is None and not client:
            raise RefusedError(
                -1102,
                f"Param '{by_name}' or '{by_id}' must be sent, but both were empty/null!",
            )
        if wanted is not None:
            return self._world.exchange.orders.get(f"{name}:{wanted}")
        found = [
            order
            for order in self._world.exchange.orders.values()
            if order.terms.symbol == name and self.name_of(order) == client
        ]
        return found[-1] if found else None

    def name_of(self, order: Order) -> str:
        """The client's id that it has now."""
        return self.renamed.get(order.order_id, order.client_id)

    # --- new --------------------------------------------------------------------------------------

    def checked(self, parameters: Parameters) -> Terms:
        """The terms of a new order; RefusedError."""
        symbol = symbol_of(parameters)
        own = client_id(parameters, "newClientOrderId") or self.new_id()
        quote = self._world.market.quote(symbol.name)
        return terms_of(parameters, symbol, quote, own)

    def place(self, parameters: Parameters) -> Json:
        """Take an order in and match it; the reply that is wanted. RefusedError leaves none."""
        terms = self.checked(parameters)
        self._check_engine(terms)
        order = self.take(terms)
        return self.told(order, parameters.get("newOrderRespType", "FULL"))

    def told(self, order: Order, how: str) -> Json:
        """As newOrderRespType says."""
        if how == "ACK":
            return ack_json(order)
        if how == "RESULT":
            return result_json(order)
        trades = [t for t in self._funds.trades[order.terms.symbol] if t.order is order]
        return full_json(order, trades)

    def take(self, terms: Terms) -> Order:
        """The same for terms that were checked."""
        treatment = self._world.treatments.take(terms)
        if treatment.reject:
            raise engine(treatment.reject)
        self._numbers[terms.symbol] += self._world.dice.randint(1, 5)
        order_id = f"{terms.symbol}:{self._numbers[terms.symbol]}"
        order = self._world.exchange.receive(terms, order_id)
        self._world.desk.treat(order, treatment)
        self._limits.ordered()
        if treatment.ack_delay_s:
            delay_s = treatment.ack_delay_s
            self._world.agenda.after(delay_s, lambda: self._world.desk.accept(order))
        else:
            self._world.desk.accept(order)
        return order

    def _check_engine(self, terms: Terms) -> None:
        exchange, symbol = self._world.exchange, LISTED[terms.symbol]
        here = [o for o in exchange.open_orders() if o.terms.symbol == terms.symbol]
        if len(here) >= symbol.orders_max:
            raise filtered("MAX_NUM_ORDERS")
        self._limits.check_orders()
        if any(self.name_of(order) == terms.client_id for order in exchange.open_orders()):
            raise engine("Duplicate order sent.")
        touch = self._world.market.quote(terms.symbol).price(terms.side)
        if touch is not None:
            self._check_touch(terms, touch)
        if self._funds.needed(terms, terms.quantity) > self._funds.free(symbol.given(terms.side)):
            raise engine("Account has insufficient balance for requested action.")

    def _check_touch(self, terms: Terms, touch: Decimal) -> None:
        limit, stop = terms.limit, terms.stop
        crosses = limit is not None and (touch - limit) * terms.sign <= 0
        if crosses and terms.extras["type"] == "LIMIT_MAKER":
            raise engine("Order would immediately match and take.")
        triggers = stop is not None and (touch - stop) * terms.sign >= 0
        if triggers and terms.kind.startswith("stop"):
            raise engine("Stop price would trigger immediately.")

    # --- cancel -----------------------------------------------------------------------------------

    def cancel(self, parameters: Parameters) -> Json:
        """Cancel one order; RefusedError."""
        restriction = parameters.get("cancelRestrictions", "")
        if restriction:
            choice(parameters, "cancelRestrictions", RESTRICTIONS)
        cancel_id = client_id(parameters, "newClientOrderId") or self.new_id()
        order = self.find(parameters)
        return self._cancel(order, cancel_id, restriction, "on_cancel")

    def cancel_all(self, parameters: Parameters) -> list[Json]:
        """Every open order of a symbol; RefusedError where there is none."""
        name = symbol_of(parameters).name
        here = [o for o in self._world.exchange.open_orders() if o.terms.symbol == name]
        if not here:
            raise unknown_order()
        return [self._cancel(order, self.new_id(), "", "on_cancel") for order in here]

    def _cancel(self, order: Order | None, cancel_id: str, restriction: str, race: str) -> Json:
        if order is None or order.ended:
            raise unknown_order()
        how = getattr(self._world.desk.treatment_of(order), race)
        refused: list[str] = []
        if how == "silent":
            raise RefusedError(-1007, SENT_UNKNOWN, 504)
        self._world.desk.race(
            order, how, lambda: self._end(order, cancel_id, restriction, refused), refused.append
        )
        if refused:
            raise RefusedError(-2011, RESTRICTED) if refused == [RESTRICTED] else unknown_order()
        return cancel_json(order, cancel_id)

    def _end(self, order: Order, cancel_id: str, restriction: str, refused: list[str]) -> None:
        partly = bool(order.filled)
        if restriction and partly is not (restriction == "ONLY_PARTIALLY_FILLED"):
            refused.append(RESTRICTED)
            return
        self.ended_by[order.order_id] = cancel_id
        self._world.exchange.cancel(order)

    # --- cancel and new order ---------------------------------------------------------------------

    def cancel_replace(self, parameters: Parameters) -> Json:
        """Both done, or RefusedError with 400 or 409 and what came of each."""
        mode = choice(parameters, "cancelReplaceMode", MODES)
        restriction = parameters.get("cancelRestrictions", "")
        if restriction:
            choice(parameters, "cancelRestrictions", RESTRICTIONS)
        terms = self.checked(parameters)
        cancel_id = client_id(parameters, "cancelNewClientOrderId") or self.new_id()
        old = self.find(parameters, "cancel")
        canceled, cancel_result = self._leg(
            lambda: self._cancel(old, cancel_id, restriction, "on_replace")
        )
        placed: Json | None = None
        new_result = SKIPPED
        if cancel_result == SUCCESS or mode == "ALLOW_FAILURE":
            placed, new_result = self._leg(lambda: self._new_leg(terms, parameters))
        data = {
            "cancelResult": cancel_result,
            "newOrderResult": new_result,
            "cancelResponse": canceled,
            "newOrderResponse": placed,
        }
        if cancel_result == new_result == SUCCESS:
            return data
        if SUCCESS in (cancel_result, new_result):
            raise RefusedError(-2021, "Order cancel-replace partially failed.", 409, data)
        raise RefusedError(-2022, "Order cancel-replace failed.", 400, data)

    def _new_leg(self, terms: Terms, parameters: Parameters) -> Json:
        self._check_engine(terms)
        return self.told(self.take(terms), parameters.get("newOrderRespType", "FULL"))

    def _leg(self, action: Any) -> tuple[Json, str]:
        try:
            return action(), SUCCESS
        except RefusedError as refused:
            if refused.status == 504:
                raise
            return refused.body, FAILURE

    # --- amend ------------------------------------------------------------------------------------

    def amend(self, parameters: Parameters) -> Json:
        """Less of the same order, which keeps its place; RefusedError."""
        order = self.find(parameters)
        mandatory(parameters, "newQty")
        wanted = number(parameters, "newQty")
        assert wanted is not None
        if order is None or order.ended:
            raise RefusedError(-2038, "The requested order amend failed: unknown order.")
        if wanted >= order.terms.quantity:
            raise RefusedError(-2038, "The requested order amend failed: newQty is no decrease.")
        if wanted <= order.filled:
            raise RefusedError(-2038, "The requested order amend failed: newQty is filled.")
        if wanted % LISTED[order.terms.symbol].step:
            raise filtered("LOT_SIZE")
        before = self.name_of(order)
        self.renamed[order.order_id] = client_id(parameters, "newClientOrderId") or self.new_id()
        self._world.exchange.amend(order, replace(order.terms, quantity=wanted))
        return {
            "transactTime": order.updated_ns // 1_000_000,
            "executionId": len(self._world.exchange.facts),
            "amendedOrder": {
                **result_json(order),
                "origClientOrderId": before,
                "clientOrderId": self.name_of(order),
                "preventedQty": "0.00000000",
            },
        }

    def new_id(self) -> str:
        """One that the broker makes up."""
        return self._world.uuid().replace("-", "")[:22]


def shown(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Parameters of the WebSocket API as REST has them."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in parameters.items()
        if value is not None
    }
