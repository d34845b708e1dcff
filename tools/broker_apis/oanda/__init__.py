"""A simulated OANDA v20: REST, the transaction stream, the pricing stream."""

from tools.broker_apis.oanda.api import Oanda

__all__ = ["Oanda"]
