"""Prices: those that are known, which one counts, and where they come from. Pure."""
