"""`fixgate check`: every problem of the configuration and the files it names, at once."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from gateway.cli.failures import BAD_USAGE
from gateway.cli.options import json_option, place_options
from gateway.cli.output import print_json, print_pairs, print_table
from gateway.config import (
    AcceptorLink,
    ApiBroker,
    Config,
    ConfigError,
    FixBroker,
    FixInitiator,
    load_config,
)
from gateway.config.exposure import lifetimes
from gateway.config.notes import notes, refuses_all
from gateway.operators.required import operators_in, without_administrator
from gateway.prepared import prepare
from gateway.prices.rule import AHEAD_MAX_NS
from gateway.reference import Reference
from gateway.routing.rules import is_glob

SHOWN: Final = 10
REFUSES_ALL: Final = 1
CONDITIONS: Final = (
    "client",
    "account",
    "symbol",
    "security_type",
    "min_quantity",
    "max_quantity",
    "order_type",
    "time_in_force",
    "on_behalf_of",
    "ex_destination",
    "hours",
)
"""Of a route."""


@click.command()
@place_options
@json_option
def check(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """List every problem of the configuration with file and line; exit code 2 if there is one, and
    1 if every order would be refused.

    Also reads the instruments, prices, dictionaries and certificates it names, and tells which
    orders would be refused because a limit is set nowhere, what stands open to the network, and
    which certificates expire soon.
    """
    problems: list[str] = []
    remarks: list[str] = []
    settings = None
    try:
        settings = load_config(config, data_dir)
        reference = prepare(settings).reference
        _check_operators(settings)
        remarks = [
            *notes(settings),
            *lifetimes(settings),
            *_price_notes(reference),
            *_currency_notes(settings, reference),
            *_symbol_notes(settings, reference),
        ]
    except ConfigError as error:
        problems = error.problems
    if as_json:
        print_json({"ok": not problems, "problems": problems, "notes": remarks})
    else:
        _print(config, settings, problems, remarks)
    if problems:
        sys.exit(BAD_USAGE)
    unset = refuses_all(settings) if settings is not None else []
    if unset:
        click.echo(f"every order would be refused: nobody sets {', '.join(unset)}", err=True)
        sys.exit(REFUSES_ALL)


def _check_operators(settings: Config) -> None:
    if settings.control.operators == "required":
        problems = without_administrator(
            settings, operators_in(settings.gateway.data_dir / "journal")
        )
        if problems:
            raise ConfigError(problems)


def _price_notes(reference: Reference) -> Iterator[str]:
    now = time.time_ns()
    oldest = now - reference.price_max_age_ns
    bad = {
        "have no price": [s for s in reference.instruments if s not in reference.closes],
        "have a price older than price_max_age_s": [
            symbol for symbol, close in reference.closes.items() if close.time_ns < oldest
        ],
        "have a price of a time to come": [
            symbol
            for symbol, close in reference.closes.items()
            if close.time_ns > now + AHEAD_MAX_NS
        ],
    }
    for what, symbols in bad.items():
        if symbols:
            yield (
                f"{len(symbols)} instrument(s) {what}: {_first(symbols)}; where a price collar or"
                " notional limit holds, their orders are refused until a trade sets one"
            )


def _currency_notes(settings: Config, reference: Reference) -> Iterator[str]:
    currency = settings.risk.currency
    risk = settings.risk
    rated = {currency, *risk.rates, *risk.fed_rates}
    foreign = [i.symbol for i in reference.instruments.values() if i.currency not in rated]
    if foreign:
        yield (
            f"{len(foreign)} instrument(s) are not in {currency}, the currency of the limits, and"
            f" have no rate: {_first(foreign)}; where a money limit holds, their orders are refused"
        )


def _symbol_notes(settings: Config, reference: Reference) -> Iterator[str]:
    """Scopes and routes of symbols that there are none of."""
    named = [(f"the scope {limit.scope} of limits", limit.scope) for limit in settings.risk.limits]
    named += [(f"drop copy {c.name}: {of}", of) for c in settings.drop_copies for of in c.of]
    named += [
        (f"route {r.name}: symbol {s}", f"symbol:{s}")
        for r in settings.routes
        for s in r.symbol
        if not is_glob(s)
    ]
    for what, scope in named if reference.instruments else ():
        kind, _, symbol = scope.partition(":")
        if kind == "symbol" and symbol not in reference.instruments:
            yield f"{what} is never met: the reference data has no such instrument"


def _first(symbols: list[str]) -> str:
    return ", ".join(symbols[:SHOWN]) + (" ..." if len(symbols) > SHOWN else "")


def _print(config: Path, settings: Config | None, problems: list[str], remarks: list[str]) -> None:
    for problem in problems:
        click.echo(problem)
    if problems or settings is None:
        click.echo(f"{len(problems)} problem(s)", err=True)
        return
    _print_summary(settings)
    for remark in remarks:
        click.echo(f"note: {remark}")
    click.echo(f"{config}: no problems")


def _print_summary(settings: Config) -> None:
    print_pairs(
        [
            ("node", settings.gateway.node),
            ("data folder", settings.gateway.data_dir),
            ("control socket", settings.control.socket),
            ("audit", settings.audit.enabled),
            ("listening on", ", ".join(f"{o.host}:{o.port}" for o in settings.listeners)),
            ("limits for", ", ".join(limit.scope for limit in settings.risk.limits) or "nobody"),
        ]
    )
    click.echo()
    print_table(("LINK", "KIND", "SESSION", "WHERE"), _link_rows(settings), "")
    click.echo()
    routes = [(r.name, ", ".join(r.leads_to), r.when_down, _conditions(r)) for r in settings.routes]
    print_table(("ROUTE", "BROKER", "WHEN DOWN", "FOR"), routes, "")


def _link_rows(settings: Config) -> Iterator[tuple[str, str, str, str]]:
    for client in settings.clients:
        yield client.name, "client", _session(client), f"accounts {', '.join(client.accounts)}"
    for copy in settings.drop_copies:
        yield copy.name, "drop copy", _session(copy), f"of {', '.join(copy.of)}"
    for feed in settings.market_data:
        yield feed.name, "market data", _session(feed), ", ".join(feed.hosts)
    for broker in settings.brokers:
        if isinstance(broker, FixBroker):
            yield broker.name, "broker", _session(broker), ", ".join(broker.hosts)
        elif isinstance(broker, ApiBroker):
            yield broker.name, f"{broker.type} broker", broker.account, broker.address
        else:
            yield broker.name, "paper broker", "", f"fill {broker.fill}"


def _session(link: AcceptorLink | FixInitiator) -> str:
    return f"{link.begin_string} {link.sender_comp_id}->{link.target_comp_id}"


def _conditions(route: object) -> str:
    found = [(name, getattr(route, name)) for name in CONDITIONS]
    shown = [
        f"{name} {', '.join(value) if isinstance(value, tuple) else value}"
        for name, value in found
        if value not in ((), None, "")
    ]
    return "; ".join(shown) or "every order"
