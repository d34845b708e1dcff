"""What `fixgate check` says of settings that do nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.notes import notes
from tests.gateway.config_files import ACME, ROUTE, SIM, load, with_reference_data

LISTENER = "[[listeners]]\nport = 5001\n"
CLIENT = ACME + 'accounts = ["A"]\n'


def said(folder: Path, *parts: str) -> list[str]:
    text = "\n".join(parts)
    return [note for note in notes(load(folder, text)) if "no limit for" not in note]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with_reference_data(tmp_path)
    return tmp_path


def test_what_does_something_is_not_told(folder: Path) -> None:
    assert said(folder, LISTENER, CLIENT, SIM, ROUTE) == []
    day = '[day]\nroll_time = "17:00"\nend_grace_s = 60\n'
    assert said(folder, LISTENER, CLIENT, SIM + 'day_end = "gateway"\n', ROUTE, day) == []


@pytest.mark.parametrize(
    ("client", "broker", "more", "note"),
    [
        (
            "",
            "",
            "[day]\nend_grace_s = 60",
            "settings of [day] have no effect: it has no roll_time",
        ),
        (
            "",
            'day_end = "gateway"',
            "",
            "day_end of broker SIM has no effect: [day] has no roll_time",
        ),
        (
            "",
            "capabilities = { order_types = [] }",
            "",
            "broker SIM is sent no orders: order_types of its capabilities is empty",
        ),
        (
            "",
            "names_end_clients = true",
            "",
            "names_end_clients of broker SIM has no effect: no client has on_behalf_of",
        ),
        (
            "",
            'when_not_found = "cancel"\nreconcile = "off"',
            "",
            "when_not_found of broker SIM has no effect: reconcile is off",
        ),
        (
            "cancel_grace_s = 3",
            "",
            "",
            "cancel_grace_s of client ACME has no effect: cancel_on_disconnect is off",
        ),
        (
            'trigger_on = "quote"\nemulate = ["gtd"]',
            "",
            "",
            "trigger_on of client ACME has no effect: emulate names no order type",
        ),
        (
            "",
            "",
            '[[schedules]]\nname = "week"\nreset = "never"',
            "schedule week has no effect: no session or route goes by it",
        ),
        (
            "",
            "",
            '[[brokers]]\ntype = "paper"\nname = "SPARE"',
            "broker SPARE gets no orders: no route leads to it",
        ),
    ],
)
def test_a_setting_without_effect_is_told(
    folder: Path, client: str, broker: str, more: str, note: str
) -> None:
    assert said(folder, LISTENER, CLIENT + client, SIM + broker, ROUTE, more) == [note]


def test_verbal_orders_need_an_account_that_is_somebodys(folder: Path) -> None:
    anybody = ACME + 'accounts = ["*"]\n'
    [note] = said(folder, LISTENER, anybody, SIM + 'verbal_orders = "report"', ROUTE)
    assert note.startswith("verbal_orders of broker SIM has no effect")
