"""What happens to the orders of the demo, one short tale each, and how many of which are told.

Each tale sends its orders, answers what comes, and says so when the end is not the expected one.
What the broker is to do with an order is its part, see `tools.demo.market`.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from tools.client_simulator import ClientOrder
from tools.demo.errors import DemoError
from tools.demo.market import FILL, NOFILL, PARTIAL, REJECT, Market
from tools.demo.place import RESTRICTED, UNPRICED
from tools.demo.trader import CANCELED, FILLED, REJECTED, Terms, Trader

_IMMEDIATE_OR_CANCEL: Final = "3"
_FAR: Final = {"1": Decimal("1.2"), "2": Decimal("0.8")}


@dataclass(frozen=True, slots=True)
class Tale:
    """One kind of order. `weight`: how often, beside the others, after each was told once."""

    meaning: str
    tell: Callable[[Trader, str], Awaitable[None]]
    weight: int
    orders: int = 1


def _expect(order: ClientOrder, status: str, text: str = "") -> None:
    if order.status != status or not order.text.startswith(text):
        raise DemoError(
            f"OrdStatus(39) is {order.status} instead of {status}, Text(58) {order.text!r}"
        )


async def _fill(trader: Trader, meaning: str) -> None:
    order = trader.send(meaning, trader.draw())
    await trader.ended(order)
    _expect(order, FILLED)


async def _market(trader: Trader, meaning: str) -> None:
    order = trader.send(meaning, trader.draw(at_market=True))
    await trader.ended(order)
    _expect(order, FILLED)


async def _grow(trader: Trader, meaning: str) -> None:
    order = trader.send(meaning, trader.draw(PARTIAL))
    await trader.until(order, lambda: order.cum > 0)
    more = 2 * trader.market.of(order.symbol).lot
    trader.client.replace(order, quantity=order.quantity + more, text=FILL)
    await trader.ended(order)
    _expect(order, FILLED)


async def _replace(trader: Trader, meaning: str) -> None:
    order = trader.send(meaning, trader.draw(NOFILL))
    await trader.until(order, lambda: order.status == "0")
    traded = trader.market.of(order.symbol)
    price = Decimal(order.fields["44"]) + 5 * traded.tick
    quantity = order.quantity + traded.lot
    trader.client.replace(order, quantity=quantity, price=price, text=FILL)
    await trader.ended(order)
    _expect(order, FILLED)


async def _cancel(trader: Trader, meaning: str) -> None:
    order = trader.send(meaning, trader.draw(NOFILL))
    await trader.until(order, lambda: order.status == "0")
    trader.client.cancel(order)
    await trader.ended(order)
    _expect(order, CANCELED)


async def _partial_cancel(trader: Trader, meaning: str) -> None:
    order = trader.send(meaning, trader.draw(PARTIAL))
    await trader.until(order, lambda: order.cum > 0)
    trader.client.cancel(order)
    await trader.ended(order)
    _expect(order, CANCELED)


async def _immediate(trader: Trader, meaning: str) -> None:
    order = trader.send(meaning, trader.draw(PARTIAL), time_in_force=_IMMEDIATE_OR_CANCEL)
    await trader.ended(order)
    _expect(order, trader.market.ends_unfilled)


async def _status(trader: Trader, meaning: str) -> None:
    order = trader.send(meaning, trader.draw(NOFILL))
    await trader.until(order, lambda: order.status == "0")
    trader.client.ask_status(order)
    await trader.until(order, lambda: not order.waiting)
    trader.client.cancel(order)
    await trader.ended(order)
    _expect(order, CANCELED)


async def _late_cancel(trader: Trader, meaning: str) -> None:
    order = trader.send(meaning, trader.draw(FILL))
    await trader.ended(order)
    trader.client.cancel(order)
    await trader.ended(order)
    _expect(order, FILLED)


async def _broker_reject(trader: Trader, meaning: str) -> None:
    order = trader.send(meaning, trader.draw(REJECT))
    await trader.ended(order)
    _expect(order, REJECTED)


async def _again(trader: Trader, meaning: str) -> None:
    terms = trader.draw(NOFILL)
    first = trader.send(meaning, terms)
    second = trader.send(meaning, terms)
    await trader.ended(second)
    _expect(second, REJECTED, "DUPLICATE_ORDER")
    await trader.until(first, lambda: first.status == "0")
    trader.client.cancel(first)
    await trader.ended(first)
    _expect(first, CANCELED)


Teller = Callable[[Trader, str], Awaitable[None]]


def _refused(code: str, change: Callable[[Terms, Market], Terms]) -> Teller:
    """A tale of an order that a risk check refuses with this code."""

    async def tell(trader: Trader, meaning: str) -> None:
        order = trader.send(meaning, change(trader.draw(), trader.market))
        await trader.ended(order)
        _expect(order, REJECTED, code)

    return tell


def _far_off(terms: Terms, market: Market) -> Terms:
    tick = market.of(terms.symbol).tick
    ticks = (terms.price or tick) * _FAR[terms.side] // tick
    return replace(terms, price=ticks * tick)


def _too_many(terms: Terms, market: Market) -> Terms:
    return replace(terms, quantity=market.max_quantity + market.of(terms.symbol).lot)


def _too_much_money(terms: Terms, market: Market) -> Terms:
    dear = max(market.traded, key=lambda one: one.price)
    quantity = dear.worth(2 * market.max_notional)
    return replace(terms, symbol=dear.symbol, quantity=quantity, price=dear.price)


def _unknown(terms: Terms, _market: Market) -> Terms:
    return replace(terms, symbol="NOSUCH")


def _restricted(terms: Terms, _market: Market) -> Terms:
    return replace(terms, symbol=RESTRICTED, price=Decimal(25), quantity=Decimal(100))


def _unpriced(terms: Terms, _market: Market) -> Terms:
    return replace(terms, symbol=UNPRICED, price=Decimal(25), quantity=Decimal(100))


def _odd_lot(terms: Terms, market: Market) -> Terms:
    return replace(terms, quantity=terms.quantity + market.of(terms.symbol).lot / 2)


def _off_tick(terms: Terms, market: Market) -> Terms:
    return replace(terms, price=(terms.price or Decimal(0)) + market.of(terms.symbol).tick / 2)


# Those that matter most come first: few orders tell only these.
TALES: Final = (
    Tale("filled in parts", _fill, 60),
    Tale("partly filled, replaced, filled", _grow, 14),
    Tale("canceled", _cancel, 14),
    Tale("too many: risk", _refused("MAX_QUANTITY", _too_many), 2),
    Tale("refused by the broker", _broker_reject, 2),
    Tale("price far off: risk", _refused("PRICE_COLLAR", _far_off), 2),
    Tale("unknown symbol: risk", _refused("INSTRUMENT_UNKNOWN", _unknown), 1),
    Tale("partly filled, canceled", _partial_cancel, 10),
    Tale("replaced, filled", _replace, 10),
    Tale("market order", _market, 10),
    Tale("immediate or cancel", _immediate, 5),
    Tale("too much money: risk", _refused("MAX_NOTIONAL", _too_much_money), 2),
    Tale("restricted: risk", _refused("INSTRUMENT_RESTRICTED", _restricted), 1),
    Tale("no price known: risk", _refused("REFERENCE_PRICE_MISSING", _unpriced), 1),
    Tale("not in lots: risk", _refused("LOT_SIZE", _odd_lot), 1),
    Tale("not on the tick: risk", _refused("TICK_SIZE", _off_tick), 1),
    Tale("sent twice: risk", _again, 1, orders=2),
    Tale("canceled too late", _late_cancel, 2),
    Tale("asked for its status", _status, 2),
)
PLAIN: Final = TALES[0]
REPLACED: Final = TALES[1]


def program(orders: int, dice: random.Random, *, at_once: bool = True) -> list[Tale]:
    """The tales of one client, `orders` orders together: each kind once, the rest by weight.
    `at_once`: the broker takes immediate-or-cancel.
    """
    known = [tale for tale in TALES if at_once or tale.tell is not _immediate]
    told: list[Tale] = []
    left = orders
    for tale in known:
        if tale.orders <= left:
            told.append(tale)
            left -= tale.orders
    while left:
        tale = dice.choices(known, weights=[tale.weight for tale in known])[0]
        if tale.orders <= left:
            told.append(tale)
            left -= tale.orders
    dice.shuffle(told)
    return told
