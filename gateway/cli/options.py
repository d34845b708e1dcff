"""Options that many commands share, and what they lead to.

Owns --config, --data-dir, --json and --reason: one spelling, one meaning.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from gateway.config.locate import locate
from gateway.control.client import ANSWER_TIMEOUT_S, ControlClient
from gateway.control.errors import DeskError

DEFAULT_CONFIG: Final = "fixgate.toml"
TOKEN_VARIABLE: Final = "FIXGATE_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable with the token of the operator who gives the command."""
_Command = TypeVar("_Command", bound=Callable[..., Any])

config_option = click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path),
    envvar="FIXGATE_CONFIG",
    default=DEFAULT_CONFIG,
    show_default=True,
    show_envvar=True,
    help="The configuration file.",
)
data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    default=None,
    help="The gateway's data folder, over what the configuration says.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def place_options(command: _Command) -> _Command:
    """--config and --data-dir: which gateway is meant."""
    return config_option(data_dir_option(command))


def reason_option(required: bool) -> Callable[[_Command], _Command]:
    """--reason: kept in the journal beside who did it."""
    text = "Why; kept in the journal."
    if not required:
        return click.option("--reason", default="", help=text)
    return click.option("--reason", required=True, callback=not_blank, help=text)


def not_blank(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse a reason that says nothing."""
    if value is not None and not value.strip():
        raise click.BadParameter("say why in a few words", ctx, parameter)
    return value


def control(
    config: Path, data_dir: Path | None, timeout_s: float = ANSWER_TIMEOUT_S
) -> ControlClient:
    """A client of the running gateway that waits so long for an answer; a configuration with
    mistakes does not matter here.
    """
    socket = locate(config, data_dir).control_socket
    return ControlClient(socket, timeout_s, _token())


def _token() -> str:
    """What no header can hold is refused here, and not shown: most of it may be the secret."""
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not (token.isascii() and token.isprintable()):
        text = f"{TOKEN_VARIABLE} is no token, which is one line of letters, digits, _ - and a dot"
        raise DeskError("BAD_TOKEN", text, "set it to the one that `fixgate operators` printed")
    return token
