"""That somebody reads the record is recorded before anything is shown: by the gateway if it runs,
else in a small journal beside its own.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final, get_args

import click
from pydantic import ValidationError

from gateway.audit.access import require_journal
from gateway.audit.reads import record, recorded
from gateway.cli.audit_place import up_to_date, where_is, where_options
from gateway.cli.options import control, json_option
from gateway.cli.output import print_json, print_table, utc
from gateway.control.audit_models import Read, Reading
from gateway.control.errors import GatewayNotRunning
from gateway.control.peer import login_name
from store.queries import actions_named

BEFORE: Final = ("audit show",)
"""What commands were called when journals that are there were written."""
COMMANDS: Final[tuple[str, ...]] = (*get_args(Reading), *BEFORE)
_ABOUT: Final = frozenset({"who", "why", "what", "os_user"})


def record_reading(
    command: Reading, asked: dict[str, Any], *, config: Path, data_dir: Path | None, where: Path
) -> None:
    """`asked`: what was given, None for nothing; `where`: the data folder. Raises DeskError for an
    operator who may not read, StoreError where it cannot be recorded, and UsageError for what is
    too long to be.
    """
    require_journal(where)
    given = {name: str(value) for name, value in asked.items() if value is not None}
    try:
        ask = Read(command=command, asked=given)
    except ValidationError as error:
        [*_, name], fault = error.errors()[0]["loc"], error.errors()[0]["msg"]
        raise click.UsageError(f"{name}: {fault}: it could not be recorded") from None
    try:
        with control(config, data_dir) as client:
            client.record_read(ask)
    except GatewayNotRunning:
        record(where, login_name(os.geteuid()), command, given)


@click.command()
@where_options
@json_option
def reads(config: Path, data_dir: Path | None, database_url: str, as_json: bool) -> None:
    """List who searched, showed and exported the record, when, and what they asked for."""
    where = where_is(config, data_dir, database_url)
    with up_to_date(where) as database, database.reading() as connection:
        by_gateway = actions_named(connection, COMMANDS)
    found = [(row["time_ns"], json.loads(row["details"])) for row in by_gateway]
    found += recorded(where.data_dir)
    rows = [_row(time_ns, said) for time_ns, said in sorted(found, key=lambda item: item[0])]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("TIME (UTC)", "WHO", "COMMAND", "ASKED FOR"),
        [(utc(r["time_ns"]), r["who"], r["command"], _shown(r["asked"])) for r in rows],
        "nobody read the record",
    )


def _row(time_ns: int, said: dict[str, Any]) -> dict[str, Any]:
    asked = {name: value for name, value in said.items() if name not in _ABOUT}
    return {"time_ns": time_ns, "who": said["who"], "command": said["what"], "asked": asked}


def _shown(asked: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in asked.items())
