"""Interactive Brokers: orders, and what becomes of them, over the socket of a TWS or IB Gateway.

`library` has to do with ib_async, which knows how messages are written; `mapping` knows what they
mean, `shell` connects.
"""
