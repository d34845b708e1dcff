"""The suite's assertions tell as much as those of a test's own file."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(
    "tests.gateway.brokers.conformance.suite", "tests.gateway.brokers.conformance.world"
)
