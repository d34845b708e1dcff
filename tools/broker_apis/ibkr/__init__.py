"""A simulated TWS or IB Gateway of Interactive Brokers: its binary socket."""

from tools.broker_apis.ibkr.api import Ibkr

__all__ = ["Ibkr"]
