"""News(B): in every version, to whom it is for, and by itself when trading is halted."""

from __future__ import annotations

import pytest

from gateway.decision import Decision
from gateway.translate import news
from gateway.translate.dialects import DIALECTS
from tests.gateway.bench import ACME, BETA, NOON, Bench
from tests.gateway.test_versions import OLDEST, VERSIONS, checked


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("lines", [[], ["one"], ["one", "", "\x01", "two ☃"]])
def test_news_is_laid_out_as_the_version_has_it(version: str, lines: list[str]) -> None:
    body = news.news(DIALECTS[version], "Market\nclosed", lines, "flash", NOON)
    checked(version, "B", body.replace("\x01", "|"))
    time = "20261121-12:00:00" + ("" if version in OLDEST else ".000")
    told = [line for line in ("one", "two ?") if line.rstrip("?") in "".join(lines)]
    if version == "FIX.4.0":
        text = f"33=1|58={' '.join(['Market closed', *told])}|"
    else:
        told = told or ["Market closed"]
        text = f"148=Market closed|33={len(told)}|" + "".join(f"58={line}|" for line in told)
    assert body.replace("\x01", "|") == f"42={time}|61=1|{text}"


def to(decision: Decision) -> list[tuple[int, str]]:
    """Whom the news of a decision is for, and its Headline(148)."""
    return [
        (send.link, send.body.partition("148=")[2].partition("\x01")[0])
        for send in decision.sends
        if send.msg_type == "B"
    ]


def test_news_goes_to_the_clients_that_are_named_and_changes_nothing() -> None:
    bench = Bench()
    clients = bench.setup.clients
    decision = bench.core.news([clients[ACME], clients[BETA]], "Hello", [], "normal", NOON)
    assert to(decision) == [(ACME, "Hello"), (BETA, "Hello")]
    assert decision.events == []
    assert to(bench.core.news([clients[BETA]], "Hello", [], "normal", NOON)) == [(BETA, "Hello")]


@pytest.mark.parametrize(
    ("scope", "links", "about"),
    [
        ("firm", [ACME, BETA], "all orders"),
        ("client:ACME", [ACME], "all your orders"),
        ("client:DESK", [BETA], "all your orders"),
        ("account:A", [ACME, BETA], "account A"),
        ("account:B", [BETA], "account B"),
        ("symbol:IBM", [ACME, BETA], "symbol IBM"),
    ],
)
def test_a_halt_is_told_once_to_those_whom_it_concerns(
    scope: str, links: list[int], about: str
) -> None:
    bench = Bench()
    for client in bench.setup.clients.values():
        client.news_on_halt = True
    bench.setup.clients[ACME].accounts = frozenset({"A"})
    bench.setup.clients[BETA].scopes = ("client:DESK", "client:BETA")
    halted = bench.core.halt(scope, False, "op", "a secret", NOON)
    assert to(halted) == [(link, f"Trading halted: {about}") for link in links]
    assert "secret" not in "".join(send.body for send in halted.sends)
    assert to(bench.core.halt(scope, False, "op", "again", NOON)) == []
    resumed = bench.core.resume(scope, "op", "why", NOON)
    assert to(resumed) == [(link, f"Trading resumed: {about}") for link in links]


def test_nobody_is_told_who_did_not_ask_for_it() -> None:
    bench = Bench()
    assert bench.core.halt("firm", False, "op", "why", NOON).sends == []
    assert bench.core.resume("firm", "op", "why", NOON).sends == []
