"""`fixgate reload`: the running gateway reads its configuration again, and applies it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from gateway.cli.failures import BAD_USAGE, FAILED
from gateway.cli.options import control, json_option, not_blank, place_options
from gateway.cli.output import print_json, print_table
from gateway.control.views import ReloadView

SHOWN_MAX: Final = 200


@click.command()
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--reason", callback=not_blank, help="Why; kept in the journal.")
@place_options
@json_option
def reload(
    dry_run: bool, reason: str | None, config: Path, data_dir: Path | None, as_json: bool
) -> None:
    """Apply the changed configuration without a restart; all of it or nothing.

    Prints each setting that changes and from when it holds. Sessions that did not change are not
    touched. Exit code 2: the file has problems; 1: something in it needs a restart.
    """
    if not dry_run and reason is None:
        raise click.UsageError("Missing option '--reason'; --dry-run needs none.")
    with control(config, data_dir) as client:
        view = client.reload(dry_run=dry_run, reason=reason or "")
    if as_json:
        print_json(view)
    else:
        _print(view, dry_run)
    sys.exit(BAD_USAGE if view.problems else FAILED if view.refused else 0)


def _print(view: ReloadView, dry_run: bool) -> None:
    for problem in view.problems:
        click.echo(problem)
    if view.changes:
        rows = [(change.text, change.effect) for change in view.changes[:SHOWN_MAX]]
        print_table(("CHANGE", "HOLDS"), rows, "")
    if len(view.changes) > SHOWN_MAX:
        click.echo(f"and {len(view.changes) - SHOWN_MAX} more; --json has them all")
    for note in view.notes:
        click.echo(f"note: {note}")
    for refused in view.refused:
        click.echo(f"refused: {refused}", err=True)
    click.echo(f"{view.file}: {_outcome(view, dry_run)}", err=bool(view.problems or view.refused))


def _outcome(view: ReloadView, dry_run: bool) -> str:
    if view.problems:
        return f"{len(view.problems)} problem(s); nothing is applied"
    if view.refused:
        return "nothing is applied"
    if not view.changes:
        return "nothing has changed"
    count = f"{len(view.changes)} change(s)"
    return f"{count}, not applied" if dry_run else f"{count} applied"
