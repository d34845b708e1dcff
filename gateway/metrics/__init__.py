"""Metrics for Prometheus: what the desk shows, as numbers with names, on a port of its own.

Nothing is counted for them: they are read when somebody asks.
"""
