"""The `fixgate` command. Its table of commands is the documentation of what there is.

Owns the names, their one-line helps and where each lives. A command's module is loaded only when
that command is asked for, so that help is fast and a broken part can't take the others along.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, Final

import click

# name -> (module:attribute, one line of help)
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "init": ("gateway.cli.init:init", "Write a complete, commented configuration."),
    "check": ("gateway.cli.check:check", "List every problem of the configuration."),
    "hash-password": (
        "gateway.cli.hash_password:hash_password",
        "Print the hash of a client's password.",
    ),
    "run": ("gateway.cli.run:run", "Run the gateway."),
    "reload": ("gateway.cli.reload:reload", "Apply the changed configuration without a restart."),
    "demo": ("tools.demo:demo", "Show the main job: gateway, broker, clients, 200 orders."),
    "status": ("gateway.cli.status:status", "Show the gateway as a whole."),
    "health": ("gateway.cli.health:health", "Tell whether it is alive, or ready for orders."),
    "sessions": ("gateway.cli.sessions:sessions", "List and manage FIX sessions."),
    "orders": ("gateway.cli.orders:orders", "List, cancel and settle orders."),
    "positions": (
        "gateway.cli.positions:positions",
        "List, import and adjust positions, and reconcile a broker's.",
    ),
    "prices": ("gateway.cli.prices:prices", "List the prices that are known, or state one."),
    "risk": ("gateway.cli.risk:risk", "Show what the checks say of an order, and what is left."),
    "route": ("gateway.cli.route:route", "Show which broker an order goes to, and why."),
    "brokers": (
        "gateway.cli.brokers:brokers",
        "List brokers, and say which get orders.",
    ),
    "limits": (
        "gateway.cli.limits:limits",
        "List and change limits, and override them for a time.",
    ),
    "exposure": (
        "gateway.cli.exposure:exposure",
        "Show what is at risk now, and how much of the limits is used.",
    ),
    "day": ("gateway.cli.day:day", "Show the business date, and let it roll."),
    "alarms": ("gateway.cli.alarms:alarms", "List and acknowledge alarms, test who is told."),
    "halt": ("gateway.cli.halt:halt", "Refuse new orders until somebody resumes."),
    "halts": ("gateway.cli.halts:halts", "List halts, and what their cancels have left open."),
    "breakers": ("gateway.cli.breakers:breakers", "List, show, trip and reset circuit breakers."),
    "resume": ("gateway.cli.resume:resume", "Lift a halt."),
    "operators": (
        "gateway.cli.operators:operators",
        "List, issue, rotate and revoke named operators.",
    ),
    "approvals": (
        "gateway.cli.approvals:approvals",
        "Show and decide what waits for a second person.",
    ),
    "news": ("gateway.cli.news:news", "Tell clients something over their sessions."),
    "audit": ("gateway.cli.audit:audit", "Search, verify, rebuild and export the record."),
    "replay": ("gateway.cli.replay:replay", "Play a stretch of the record back, as JSON lines."),
    "backup": ("gateway.cli.backup:backup", "Copy journal and configuration, and verify the copy."),
    "decode": ("gateway.cli.decode:decode", "Turn raw FIX into a readable table."),
}
TRACEBACK_VARIABLE: Final = "FIXGATE_TRACEBACK"


class Commands(click.Group):
    """The top-level group: loads a command when it is asked for, maps failures to exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get(TRACEBACK_VARIABLE):
                raise
            from gateway.cli.failures import report  # noqa: PLC0415 - only a failure needs it

            sys.exit(report(error))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fixgate", message="%(package)s %(version)s")
def main() -> None:
    """A FIX order gateway: sessions, pre-trade risk, routing, and a record of every message.

    Exit codes: 0 done, 1 failed, 2 bad usage or configuration, 3 the gateway is not running or does
    not answer, 4 it waits for a second person.
    """
