"""What each pre-trade check costs: every one is measured, and refuses nothing while it is."""

from gateway.risk import CHECKS
from tests.gateway.control.running import short_folder
from tools.bench.checks import measure_checks
from tools.bench.report import ALL_CHECKS, LOOKED_AT, WAY


def test_every_check_is_measured() -> None:
    with short_folder() as folder:
        found = measure_checks(200, folder)
    never_asked = {"limits_set"}  # all limits are set
    assert set(found) == {WAY, ALL_CHECKS, LOOKED_AT, *(c.__name__ for c in CHECKS)} - never_asked
    assert min(found.values()) >= 0
    assert found[ALL_CHECKS] > 0
