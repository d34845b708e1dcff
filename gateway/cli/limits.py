"""`fixgate limits`: those that hold, changed while the gateway runs, and overridden for a time."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from gateway.cli.limit_output import print_history, print_limit, print_limits, print_overrides
from gateway.cli.moments import Lasting, Moment, until_of
from gateway.cli.numbers import Number
from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json
from gateway.control.errors import DeskError
from gateway.control.limit_models import (
    LimitFilter,
    LimitKey,
    OverrideLimit,
    PermitOrder,
    SetLimit,
)
from gateway.control.risk_models import SideName

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _end_options(command: _Command) -> _Command:
    lasting = click.option("--for", "lasting", type=Lasting(), help="How long it holds: 90m, 2h.")
    return lasting(click.option("--until", type=Moment(), help="When it ends, in UTC.")(command))


def _filter_options(command: _Command) -> _Command:
    scope = click.option("--scope", default="", help='Of one scope: "firm", "client:ACME" ...')
    return scope(click.option("--limit", default="", help="Of one name: max_notional ...")(command))


@click.group()
def limits() -> None:
    """List limits, change them while the gateway runs, and override them for a time. SCOPE is
    "firm", or "KIND:NAME" or "KIND:*" as in [[risk.limits]], LIMIT one of its settings.
    """


@limits.command("list")
@_filter_options
@place_options
@json_option
def list_(scope: str, limit: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """List the limits that hold: who answers for them, and how much is in use."""
    with control(config, data_dir) as client:
        views = client.limits(LimitFilter(scope=scope, limit=limit))
    if as_json:
        print_json(views)
    else:
        print_limits(views)


@limits.command()
@click.argument("scope")
@click.argument("limit", default="")
@place_options
@json_option
def show(scope: str, limit: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Show one limit with all that is known of it; without LIMIT all that are in force for SCOPE,
    who sets each, and how much SCOPE has in use of it.
    """
    with control(config, data_dir) as client:
        views = client.limits(LimitFilter(scope=scope, limit=limit, in_force=not limit))
    if limit and not views:
        remedy = "`fixgate limits list` shows those that are"
        raise DeskError("NOT_SET", f"{limit} of {scope} is not set", remedy)
    if limit:
        print_limit(views[0], as_json)
    elif as_json:
        print_json(views)
    else:
        print_limits(views)


@limits.command()
@_filter_options
@place_options
@json_option
def history(scope: str, limit: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Show what was said of limits, by whom and why, the newest first."""
    with control(config, data_dir) as client:
        views = client.limit_history(LimitFilter(scope=scope, limit=limit))
    if as_json:
        print_json(views)
    else:
        print_history(views)


@limits.command("set")
@click.argument("scope")
@click.argument("limit")
@click.argument("value")
@click.argument("currency", default="")
@click.option("--owner", default="", help="Who answers for it; not given: who sets it.")
@_end_options
@reason_option(required=True)
@place_options
@json_option
def set_(
    scope: str,
    limit: str,
    value: str,
    currency: str,
    owner: str,
    until: int | None,
    lasting: int | None,
    reason: str,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Have VALUE for a limit from the next order on, whatever the configuration says, until `unset`
    or for a time. Money needs its CURRENCY, that of [risk].
    """
    ask = SetLimit(
        scope=scope,
        limit=limit,
        value=value,
        currency=currency,
        owner=owner,
        expires_ns=until_of(until, lasting, required=False),
        reason=reason,
    )
    with control(config, data_dir) as client:
        print_limit(client.set_limit(ask), as_json)


@limits.command()
@click.argument("scope")
@click.argument("limit")
@_end_options
@reason_option(required=True)
@place_options
@json_option
def disable(
    scope: str,
    limit: str,
    until: int | None,
    lasting: int | None,
    reason: str,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Switch a limit of a scope off, until `unset` or for a time; other scopes keep theirs."""
    expires_ns = until_of(until, lasting, required=False)
    ask = SetLimit(scope=scope, limit=limit, value="off", expires_ns=expires_ns, reason=reason)
    with control(config, data_dir) as client:
        print_limit(client.set_limit(ask), as_json)


@limits.command()
@click.argument("scope")
@click.argument("limit")
@reason_option(required=True)
@place_options
@json_option
def unset(
    scope: str, limit: str, reason: str, config: Path, data_dir: Path | None, as_json: bool
) -> None:
    """Have a limit as the configuration says again."""
    with control(config, data_dir) as client:
        views = client.unset_limit(LimitKey(scope=scope, limit=limit, reason=reason))
    if as_json:
        print_json(views)
    elif views:
        print_limit(views[0], False)
    else:
        click.echo(f"{limit} of {scope} is not set: the configuration does not name it")


# --- overrides ----------------------------------------------------------------------------------


@limits.command()
@place_options
@json_option
def overrides(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """List what is overridden now."""
    with control(config, data_dir) as client:
        print_overrides(client.overrides(), as_json)


@limits.command()
@click.argument("scope")
@click.argument("limit")
@click.argument("value")
@click.argument("currency", default="")
@_end_options
@reason_option(required=True)
@place_options
@json_option
def override(
    scope: str,
    limit: str,
    value: str,
    currency: str,
    until: int | None,
    lasting: int | None,
    reason: str,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Ask for a limit to be raised to VALUE for a time; it is when another person approves
    (`fixgate approvals`), and by itself what it was afterwards.
    """
    ask = OverrideLimit(
        scope=scope,
        limit=limit,
        value=value,
        currency=currency,
        expires_ns=until_of(until, lasting, required=True),
        reason=reason,
    )
    with control(config, data_dir) as client:
        print_overrides([client.override_limit(ask)], as_json)


@limits.command()
@click.argument("session")
@click.argument("quantity", type=Number())
@click.option("--cl-ord-id", default="", help="The order: its ClOrdID(11).")
@click.option("--account", default="", help="Or the next one: its Account(1),")
@click.option("--symbol", default="", help="its Symbol(55),")
@click.option("--side", type=click.Choice(get_args(SideName)), help="and its Side(54).")
@_end_options
@reason_option(required=True)
@place_options
@json_option
def permit(
    session: str,
    quantity: Decimal,
    cl_ord_id: str,
    account: str,
    symbol: str,
    side: SideName | None,
    until: int | None,
    lasting: int | None,
    reason: str,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Ask for one order of a client's SESSION, of QUANTITY at most, to pass the limits; it may when
    another person approves (`fixgate approvals`), once, and until its time is over.
    """
    ask = PermitOrder(
        client=session,
        quantity=quantity,
        cl_ord_id=cl_ord_id,
        account=account,
        symbol=symbol,
        side=side or "",
        expires_ns=until_of(until, lasting, required=True),
        reason=reason,
    )
    with control(config, data_dir) as client:
        print_overrides([client.permit_order(ask)], as_json)


@limits.command()
@click.argument("number", type=int)
@reason_option(required=True)
@place_options
@json_option
def revoke(number: int, reason: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """End the override of a NUMBER before its time."""
    with control(config, data_dir) as client:
        print_overrides(client.revoke_override(number, reason=reason), as_json)
