"""What each pre-trade check costs: every one is measured, and refuses nothing while it is."""

from pathlib import Path

from gateway.risk import CHECKS
from tools.bench.checks import measure_checks
from tools.bench.report import ALL_CHECKS, WAY


def test_every_check_is_measured(tmp_path: Path) -> None:
    found = measure_checks(200, tmp_path)
    never_asked = {"limits_set"}  # all limits are set
    assert set(found) == {WAY, ALL_CHECKS, *(c.__name__ for c in CHECKS)} - never_asked
    assert min(found.values()) >= 0
    assert found[ALL_CHECKS] > 0
