"""`fixgate approvals`: what waits for a second person, and what that person says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json, print_pairs, print_table, utc
from gateway.control.operator_models import ProposalView


@click.group()
def approvals() -> None:
    """Show and decide what was asked for and needs a second person. PROPOSAL is a key that `list`
    shows.
    """


@approvals.command("list")
@click.option("--all", "everything", is_flag=True, help="Also what was decided lately.")
@place_options
@json_option
def list_(everything: bool, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """List what waits for a second person, the oldest first."""
    with control(config, data_dir) as client:
        views = client.proposals(everything=everything)
    if as_json:
        print_json(views)
        return
    head = ("PROPOSAL", "COMMAND", "BY", "AT (UTC)", "UNTIL (UTC)", "STATE", "WHY")
    print_table(head, map(_row, views), "nothing waits for a second person")


def _row(view: ProposalView) -> tuple[object, ...]:
    times = (utc(view.proposed_ns), utc(view.expires_ns))
    return (view.key, view.verb, view.who, *times, view.state, view.why)


@approvals.command()
@click.argument("proposal")
@place_options
@json_option
def show(proposal: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Show one with all that it would do."""
    with control(config, data_dir) as client:
        _print(client.proposal(proposal), as_json)


@approvals.command()
@click.argument("proposal")
@reason_option(required=False)
@place_options
@json_option
def approve(proposal: str, reason: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Do what somebody else has asked for; with --json, prints what it answers."""
    with control(config, data_dir) as client:
        view = client.approve(proposal, reason=reason)
    if as_json:
        print_json(view)
        return
    click.echo(f"{view.proposal.key}: `{view.proposal.verb}` is done, as {view.proposal.who} asked")
    answers = view.answer if isinstance(view.answer, list) else [view.answer]
    for answer in answers:
        for note in answer.get("notes", ()) if isinstance(answer, dict) else ():
            click.echo(f"note: {note}")


@approvals.command()
@click.argument("proposal")
@reason_option(required=True)
@place_options
@json_option
def refuse(proposal: str, reason: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Say that what somebody else has asked for shall not be done."""
    with control(config, data_dir) as client:
        _print(client.end_proposal(proposal, "refuse", reason=reason), as_json)


@approvals.command()
@click.argument("proposal")
@reason_option(required=False)
@place_options
@json_option
def withdraw(
    proposal: str, reason: str, config: Path, data_dir: Path | None, as_json: bool
) -> None:
    """Take back what you have asked for."""
    with control(config, data_dir) as client:
        _print(client.end_proposal(proposal, "withdraw", reason=reason), as_json)


def _print(view: ProposalView, as_json: bool) -> None:
    if as_json:
        print_json(view)
        return
    print_pairs(
        [
            ("proposal", view.key),
            ("command", view.verb),
            ("state", view.state),
            ("by", view.who),
            ("why", view.why),
            ("at (UTC)", utc(view.proposed_ns)),
            ("until (UTC)", utc(view.expires_ns)),
            *view.arguments.get("path", {}).items(),
            *(_argument(n, v) for n, v in view.arguments.get("body", {}).items() if n != "reason"),
            ("decided by", view.decided_by),
            ("because", view.decided_why),
            ("decided at (UTC)", utc(view.decided_ns)),
        ]
    )


def _argument(name: str, value: Any) -> tuple[str, object]:
    """As it was given; a time in UTC."""
    if name.endswith("_ns"):
        return f"{name.removesuffix('_ns')} (UTC)", utc(value or 0)
    return name, value
