"""The simulator's own endpoints under /_sim/: what a test sets and asks. They meet no faults.

GET  /_sim/truth       orders, facts, positions as the broker knows them
GET  /_sim/requests    method, path and status of every request; status None: no reply was sent
     /_sim/faults      GET lists, POST adds (a rule or a list), DELETE clears, see `faults`
     /_sim/treatments  GET, POST, DELETE likewise, see `treatments`
     /_sim/switches    GET shows, POST sets
     /_sim/clock       GET shows; POST {"frozen": bool, "skew_s": n, "step_s": n}, in that order
POST /_sim/quotes      a quote or a list: {"symbol", "bid", "ask", "bid_size", "ask_size"}
POST /_sim/orders      an order of another trader on the account, `count` times
POST /_sim/act         what the broker does unasked: {"do": one of ACTS, "client_id" or "order_id"}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from tools.broker_apis.clock import NANOSECONDS
from tools.broker_apis.exchange import WrongStateError
from tools.broker_apis.http import Reply, Request, json_reply
from tools.broker_apis.orders import Order, Terms
from tools.broker_apis.world import World

if TYPE_CHECKING:
    from tools.broker_apis.api import Api

PREFIX: Final = "/_sim/"
OTHER_TRADER: Final = "someone-else"

Row = Mapping[str, Any]


def _price(row: Row) -> Decimal | None:
    return Decimal(str(row["price"])) if "price" in row else None


def _fill(world: World, order: Order, row: Row) -> None:
    quantity = Decimal(str(row["quantity"])) if "quantity" in row else order.rest
    world.desk.fill_now(order, quantity, _price(row))


ACTS: Final[Mapping[str, Callable[[World, Order, Row], object]]] = {
    "fill": _fill,
    "cancel": lambda world, order, row: world.exchange.cancel(order, row.get("reason", "")),
    "expire": lambda world, order, row: world.exchange.expire(order, row.get("reason", "")),
    "reject": lambda world, order, row: world.exchange.reject(order, row.get("reason", "")),
    "bust": lambda world, order, row: world.exchange.bust(order, row["execution_id"]),
    "correct": lambda world, order, row: world.exchange.correct(
        order, row["execution_id"], Decimal(str(row["price"]))
    ),
}


class Control:
    """Answers what is asked under /_sim/."""

    def __init__(self, world: World, api: Api) -> None:
        self._world = world
        self._api = api
        self.requests: list[dict[str, Any]] = []
        self._ways: Mapping[tuple[str, str], Callable[[Any], Any]] = {
            ("GET", "truth"): lambda _: world.truth.as_dict(),
            ("GET", "requests"): lambda _: self.requests,
            ("GET", "faults"): lambda _: [fault.as_dict() for fault in world.faults.rules],
            ("POST", "faults"): lambda said: [world.faults.add(r).number for r in _rows(said)],
            ("DELETE", "faults"): lambda _: world.faults.clear(),
            ("GET", "treatments"): lambda _: [_plain(rule) for rule in world.treatments.rules],
            ("POST", "treatments"): lambda said: _each(world.treatments.add, said),
            ("DELETE", "treatments"): lambda _: world.treatments.clear(),
            ("GET", "switches"): lambda _: world.switches,
            ("POST", "switches"): world.choose,
            ("GET", "clock"): lambda _: self._time(),
            ("POST", "clock"): self._set_clock,
            ("POST", "quotes"): lambda said: _each(world.market.say, said),
            ("POST", "orders"): self._other_orders,
            ("POST", "act"): self._act,
        }

    def answer(self, request: Request) -> Reply:
        """400 with the reason for what makes no sense."""
        way = self._ways.get((request.method, request.path.removeprefix(PREFIX)))
        if way is None:
            return json_reply(404, {"error": f"no {request.method} {request.path}"})
        try:
            said = request.json() if request.body else {}
            return json_reply(200, way(said))
        except (ValueError, TypeError, LookupError, InvalidOperation, WrongStateError) as error:
            return json_reply(400, {"error": f"{type(error).__name__}: {error}"})

    def _time(self) -> dict[str, Any]:
        clock = self._world.clock
        skew_s = clock.skew_ns / NANOSECONDS
        return {"now_ns": clock.now_ns(), "skew_s": skew_s, "frozen": clock.frozen}

    def _set_clock(self, said: Row) -> dict[str, Any]:
        clock = self._world.clock
        if "frozen" in said:
            (clock.freeze if said["frozen"] else clock.thaw)()
        if "skew_s" in said:
            clock.skew_ns = int(float(said["skew_s"]) * NANOSECONDS)
        if "step_s" in said:
            self._world.agenda.step(float(said["step_s"]))
        return self._time()

    def _other_orders(self, said: Row) -> list[str]:
        row = dict(said)
        amounts: dict[str, Any] = {
            k: Decimal(str(row.pop(k))) for k in ("quantity", "limit", "stop") if k in row
        }
        count = row.pop("count", 1)
        named: dict[str, Any] = {"client_id": OTHER_TRADER, **row, **amounts}
        terms = Terms(**named)
        return [self._api.other_order(terms).order_id for _ in range(count)]

    def _act(self, said: Row) -> None:
        if said.get("do") not in ACTS:
            raise ValueError(f"do must be one of {', '.join(ACTS)}")
        ACTS[said["do"]](self._world, self._order(said), said)

    def _order(self, said: Row) -> Order:
        exchange = self._world.exchange
        if "order_id" in said:
            return exchange.orders[said["order_id"]]
        return exchange.by_client_id(said["client_id"])[-1]


def _each(take: Callable[[Row], None], said: Any) -> None:
    for row in _rows(said):
        take(row)


def _rows(said: Any) -> list[Row]:
    return said if isinstance(said, list) else [said]


def _plain(rule: Any) -> dict[str, Any]:
    row = asdict(rule)
    return {k: v for k, v in row.items() if k != "treatment"} | {
        k: str(v) if isinstance(v, Decimal) else v for k, v in row["treatment"].items()
    }
