"""Templates: which clients they take, what those are called, and who is known after a restart."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.config import Client, Config
from gateway.events import LinkDefined
from gateway.state import State
from gateway.templates import allows, find, known_clients, session_name, template_of
from tests.gateway.bench import Bench


def client(name: str, comp_id: str, **more: Any) -> Client:
    given = {"begin_string": "FIX.4.4", "sender_comp_id": "GATE", "accounts": ["A"], **more}
    return Client(name=name, target_comp_id=comp_id, **given)


def config(*clients: Client) -> Config:
    return Config.model_validate(
        {
            "listeners": [{"port": 0}],
            "clients": clients,
            "brokers": [{"name": "PAPER", "type": "paper"}],
            "routes": [{"name": "all", "broker": "PAPER"}],
        }
    )


def known(*defined: tuple[str, str, str]) -> State:
    bench = Bench()
    state = State(bench.limits, 0)
    for number, (name, version, comp_id) in enumerate(defined, 1):
        state.apply(LinkDefined(number, name, "client", version, "GATE", comp_id), 0, b"")
    return state


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("ACME*", ["ACME", "ACME1", "ACME-LDN.2"], ["acme", "XACME", "ACM"]),
        ("*", ["A", "ACME"], ["", "A B", "A/B", "A*", "\u00c4", "X" * 63]),
        ("A*-*X", ["A-X", "A1-2X"], ["AX", "A-X1"]),
        ("A.C*", ["A.C1"], ["ABC1"]),
    ],
)
def test_which_comp_ids_a_template_allows(pattern: str, good: list[str], bad: list[str]) -> None:
    template = client("T", pattern)
    assert template.is_template
    assert [name for name in [*good, *bad] if allows(template, name)] == good


def test_a_list_narrows_what_the_pattern_allows() -> None:
    template = client("T", "ACME*", comp_ids=["ACME1", "OTHER"])
    assert [n for n in ("ACME1", "ACME2", "OTHER") if allows(template, n)] == ["ACME1"]


def test_the_first_template_that_takes_a_client_gives_it_its_settings() -> None:
    first = client("ONE", "ACME*", max_latency_s=7)
    second = client("TWO", "*")
    found = find([first, second], ("FIX.4.4", "ACME-1", "GATE"))
    assert found is not None
    assert (found.name, found.target_comp_id, found.max_latency_s) == ("ONE.ACME-1", "ACME-1", 7)
    assert not found.is_template
    assert found.identity == ("FIX.4.4", "ACME-1", "GATE")
    other = find([first, second], ("FIX.4.4", "BETA", "GATE"))
    assert other is not None
    assert other.name == session_name(second, "BETA")
    assert find([first, second], ("FIX.4.2", "ACME-1", "GATE")) is None
    assert find([first, second], ("FIX.4.4", "ACME-1", "GATE2")) is None


def test_who_was_seen_is_known_for_as_long_as_the_template_allows_it() -> None:
    state = known(
        ("PLAIN", "FIX.4.4", "P"), ("T.ACME1", "FIX.4.4", "ACME1"), ("T.ACME2", "FIX.4.4", "ACME2")
    )
    plain = client("PLAIN", "P")

    def names(*clients: Client) -> list[str]:
        return [found.name for found in known_clients(config(*clients), state)]

    assert names(plain, client("T", "ACME*")) == ["PLAIN", "T.ACME1", "T.ACME2"]
    assert names(plain, client("T", "ACME*", comp_ids=["ACME2"])) == ["PLAIN", "T.ACME2"]
    assert names(plain, client("T", "BETA*")) == ["PLAIN"]
    assert names(plain, client("T", "ACME*", begin_string="FIX.4.2")) == ["PLAIN"]
    assert names(plain) == ["PLAIN"]
    # who gets an entry of its own is another session from then on
    assert names(client("OWN", "ACME1"), client("T", "ACME*")) == ["OWN", "T.ACME2"]


def test_the_name_of_a_session_tells_its_template() -> None:
    whole = config(client("T", "ACME*"), client("T2", "*"), client("PLAIN", "P"))
    found = [template_of(whole, name) for name in ("T.ACME1", "T2.X", "PLAIN", "T", "TX.A")]
    assert [template.name if template else "" for template in found] == ["T", "T2", "", "", ""]
