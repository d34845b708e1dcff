"""The audit database: the journal's records as rows, in a process of their own.

The rows are a view. They can be deleted and made again from the journal, and trading goes on
while they are away.
"""
