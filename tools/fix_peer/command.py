"""What the simulators share as commands: prices that are given, and serving until interrupted."""

from __future__ import annotations

import asyncio
import signal
from decimal import Decimal, InvalidOperation
from typing import Protocol

import click

from tools.fix_peer.samples import SAMPLE_PRICES


class Server(Protocol):
    """A counterparty that others connect to."""

    @property
    def port(self) -> int:
        """Where it listens."""

    async def start(self) -> None:
        """Listen; raises OSError."""

    async def stop(self) -> None:
        """Listen no more."""


def by_symbol(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    """An option's SYMBOL=VALUE pairs."""
    pairs = dict(value.partition("=")[::2] for value in values)
    bad = [symbol for symbol, value in pairs.items() if not symbol or not value]
    if bad:
        raise click.BadParameter(f"{bad[0]!r}: must be SYMBOL=VALUE")
    return pairs


def prices(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, Decimal]:
    """An option's SYMBOL=PRICE pairs, over the samples."""
    pairs = by_symbol(context, parameter, values)
    try:
        given = {symbol: Decimal(value) for symbol, value in pairs.items()}
        return {**SAMPLE_PRICES, **given}
    except InvalidOperation as error:
        raise click.BadParameter("must be SYMBOL=PRICE") from error


async def serve(server: Server, host: str, port: int) -> None:
    """Run until interrupted; raises ClickException if it cannot listen there."""
    try:
        await server.start()
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from error
    click.echo(f"listening on {host}:{server.port}", err=True)
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await stopping.wait()
    await server.stop()
