"""Settings of routes that lead to several brokers."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from gateway.config.rules import Strategy
from gateway.routing import STRATEGIES
from tests.gateway.config_files import ACME, SIM, load, problems, with_reference_data

TWO = SIM.replace("SIM", "TWO").replace("9001", "9002")
SWEEP = '[[routes]]\nname = "all"\nbrokers = ["SIM", "TWO"]\nstrategy = "sweep"\n'
LISTENER = "[[listeners]]\nport = 9000\n"
ACCOUNT = 'accounts = ["A"]\n'


def test_every_strategy_can_be_set() -> None:
    assert set(get_args(Strategy)) == set(STRATEGIES)


@pytest.mark.parametrize("quoting", [SIM, TWO])
def test_a_sweep_needs_a_broker_that_shows_prices(tmp_path: Path, quoting: str) -> None:
    folder = with_reference_data(tmp_path)
    text = LISTENER + ACME + ACCOUNT + SIM + TWO + SWEEP
    [problem] = problems(folder, text)
    assert "routes[0].strategy: goes by the quotes of its brokers, and none" in problem
    config = load(folder, text.replace(quoting, f"{quoting}quotes = true\n"))
    assert config.routes[0].strategy == "sweep"
