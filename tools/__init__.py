"""What stands on top of fixgate: counterparties to test against, benches, the demo.

Nothing below imports from here.
"""
