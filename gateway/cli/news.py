"""`fixgate news`: tell clients something over their sessions."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.options import control, json_option, place_options, reason_option
from gateway.cli.output import print_json
from gateway.control.views import URGENCIES


@click.group()
def news() -> None:
    """Tell clients something by News(B)."""


@news.command()
@click.argument("headline")
@click.option("--text", "lines", multiple=True, help="A line below it; as many as are wanted.")
@click.option(
    "--client", "clients", multiple=True, help="Only this client, or those of this template."
)
@click.option("--urgency", type=click.Choice(URGENCIES), default=URGENCIES[0], show_default=True)
@reason_option(required=False)
@place_options
@json_option
def send(
    headline: str,
    lines: tuple[str, ...],
    clients: tuple[str, ...],
    urgency: str,
    reason: str,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Send HEADLINE to all clients, or to those that are named. It is kept for those that are not
    logged on: each gets it when it logs on and asks for what it missed.
    """
    text = "\n".join(lines)
    with control(config, data_dir) as client:
        view = client.send_news(
            headline=headline, text=text, clients=clients, urgency=urgency, reason=reason
        )
    if as_json:
        print_json(view)
        return
    there = [name for name in view.clients if name not in view.away]
    if there:
        click.echo(f"sent to {len(there)} client(s): {', '.join(there)}")
    if view.away:
        click.echo(
            f"kept for {len(view.away)} client(s) not logged on: {', '.join(view.away)}; each gets"
            " it when it logs on and asks for what it missed"
        )
    if not view.clients:
        click.echo("there are no clients to send it to")
