"""The order state conversations of the FIX specification, in memory, between any two versions.

The client's messages and the broker's reports are as printed; what the gateway tells the client
must be what is printed, in its version.
"""

from __future__ import annotations

from collections import deque
from decimal import Decimal

import pytest

from gateway.corporate_actions import CorporateAction, CorporateActions
from tests.gateway.bench import ACME, SIM, Bench, instrument
from tests.gateway.conversations.checked import checked
from tests.gateway.conversations.further import FURTHER
from tests.gateway.conversations.matrices import CONVERSATIONS, FIX44, SPLIT, VERSIONS, Fields
from tests.gateway.conversations.player import Player
from tests.gateway.test_state import order_facts

ALL = CONVERSATIONS | FURTHER
PLAYED = sorted(ALL)
FIRST_DATE = 20261120


class MemoryStage:
    """A core in memory; what either side says and hears is checked by its dictionary."""

    account = "ACC"

    def __init__(self, client_version: str, broker_version: str, keeps_dates: bool) -> None:
        self.client_version = client_version
        self.broker_version = broker_version
        self.bench = Bench(
            instruments=[instrument(), *map(instrument, SPLIT.values())],
            client_version=client_version,
            broker_version=broker_version,
        )
        self.date = FIRST_DATE
        if keeps_dates:
            self.bench.roll_day(self.date)
            splits = [
                CorporateAction(self.date + 1, symbol, "split", new=Decimal(2))
                for symbol in SPLIT.values()
            ]
            self.bench.setup.reference.actions = CorporateActions(splits)
        self.bench.setup.brokers["SIM"].verbal_orders = True
        self.bench.setup.clients[ACME].accounts = frozenset({self.account})
        self.at_client: deque[Fields] = deque()
        self.at_broker: deque[Fields] = deque()

    def client_says(self, msg_type: str, fields: Fields) -> None:
        self._says(ACME, self.client_version, msg_type, fields)

    def broker_says(self, msg_type: str, fields: Fields) -> None:
        self._says(SIM, self.broker_version, msg_type, fields)

    def _says(self, link: int, version: str, msg_type: str, fields: Fields) -> None:
        body = _text(fields)
        checked(version, msg_type, body)
        self._hear(self.bench.client(f"35={msg_type}|{body}", link))

    def _hear(self, messages: list[Fields]) -> None:
        for sent in messages:
            to_client = sent.pop("link") == str(ACME)
            told = {tag: value for tag, value in sent.items() if tag != "35"}
            version = self.client_version if to_client else self.broker_version
            checked(version, sent["35"], _text(told))
            (self.at_client if to_client else self.at_broker).append(sent)

    def wait(self, *boxes: deque[Fields]) -> None:
        assert any(boxes), "nothing was said"

    def ends(self) -> None:
        assert not self.at_client, "the client was told more than printed"

    def next_day(self) -> None:
        self.date += 1
        self._hear(self.bench.roll_day(self.date))


def _text(fields: Fields) -> str:
    return "|".join(f"{tag}={value}" for tag, value in fields.items())


def play(name: str, client: str, broker: str, alternative: int | None = None) -> MemoryStage:
    conversation = ALL[name]
    stage = MemoryStage(client, broker, conversation.days > 1)
    Player(conversation, stage).play(alternative)
    return stage


@pytest.mark.parametrize("broker", VERSIONS)
@pytest.mark.parametrize("client", VERSIONS)
@pytest.mark.parametrize("name", PLAYED)
def test_client_is_told_what_the_matrix_prints(name: str, client: str, broker: str) -> None:
    play(name, client, broker)


ALTERNATIVES = [(name, index) for name in PLAYED for index in ALL[name].alternatives]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("name", "index"), ALTERNATIVES)
def test_alternative_rejections_of_the_matrix(name: str, index: int, version: str) -> None:
    play(name, version, version, index)


@pytest.mark.parametrize("name", PLAYED)
def test_a_restart_finds_every_order_as_it_was(name: str) -> None:
    bench = play(name, FIX44, FIX44).bench
    again = {order.order_no: order for order in bench.refolded().book}
    for order in bench.core.state.book:
        assert order_facts(again[order.order_no]) == order_facts(order)
        assert again[order.order_no].exposure() == order.exposure()
