"""What happened to one position, as text: it is folded again when a part of it is taken back.

An entry has six fields, each with SOH behind it, so a position's entries are one text that grows.
Numbers in a field are divided by blanks. By its first field an entry is

F  an execution: order number, ExecID(17), date, "quantity price multiplier commission", and
   CommType(13) with the commission's currency, "" for none
A  a corporate action: kind, new symbol, date, "new old amount withholding fair_value in_lieu step
   multiplier", "" (see `events.PositionsActed`)
D  an import or adjustment: "", who, date, "quantity cost" that were added, ""
I  what came from another symbol by an action: "", that symbol, date, "net cost", and lots as
   "quantity@cost ..."
"""

from decimal import Decimal
from typing import Final

from gateway.positions.actions import Action, Moved, act
from gateway.positions.holding import Holding
from sessions.values import recorded_decimal

SOH: Final = "\x01"
ONE: Final = Decimal(1)
FIELDS: Final = 6
EXECUTION: Final = "F"
ACTION: Final = "A"
SAID: Final = "D"
MOVED_IN: Final = "I"

HAPPENS: Final = frozenset({EXECUTION, SAID})

PER_UNIT: Final = "1"  # CommType(13)
PERCENT: Final = "2"

Entry = list[str]
Lots = list[tuple[Decimal, Decimal]]


def text_of(entry: Entry) -> str:
    """The text of one entry."""
    return SOH.join(entry) + SOH


def entries_in(text: str) -> list[Entry]:
    """The entries of a text, oldest first."""
    parts = text.split(SOH)
    return [parts[at : at + FIELDS] for at in range(0, len(parts) - 1, FIELDS)]


def plain(value: Decimal) -> str:
    """A number without exponent or zeros at its end, so that equal numbers are equal texts."""
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def lots_text(lots: Lots) -> str:
    """Lots as "quantity@cost ..."."""
    return " ".join([f"{plain(quantity)}@{plain(cost)}" for quantity, cost in lots])


def lots_in(text: str) -> Lots:
    """The lots of such a text."""
    lots: Lots = []
    for lot in text.split():
        quantity, _, cost = lot.partition("@")
        lots.append((recorded_decimal(quantity), recorded_decimal(cost)))
    return lots


def execution(
    order_no: int, exec_id: str, date: int, numbers: tuple[str, str, str, str], commission: str
) -> str:
    """The text of the entry of an execution; `numbers`: quantity (below 0 if sold), price,
    multiplier, and Commission(12).
    """
    quantity, price, multiplier, paid = numbers
    return (
        f"F\x01{order_no}\x01{exec_id}\x01{date}\x01{quantity} {price} {multiplier} {paid}\x01"
        f"{commission}\x01"
    )


def apply(holding: Holding, entry: Entry, currency: str) -> Moved | None:
    """Let an entry change a holding in `currency`; what goes over to another symbol by it."""
    numbers = [recorded_decimal(number) for number in entry[4].split()]
    kind = entry[0]
    if kind in HAPPENS or (numbers[0] if kind == MOVED_IN else holding.net):  # else it is nothing
        holding.at(int(entry[3]))
    if kind == EXECUTION:
        quantity, price, multiplier, commission = numbers
        trade(holding, quantity, price, multiplier)
        if entry[5]:
            pay(holding, entry[5], commission, quantity, quantity * price * multiplier, currency)
    elif kind == ACTION:
        return act(holding, action_of(entry))
    elif kind == SAID:
        quantity, cost = numbers
        holding.add(quantity, cost)
    else:
        net, cost = numbers
        holding.take_in(net, cost, lots_in(entry[5]))
    return None


def trade(holding: Holding, quantity: Decimal, price: Decimal, multiplier: Decimal) -> None:
    """Let a trade change it."""
    amount = quantity * price
    holding.trade(quantity, amount if multiplier == ONE else amount * multiplier)


def pay(
    holding: Holding,
    commission_type: str,
    commission: Decimal,
    quantity: Decimal,
    amount: Decimal,
    currency: str,
) -> None:
    """Let it pay Commission(12). `commission_type`: CommType(13), and behind a colon its currency.
    A percentage is a fraction: "Commission of 5% should be represented as .05" (FIX 4.4 Vol. 1).
    """
    kind, _, of = commission_type.partition(":")
    if kind == PER_UNIT:
        commission = commission * abs(quantity)
    elif kind == PERCENT:
        commission = commission * abs(amount)
    holding.pay(commission, of or currency)


def is_idle(entry: Entry) -> bool:
    """Whether it moves nothing here, as long as what it comes from stays as it was."""
    return entry[0] == MOVED_IN and entry[4] == "0 0"


def action_of(entry: Entry) -> Action:
    """The corporate action of an entry."""
    new, old, amount, withholding, fair_value, in_lieu, step, multiplier = [
        recorded_decimal(number) for number in entry[4].split()
    ]
    return Action(
        entry[1], entry[2], new, old, amount, withholding, fair_value, in_lieu, step, multiplier
    )


def moved_in(symbol: str, date: str, moved: Moved) -> Entry:
    """What came from a symbol."""
    numbers = f"{plain(moved.net)} {plain(moved.cost)}"
    return [MOVED_IN, "", symbol, date, numbers, lots_text(moved.lots)]
