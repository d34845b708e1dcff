"""How many files and connections the process may have open at once."""

import resource
from contextlib import suppress


def allow_all() -> None:
    """Have as many as the administrator allows, not the fewer that shells begin with: each session
    needs one.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # some systems promise more than they give
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
