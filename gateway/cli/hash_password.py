"""`fixgate hash-password`: what the configuration keeps of a client's password."""

from __future__ import annotations

import sys
from typing import Final

import click

from gateway.cli.failures import FAILED

LENGTH_MAX: Final = 1024


@click.command("hash-password")
def hash_password() -> None:
    """Read a client's password and print the hash for its password_hash.

    Asks for it twice on a terminal, without showing it; else standard input is one line, the
    password.
    """
    from gateway import passwords  # noqa: PLC0415 - argon2 is for this command only

    password = _asked() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    problem = _problem(password)
    if problem:
        click.echo(problem, err=True)
        sys.exit(FAILED)
    click.echo(passwords.hash_password(password))


def _asked() -> str:
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return password


def _problem(password: str) -> str:
    if not password:
        return "there is no password: type it, or send it as one line of standard input"
    if not all(" " <= letter <= "~" for letter in password):
        return "a password must be printable ASCII, for it goes over FIX"
    if len(password) > LENGTH_MAX:
        return f"a password has at most {LENGTH_MAX} characters"
    return ""
