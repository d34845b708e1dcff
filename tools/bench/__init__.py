"""The benchmark: what an order costs the gateway, beside what a bare durable server costs.

Run it with `python -m tools.bench`. Generators send prepared bytes and use no FIX library; every
process is pinned, and the numbers that matter are ratios of one run.
"""
