"""Brokers without a FIX session of ours; a broker over FIX needs none of this, only its link.

To add one: a folder with its sheet, its mapping and its shell, settings in gateway.config, and a
line here.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from gateway.brokers.alpaca.words import SHEET as ALPACA
from gateway.brokers.binance.words import SHEET as BINANCE
from gateway.brokers.ibkr.words import SHEET as IBKR
from gateway.brokers.oanda.words import SHEET as OANDA
from gateway.brokers.osengine.words import SHEET as OSENGINE
from gateway.orders.sheet import PAPER, Sheet

if TYPE_CHECKING:
    from gateway.brokers.api.contract import Adapter


class Kind(NamedTuple):
    """A kind of broker. `adapter`: where its class is, "module:name"; loaded when one is made, for
    the libraries of most are not needed by most.
    """

    sheet: Sheet
    adapter: str

    def make(self, settings: Any, context: Any) -> "Adapter":
        """An adapter by its settings; `context` gives its TLS context, None for the system's."""
        module, _, name = self.adapter.partition(":")
        return cast("Adapter", getattr(import_module(module), name)(settings, context))


BROKERS: Final = {
    "paper": Kind(PAPER, "gateway.brokers.paper:PaperBroker"),
    "alpaca": Kind(ALPACA, "gateway.brokers.alpaca.shell:AlpacaAdapter"),
    "binance": Kind(BINANCE, "gateway.brokers.binance.shell:BinanceAdapter"),
    "ibkr": Kind(IBKR, "gateway.brokers.ibkr.shell:IbkrAdapter"),
    "oanda": Kind(OANDA, "gateway.brokers.oanda.shell:OandaAdapter"),
    "osengine": Kind(OSENGINE, "gateway.brokers.osengine.shell:OsEngineAdapter"),
}
"""By `type` in the configuration."""
