"""Which contract an instrument of FIX is, and the other way round. Pure.

Interactive Brokers itself says whether there is such a contract, and only one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.brokers.ibkr.words import KINDS

PAIRS: Final = frozenset({"CASH", "CRYPTO"})
"""Kinds whose Symbol(55) has the currency as well, as EUR/USD."""
RIGHTS: Final = {"0": "P", "1": "C"}  # PutOrCall(201)
CON_ID: Final = "8"  # SecurityIDSource(22): exchange symbol; here the number of the contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What an order leaves open. `pairs`: the kind of EUR/USD where SecurityType(167) is not said;
    `kinds`: SecurityType(167) to secType, beside those of FIX.
    """

    exchange: str = "SMART"
    primary_exchange: str = ""
    currency: str = "USD"
    pairs: str = "CASH"
    pairs_exchanges: Mapping[str, str]
    kinds: Mapping[str, str]


def contract_of(fields: Mapping[str, str], defaults: Defaults) -> dict[str, Any]:
    """A contract's fields by ib_async's names, those that are set."""
    get = fields.get
    symbol = get("55", "")
    base, _, quote = symbol.partition("/")
    said = get("167", "")
    kind = defaults.kinds.get(said) or KINDS.get(said) or (defaults.pairs if quote else "STK")
    is_pair = kind in PAIRS and bool(quote)
    usual = defaults.pairs_exchanges.get(kind) or defaults.exchange
    contract: dict[str, Any] = {
        "secType": kind,
        "symbol": base if is_pair else symbol,
        "currency": quote if is_pair else get("15") or defaults.currency,
        "exchange": get("100") or get("207") or usual,
        "primaryExchange": defaults.primary_exchange if kind == "STK" else "",
        "lastTradeDateOrContractMonth": get("541") or get("200", ""),
        "right": RIGHTS.get(get("201", ""), ""),
        "multiplier": get("231", ""),
    }
    if get("202"):
        contract["strike"] = float(get("202", ""))
    if get("22") == CON_ID and get("48", "").isdigit():
        contract["conId"] = int(get("48", ""))
    return {name: value for name, value in contract.items() if value}


def symbol_of(contract: Any) -> str:
    """Symbol(55) of a contract as ib_async has it."""
    if contract.secType in PAIRS:
        return f"{contract.symbol}/{contract.currency}"
    return str(contract.symbol)


def held_as(contract: Any) -> str:
    """The name a position goes by: options and futures of one symbol are many."""
    is_one = contract.secType in PAIRS or contract.secType == "STK"
    return symbol_of(contract) if is_one else str(contract.localSymbol or contract.symbol)
