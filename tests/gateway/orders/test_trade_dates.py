"""TradeDate(75) of executions: the broker's word, else the business date of here."""

from __future__ import annotations

import pytest

from tests.gateway.bench import Bench
from tests.gateway.test_state import facts

TRADE = "150=F|39=1|32=40|31=100|38=100|14=40|54=1|55=IBM"
FULL = "150=F|39=2|32=100|31=100|38=100|14=100|54=1|55=IBM"


class Dated:
    """A broker's words on one order, each compared with what a restart finds."""

    def __init__(self, version: str = "FIX.4.4", date: int = 0) -> None:
        self.bench = Bench(client_version=version)
        if date:
            self.bench.roll_day(date)
        [sent] = self.bench.order()
        self.id = sent["11"]

    def says(self, body: str) -> dict[str, str]:
        [told] = self.bench.broker(f"35=8|11={self.id}|37=B|{body}")
        assert facts(self.bench.refolded()) == facts(self.bench.core.state)
        return told


@pytest.mark.parametrize("version", ["FIX.4.0", "FIX.4.2", "FIX.4.4", "FIX.5.0SP2"])
@pytest.mark.parametrize("date", [0, 20261121])
def test_it_is_told_on_and_comes_with_what_is_said_of_the_trade_later(
    version: str, date: int
) -> None:
    broker = Dated(version, date)
    assert broker.says(f"17=E1|75=20261120|{TRADE}")["75"] == "20261120"
    told = broker.says(f"17=E2|19=E1|{TRADE.replace('150=F', '150=G')}")
    assert told["75"] == "20261120"
    told = broker.says(f"17=E3|19=E2|75=20261119|{TRADE.replace('150=F', '150=G')}")
    assert told["75"] == "20261119"
    told = broker.says("17=E4|19=E3|150=H|39=0|38=100|14=0")
    assert told["75"] == "20261119"
    assert broker.bench.alarms == []


def test_one_that_says_nothing_has_the_date_that_it_counts_at_or_none() -> None:
    assert "75" not in Dated().says(f"17=E1|{TRADE}")
    broker = Dated(date=20261121)
    assert broker.says(f"17=E1|{TRADE}")["75"] == "20261121"


@pytest.mark.parametrize("text", ["20261331", "2026112", "x", "20261121-12:00:00"])
def test_what_is_no_date_is_not_told_on_and_raises_an_alarm(text: str) -> None:
    broker = Dated()
    assert "75" not in broker.says(f"17=E1|75={text}|{TRADE}")
    assert "is no date" in broker.bench.alarms[-1]


def test_it_is_known_of_an_order_that_lies_on_the_shelf() -> None:
    broker = Dated()
    broker.says(f"17=E1|75=20261120|{FULL}")
    for name in "PQ":
        broker.bench.order(name, tag44="1000", tag40="9")
    told = broker.says("17=E2|19=E1|150=H|39=0|38=100|14=0")
    assert (told["75"], told["14"]) == ("20261120", "0")
