"""What a fill does to the trades of an account that nets: opens, reduces, closes, the oldest first.
Pure.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(slots=True)
class Trade:
    """`units` is signed."""

    trade_id: str
    units: Decimal
    price: Decimal
    time_ns: int


class Trades:
    """Open ones by instrument."""

    def __init__(self) -> None:
        self.open: dict[str, list[Trade]] = defaultdict(list)

    def fill(
        self, instrument: str, units: Decimal, price: Decimal, trade_id: str, time_ns: int
    ) -> dict[str, Any]:
        """The blocks of an ORDER_FILL."""
        closed: list[dict[str, Any]] = []
        blocks: dict[str, Any] = {}
        left = units
        trades = self.open[instrument]
        while left and trades and trades[0].units * left < 0:
            oldest = trades[0]
            size = min(abs(left), abs(oldest.units))
            part = size if left > 0 else -size
            gain = -part * (price - oldest.price)
            row = {
                "tradeID": oldest.trade_id,
                "units": format(part, "f"),
                "price": format(price, "f"),
                "realizedPL": format(gain, "f"),
                "financing": "0.0000",
            }
            oldest.units += part
            left -= part
            if oldest.units:
                blocks["tradeReduced"] = row
            else:
                closed.append(row)
                trades.pop(0)
        if closed:
            blocks["tradesClosed"] = closed
        if left:
            trades.append(Trade(trade_id, left, price, time_ns))
            opened = {"tradeID": trade_id, "units": format(left, "f"), "price": format(price, "f")}
            blocks["tradeOpened"] = opened
        return blocks
