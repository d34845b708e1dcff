"""Binance Spot: orders over REST, what becomes of them over the user data stream of its WebSocket
API, quotes over its market stream.

`words` has the tables, `rules` what exchangeInfo says of symbols, `signing` the keys; `views` reads
orders and trades as Binance tells them, `mapping` knows what requests and answers mean, `shell`
connects.
"""
