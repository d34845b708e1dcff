"""`fixgate audit import-quickfix`: the history that QuickFIX's files hold, as a record of ours."""

from __future__ import annotations

import os
from pathlib import Path

import click

from gateway.audit.quickfix_import import import_logs
from gateway.cli.audit_place import progress_bar
from gateway.cli.options import json_option
from gateway.cli.output import print_json, print_pairs
from gateway.control.peer import login_name


@click.command("import-quickfix")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--into",
    "data_dir",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="A data folder apart from any gateway's; made if there is none.",
)
@json_option
def import_quickfix(folder: Path, data_dir: Path, as_json: bool) -> None:
    """Import the logs of QuickFIX in FOLDER, so that they can be searched and proven as our own.

    Reads *.messages*.log and *.event*.log, and *.body with *.header where a session has no message
    log. What was imported before is not imported again. Every `fixgate audit` command reads the
    result by --data-dir.
    """
    who = login_name(os.geteuid())
    with progress_bar("importing", "bytes") as progress:
        found = import_logs(folder, data_dir, who, progress)
    if as_json:
        print_json(found.as_data())
        return
    for problem in found.problems:
        click.echo(problem, err=True)
    print_pairs(
        [
            ("sessions", ", ".join(found.sessions)),
            ("messages", found.messages),
            ("events", found.events),
            ("garbled", found.garbled),
            ("imported before", f"{found.known_bytes} bytes" if found.known_bytes else ""),
            ("next", f"fixgate audit search --data-dir {data_dir}"),
        ]
    )
