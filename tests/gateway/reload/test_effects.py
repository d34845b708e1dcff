"""When a changed setting takes hold: by names that are there, and not under a running session."""

from __future__ import annotations

from pathlib import Path

from gateway.config import Client, Config, DropCopy, FixBroker, PaperBroker
from gateway.config.problems import models_in
from gateway.reload import effects
from gateway.reload.effects import NEXT_LOGON, comes_anew, taken_out
from sessions.config import SessionConfig
from tests.gateway.config_files import ACME_CLIENT as ACME
from tests.gateway.links import Gate
from tests.gateway.orders.test_held import holding


def test_the_tables_name_settings_that_are_there() -> None:
    assert effects._OF_A_CLIENT.keys() <= Client.model_fields.keys()
    assert effects._OF_A_DROP_COPY.keys() <= DropCopy.model_fields.keys()
    assert effects._OF_A_BROKER.keys() <= FixBroker.model_fields.keys()
    assert PaperBroker.model_fields.keys() >= effects._OF_PAPER
    sections = {section.partition(".")[0] for section in effects._SECTIONS}
    assert sections <= Config.model_fields.keys()
    for section, name in effects._SINGLE - {("clients", "order")}:
        (model,) = models_in(Config.model_fields[section].annotation)
        assert name in model.model_fields


def test_what_a_session_has_inside_is_not_changed_under_it() -> None:
    at_once = {n for n, effect in effects._OF_A_CLIENT.items() if effect != NEXT_LOGON}
    at_once |= {n for n, effect in effects._OF_A_DROP_COPY.items() if effect != NEXT_LOGON}
    at_once |= {n for n, effect in effects._OF_A_BROKER.items() if effect != NEXT_LOGON}
    assert at_once.isdisjoint(SessionConfig.model_fields)


def test_a_session_comes_anew_for_what_it_has_inside_only() -> None:
    assert not comes_anew(ACME, ACME.model_copy(update={"accounts": ("B",)}))
    assert not comes_anew(ACME, ACME.model_copy(update={"schedule": "day"}))
    assert comes_anew(ACME, ACME.model_copy(update={"heart_bt_int_s": 5}))
    assert comes_anew(ACME, ACME.model_copy(update={"dialect": "example"}))


def test_what_becomes_of_the_orders_of_a_client_that_is_gone_is_told(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    assert taken_out([gate.client], gate.bench.core.state.book) == "logged out and refused"
    gate.bench.order("A1")
    holding(gate.bench)
    first, second = (order.order_id for order in gate.bench.core.state.book.open.values())
    assert taken_out([gate.client], gate.bench.core.state.book) == (
        "logged out and refused; 2 open order(s) stay at their brokers, and it is not told of them"
        f" any more: {first}, {second}; 1 of them are held here, and are sent all the same:"
        f" {second}"
    )
