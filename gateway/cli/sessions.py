"""`fixgate sessions`: what the FIX sessions are at, and the operator's verbs on them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json, print_pairs, print_table, utc
from gateway.cli.session_watch import watch
from gateway.config import load_config
from gateway.control.views import SessionView

HEAD: Final = (
    *("NAME", "ROLE", "SESSION", "STATE", "EPOCH", "NEXT IN", "NEXT OUT", "PEER"),
    *("SCHEDULE (UTC)", "ALARM"),
)
NS_PER_MS: Final = 1_000_000


@click.group()
def sessions() -> None:
    """List and manage FIX sessions. Every action is journalled with who and why."""


sessions.add_command(watch)


@sessions.command("list")
@place_options
@json_option
def list_(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """List all sessions with their state and numbers."""
    with control(config, data_dir) as client:
        views = client.sessions()
    if as_json:
        print_json(views)
        return
    rows = [
        (
            *(v.name, v.role, _identity(v), v.state, v.epoch, v.next_in, v.next_out, v.peer),
            *(_next_change(v), v.alarm),
        )
        for v in views
    ]
    print_table(HEAD, rows, "no sessions")


@sessions.command()
@click.argument("name")
@place_options
@json_option
def show(name: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Show one session."""
    with control(config, data_dir) as client:
        _print(client.session(name), as_json)


@sessions.command()
@click.argument("name")
@reason_option(required=True)
@place_options
@json_option
def reset(name: str, reason: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Begin a new epoch: both sequence numbers become 1. Nothing is deleted."""
    _act(name, "reset", config, data_dir, as_json, reason=reason)


@sessions.command("set-seq")
@click.argument("name")
@click.option("--next-in", type=click.IntRange(1), help="Next MsgSeqNum(34) we expect.")
@click.option("--next-out", type=click.IntRange(1), help="Next MsgSeqNum(34) we send.")
@reason_option(required=True)
@place_options
@json_option
def set_seq(
    name: str,
    next_in: int | None,
    next_out: int | None,
    reason: str,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Set the next sequence number we expect, send, or both."""
    if next_in is None and next_out is None:
        raise click.UsageError("give --next-in, --next-out or both")
    given = {"next_in": next_in, "next_out": next_out}
    numbers = {key: value for key, value in given.items() if value is not None}
    _act(name, "numbers", config, data_dir, as_json, reason=reason, **numbers)


@sessions.command()
@click.argument("name")
@reason_option(required=False)
@place_options
@json_option
def disconnect(name: str, reason: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Close the connection at once, without Logout(5)."""
    _act(name, "disconnect", config, data_dir, as_json, reason=reason)


@sessions.command()
@click.argument("name")
@reason_option(required=False)
@place_options
@json_option
def logout(name: str, reason: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Send Logout(5) and close when it is answered."""
    _act(name, "logout", config, data_dir, as_json, reason=reason)


@sessions.command()
@click.argument("name")
@reason_option(required=False)
@place_options
@json_option
def enable(name: str, reason: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Let a session log on again, also from addresses that are locked out."""
    _act(name, "enable", config, data_dir, as_json, reason=reason)


@sessions.command()
@click.argument("name")
@click.option("--offline", is_flag=True, help="Of a gateway that does not run: at its next start.")
@reason_option(required=False)
@place_options
@json_option
def disable(
    name: str, offline: bool, reason: str, config: Path, data_dir: Path | None, as_json: bool
) -> None:
    """Log a session out and keep it out, also over a restart."""
    if offline:
        _disable_offline(name, reason, config, data_dir, as_json)
    else:
        _act(name, "disable", config, data_dir, as_json, reason=reason)


def _disable_offline(
    name: str, reason: str, config: Path, data_dir: Path | None, as_json: bool
) -> None:
    from gateway.offline import disable_session  # noqa: PLC0415 - the other commands need no journal

    changed = disable_session(load_config(config, data_dir), name, reason)
    if as_json:
        print_json({"name": name, "enabled": False, "changed": changed})
    elif changed:
        click.echo(f"{name} is disabled: start the gateway; `sessions enable {name}` lets it back")
    else:
        click.echo(f"{name} was disabled before")


def _act(
    name: str, action: str, config: Path, data_dir: Path | None, as_json: bool, **body: object
) -> None:
    with control(config, data_dir) as client:
        _print(client.session_action(name, action, **body), as_json)


def _print(view: SessionView, as_json: bool) -> None:
    if as_json:
        print_json(view)
        return
    print_pairs([*_standing(view), *_counted(view)])


def _standing(view: SessionView) -> list[tuple[str, object]]:
    """Where the session stands."""
    return [
        ("name", view.name),
        ("role", view.role),
        ("session", _identity(view)),
        ("state", view.state),
        ("logged on", view.logged_on),
        ("enabled", view.enabled),
        ("epoch", view.epoch),
        ("next in", view.next_in),
        ("next out", view.next_out),
        ("peer", view.peer),
        ("alarm", view.alarm),
        ("tag rules", view.tag_rules),
        ("locked out", "; ".join(view.locked_out)),
        ("schedule (UTC)", _next_change(view)),
        ("last received (UTC)", utc(view.last_received_ns)),
        ("last sent (UTC)", utc(view.last_sent_ns)),
        ("round trip", f"{view.round_trip_ns / NS_PER_MS:.3f} ms" if view.round_trip_ns else ""),
        ("unsent bytes", view.unsent_bytes or ""),
        ("held bytes", view.held_bytes or ""),
        ("stashed messages", view.stash_messages or ""),
    ]


def _counted(view: SessionView) -> list[tuple[str, object]]:
    """What was counted since the start; what never happened is left out."""
    return [
        ("received", _counts(view.received)),
        ("sent", _counts(view.sent)),
        ("rejects received", _counts(view.rejects_received)),
        ("rejects sent", _counts(view.rejects_sent)),
        ("refused", _counts(view.refused)),
        ("limits hit", _counts(view.limits_hit)),
        ("garbled", view.garbled or ""),
        ("resent", view.resent or ""),
        ("kept", view.kept or ""),
        ("disconnects", _counts(view.disconnects)),
        ("market data", _counts(view.market_data)),
    ]


def _counts(counts: dict[str, int]) -> str:
    """`D 5000, F 12`."""
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))


def _next_change(view: SessionView) -> str:
    return f"{view.next_change} {utc(view.next_change_ns)[:16]}" if view.next_change else ""


def _identity(view: SessionView) -> str:
    return f"{view.begin_string} {view.sender_comp_id}->{view.target_comp_id}"
