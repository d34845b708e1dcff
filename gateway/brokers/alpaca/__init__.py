"""Alpaca's Trading API v2: orders over REST, what becomes of them over its stream of trade updates.

Equities, options as they come, and crypto. `mapping` knows what fields and answers mean, `shell`
connects.
"""
