"""How limits, their history and overrides are printed."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gateway.cli.output import print_json, print_pairs, print_table, utc
from gateway.control.limit_models import LimitChangeView, LimitView, OverrideView

LIMITS = ("SCOPE", "LIMIT", "VALUE", "USED", "LEFT", "SAID BY", "OWNER", "UNTIL (UTC)", "WHY")
CHANGES = ("AT (UTC)", "WHAT", "SCOPE", "LIMIT", "OLD", "NEW", "WHO", "UNTIL (UTC)", "WHY")
OVERRIDES = ("NUMBER", "WHAT", "ASKED BY", "APPROVED BY", "UNTIL (UTC)", "WHY")


def print_limits(views: Sequence[LimitView]) -> None:
    """A table, one row a limit."""
    print_table(LIMITS, map(_limit, views), "no limits are set")


def _limit(view: LimitView) -> tuple[object, ...]:
    said_by = view.who if view.source != "configured" else "configuration"
    value = f"{view.value} {view.currency}" if view.value != "off" else view.value
    left = (view.used, view.left)
    return (
        *(view.scope, view.limit, value.strip(), *left),
        *(said_by, view.owner, utc(view.expires_ns), view.why),
    )


def print_limit(view: LimitView, as_json: bool) -> None:
    """All of one limit, and what came of setting it."""
    if as_json:
        print_json(view)
        return
    print_pairs(
        [
            ("scope", view.scope),
            ("limit", view.limit),
            ("value", f"{view.value} {view.currency if view.value != 'off' else ''}".strip()),
            ("configured", view.configured),
            ("source", view.source),
            ("override", view.override or ""),
            ("owner", view.owner),
            ("said by", view.who),
            ("approved by", view.approver),
            ("why", view.why),
            ("since (UTC)", utc(view.since_ns)),
            ("until (UTC)", utc(view.expires_ns)),
            ("used", view.used),
            ("used by", view.used_by),
            ("left", view.left),
        ]
    )
    for note in view.notes:
        click.echo(f"note: {note}")


def print_history(views: Sequence[LimitChangeView]) -> None:
    """A table, one row a change."""
    print_table(CHANGES, map(_change, views), "nothing was said of limits")


def _change(view: LimitChangeView) -> tuple[object, ...]:
    who = f"{view.who}, approved by {view.approver}" if view.approver else view.who
    what = f"{view.what} {view.override}" if view.override else view.what
    why = f"{view.why} ({view.order})" if view.order else view.why
    return (
        *(utc(view.time_ns), what, view.scope, view.limit),
        *(view.old, view.new, who, utc(view.expires_ns), why),
    )


def print_overrides(views: Sequence[OverrideView], as_json: bool) -> None:
    """A table, one row an override."""
    if as_json:
        print_json(views)
        return
    print_table(OVERRIDES, map(_override, views), "nothing is overridden")


def _override(view: OverrideView) -> tuple[object, ...]:
    what = view.order or f"{view.scope} {view.limit} {view.value}"
    return (view.number, what, view.requester, view.approver, utc(view.expires_ns), view.why)
