"""Facts about positions that no execution's own event carries."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class OrderOfStrategy(Event):
    """The order belongs to a strategy, as a field of it says."""

    order_no: int
    strategy: str


@dataclass(slots=True)
class InstrumentTold(Event):
    """From now on executions of a symbol are in `currency`, and price times quantity times
    `multiplier` is their money. `currency` "": no instrument is known, Currency(15) of the order
    counts. Executions of before are part of no position.
    """

    symbol: str
    currency: str
    multiplier: str


@dataclass(slots=True)
class ExecutionCommission(Event):
    """What the execution costs that is told next: Commission(12), its CommType(13), and
    CommCurrency(479), "" for that of the instrument.
    """

    order_no: int
    exec_id: str
    commission: str
    comm_type: str
    currency: str


@dataclass(slots=True)
class PositionImported(Event):
    """A file said what a position is: `quantity` units that cost `cost` in all, where there were
    `was_quantity` of `was_cost`. A short position has both below 0.
    """

    account: str
    symbol: str
    currency: str
    strategy: str
    quantity: str
    cost: str
    was_quantity: str
    was_cost: str
    who: str
    why: str


@dataclass(slots=True)
class PositionAdjusted(Event):
    """An operator said what a position is, in the same terms."""

    account: str
    symbol: str
    currency: str
    strategy: str
    quantity: str
    cost: str
    was_quantity: str
    was_cost: str
    who: str
    why: str


@dataclass(slots=True)
class PositionsActed(Event):
    """A corporate action of business date `date` changed all positions of a symbol.

    `new` units stand for `old` ones; `amount` is what each old unit is paid, of which holders get
    `withholding` (a fraction) less; `fair_value` is that of a new unit; a fraction of `step` units
    is paid at `in_lieu`, or kept where that is 0. `new_symbol`: what they are now, "" for the same.
    """

    symbol: str
    date: int
    kind: str
    new: str
    old: str
    amount: str
    withholding: str
    fair_value: str
    in_lieu: str
    step: str
    new_symbol: str
    text: str


@dataclass(slots=True)
class PositionStated(Event):
    """A position as a whole, over all that was told of it before: what stands for good (`net` units
    of `cost`, by average and in `lots`, "quantity@cost ..."; what was realised, and before
    business date `date` began; `commissions`, "CUR=money ...", CUR "" for its own currency), and
    `entries` that may yet be taken back, oldest first (see `positions.entries`).
    """

    account: str
    symbol: str
    currency: str
    strategy: str
    net: str
    cost: str
    realised: str
    realised_fifo: str
    income: str
    commissions: str
    lots: str
    date: int
    before: str
    entries: str


@dataclass(slots=True)
class PositionsCompared(Event):
    """At `time_ns` (UTC ns) a broker told all positions of an account: `compared` of both sides, of
    which `breaks` differ, each told next.
    """

    broker: str
    account: str
    time_ns: int
    compared: int
    breaks: int


@dataclass(slots=True)
class PositionDiffers(Event):
    """A position at a broker is not what is held here; `kind` is one of `positions.breaks`."""

    broker: str
    account: str
    symbol: str
    currency: str
    kind: str
    quantity: str
    average_price: str
    broker_quantity: str
