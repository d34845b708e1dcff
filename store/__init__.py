"""What must not be forgotten: the journal, and the tables that make it searchable.

Payloads are opaque here: no FIX meaning, no orders.
"""
