"""What README.md's tables say that stands nowhere else: failures, and the clauses of regulation.

A test holds every entry to the code: the codes, checks, commands and tests that it names are there.
"""
