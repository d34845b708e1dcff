"""A broker in memory: it acknowledges and fills by a seed. For trying things out.

It takes the bodies of D, F, G and H and gives back the fields of ExecutionReport(8) and
OrderCancelReject(9) when they are due. Same seed and same orders give the same answers.
"""

from collections.abc import Mapping
from decimal import Decimal
from heapq import heappop, heappush
from random import Random
from typing import Final

MS_NS: Final = 1_000_000
ZERO: Final = Decimal(0)
MARKET_PRICE: Final = Decimal(100)
KILLED: Final = frozenset({"3", "4"})  # TimeInForce(59) of orders that never rest

Report = dict[str, str]


class PaperOrder:
    """One order in the book of the paper broker."""

    __slots__ = (
        "cl_ord_id",
        "cum_qty",
        "fills_left",
        "live",
        "order_id",
        "order_qty",
        "price",
        "side",
        "symbol",
        "time_in_force",
    )

    def __init__(self, fields: Mapping[str, str], price: Decimal) -> None:
        self.cl_ord_id = fields["11"]
        self.order_id = f"P-{self.cl_ord_id}"
        self.symbol = fields["55"]
        self.side = fields["54"]
        self.order_qty = Decimal(fields["38"])
        self.time_in_force = fields.get("59", "0")
        self.price = price
        self.cum_qty = ZERO
        self.fills_left = 0
        self.live = True


class PaperBroker:
    """Give it bodies with `submit`, ask `advance` for what is due."""

    def __init__(
        self,
        *,
        seed: int,
        fill: str,
        ack_delay_ms: int,
        fill_delay_ms: int,
        slices: int,
        prices: Mapping[str, Decimal],
    ) -> None:
        self.behave(
            fill=fill,
            ack_delay_ms=ack_delay_ms,
            fill_delay_ms=fill_delay_ms,
            slices=slices,
            prices=prices,
        )
        self._orders: dict[str, PaperOrder] = {}
        self._due: list[tuple[int, int, str, PaperOrder]] = []
        self._random = Random(seed)  # noqa: S311 - a simulation, nothing secret
        self._count = 0

    def behave(
        self,
        *,
        fill: str,
        ack_delay_ms: int,
        fill_delay_ms: int,
        slices: int,
        prices: Mapping[str, Decimal],
    ) -> None:
        """Treat orders so from now on."""
        self._fills = {"full": 1, "partial": slices, "none": 0}[fill]
        self._ack_delay_ns = ack_delay_ms * MS_NS
        self._fill_delay_ns = fill_delay_ms * MS_NS
        self._prices = prices

    def submit(self, msg_type: str, body: str, now: int) -> list[Report]:
        """Take one message body; returns the answers that come at once."""
        fields = _fields(body)
        if msg_type == "D":
            order = PaperOrder(fields, self._price(fields))
            order.fills_left = self._fills
            self._orders[order.cl_ord_id] = order
            self._schedule(now + self._ack_delay_ns, "new", order)
            return []
        held = self._orders.get(fields.get("41", fields["11"]))
        if msg_type == "h":  # TradingSessionStatus: the day of this order is over
            return self._expire(held) if held is not None and held.live else []
        if msg_type == "H":
            return [self._status(held, fields)]
        if held is None or not held.live:
            return [self._too_late(held, fields)]
        return [self._cancel(held, fields) if msg_type == "F" else self._replace(held, fields)]

    def next_due(self) -> int | None:
        """When `advance` is wanted next (UTC ns)."""
        return self._due[0][0] if self._due else None

    def advance(self, now: int) -> list[Report]:
        """Everything that is due by `now`, in order."""
        reports = []
        while self._due and self._due[0][0] <= now:
            _, _, action, order = heappop(self._due)
            if order.live:
                reports += (
                    self._acknowledge(order, now) if action == "new" else self._fill(order, now)
                )
        return reports

    def _acknowledge(self, order: PaperOrder, now: int) -> list[Report]:
        if order.fills_left:
            self._schedule(now + self._fill_delay_ns, "fill", order)
            return [self._report(order, "0")]
        if order.time_in_force in KILLED:
            order.live = False
            return [self._report(order, "0"), self._report(order, "4")]
        return [self._report(order, "0")]

    def _fill(self, order: PaperOrder, now: int) -> list[Report]:
        leaves = order.order_qty - order.cum_qty
        order.fills_left = max(order.fills_left - 1, 0)
        quantity = leaves
        if order.fills_left and leaves > 1:
            quantity = Decimal(self._random.randint(1, int(leaves)))
        order.cum_qty += quantity
        order.live = order.cum_qty < order.order_qty
        if order.live:
            self._schedule(now + self._fill_delay_ns, "fill", order)
        report = self._report(order, "F")
        report["32"] = str(quantity)
        report["31"] = str(order.price)
        return [report]

    def _cancel(self, order: PaperOrder, fields: Mapping[str, str]) -> Report:
        order.live = False
        return self._renamed(order, fields, "4")

    def _expire(self, order: PaperOrder) -> list[Report]:
        order.live = False
        return [{**self._report(order, "C"), "39": "C"}]

    def _replace(self, order: PaperOrder, fields: Mapping[str, str]) -> Report:
        order.order_qty = max(Decimal(fields["38"]), order.cum_qty)
        order.price = self._price(fields)
        order.live = order.cum_qty < order.order_qty
        return self._renamed(order, fields, "5")

    def _renamed(self, order: PaperOrder, fields: Mapping[str, str], exec_type: str) -> Report:
        order.cl_ord_id = fields["11"]
        self._orders[order.cl_ord_id] = order
        report = self._report(order, exec_type)
        report["41"] = fields["41"]
        return report

    def _report(self, order: PaperOrder, exec_type: str) -> Report:
        return {
            "11": order.cl_ord_id,
            "37": order.order_id,
            "17": f"E-{order.order_id}-{exec_type}-{order.cum_qty}-{order.order_qty}",
            "150": exec_type,
            "39": self._ord_status(order, exec_type),
            "55": order.symbol,
            "54": order.side,
            "38": str(order.order_qty),
            "14": str(order.cum_qty),
        }

    def _ord_status(self, order: PaperOrder, exec_type: str) -> str:
        if order.cum_qty >= order.order_qty:
            return "2"
        if not order.live:
            return "4"
        if exec_type == "0" and not order.cum_qty:
            return "0"
        return "1" if order.cum_qty else "0"

    def _status(self, order: PaperOrder | None, fields: Mapping[str, str]) -> Report:
        if order is None:
            return {"11": fields["11"], "17": "0", "150": "I", "39": "8", "103": "5"}
        return self._report(order, "I")

    def _too_late(self, order: PaperOrder | None, fields: Mapping[str, str]) -> Report:
        status = self._ord_status(order, "") if order is not None else "8"
        return {
            "11": fields["11"],
            "41": fields["41"],
            "39": status,
            "102": "1" if order is None else "0",
            "58": "unknown order" if order is None else "too late",
        }

    def _price(self, fields: Mapping[str, str]) -> Decimal:
        text = fields.get("44") or fields.get("99")
        return Decimal(text) if text else self._prices.get(fields["55"], MARKET_PRICE)

    def _schedule(self, when: int, action: str, order: PaperOrder) -> None:
        self._count += 1
        heappush(self._due, (when, self._count, action, order))


def _fields(body: str) -> dict[str, str]:
    """The first value of each tag of a message body."""
    fields: dict[str, str] = {}
    for pair in body.split("\x01"):
        tag, _, value = pair.partition("=")
        fields.setdefault(tag, value)
    return fields
