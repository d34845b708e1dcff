"""The one failure of a benchmark: a run whose numbers would mean nothing."""


class BenchError(Exception):
    """Says in one line what went wrong; the run ends and prints no numbers."""
