"""What tests of several folders share: fixtures, and how hypothesis runs."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

pytest_plugins = ["tests.postgres"]

settings.register_profile("no limit", deadline=None)  # a busy machine is no fault
settings.load_profile("no limit")


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Children heed it: those of a shell's background, with the tests in it, would ignore it."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGINT, before)
