"""Positions and P&L: what the executions, imports, adjustments and corporate actions make of them.

Pure. `book` is the fold; the rest says how one position counts, and what is told of all.
"""
