"""Interactive Brokers by the suite that every API is run against."""

from __future__ import annotations

import pytest

from tests.gateway.brokers.conformance.suite import *  # noqa: F403 - every test of it
from tests.gateway.brokers.conformance.venues import VENUES, Venue


@pytest.fixture
def venue() -> Venue:
    return VENUES["ibkr"]
