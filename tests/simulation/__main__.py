"""`python -m tests.simulation --seeds 500 --start 1`: search for a seed that does not hold.

The same seed is the same run, so what is found can be looked at: `--seeds 1 --start SEED --trace`.
"""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from multiprocessing import Pool
from typing import Final

import click
from rich.console import Console
from rich.progress import track

from tests.simulation.simulation import Outcome, simulate

SHOWN_LINES: Final = 60
TOLD_EVERY: Final = 100
SEEDS_OF_A_PROCESS: Final = 500  # its first twenty cost twice as much: dictionaries are read
COLLECTED_EVERY: Final = 20  # seeds: looking for garbage all the time is a fifth of the time
HASH_SEED: Final = "PYTHONHASHSEED"


@click.command()
@click.option("--seeds", type=click.IntRange(1), default=500, show_default=True, help="How many.")
@click.option("--start", type=int, default=1, show_default=True, help="The first of them.")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, help="Processes.")
@click.option(
    "--database-every",
    type=int,
    default=10,
    show_default=True,
    help="Hold the audit database against the journal in every N-th; 0: in none.",
)
@click.option("--short", is_flag=True, help="End each after its first 300 messages: more seeds.")
@click.option("--sweep", "strategy", flag_value="sweep", help="Let orders sweep two brokers.")
@click.option("--split", "strategy", flag_value="split", help="Let them be split between two.")
@click.option("--trace", is_flag=True, help="Print what happened, also of seeds that hold.")
def main(
    seeds: int,
    start: int,
    jobs: int,
    database_every: int,
    short: bool,
    strategy: str | None,
    trace: bool,
) -> None:
    """Simulate the gateway with clients, broker, network, disk and clock, seed by seed."""
    if os.environ.get(HASH_SEED) != "0":  # sets are walked through in the same order each time
        command = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, HASH_SEED: "0"})
    console = Console(stderr=True)
    outcomes = []
    with Pool(jobs, gc.disable, maxtasksperchild=SEEDS_OF_A_PROCESS) as pool:
        numbers = range(start, start + seeds)
        one = partial(_one, database_every=database_every, short=short, strategy=strategy or "")
        found = pool.imap_unordered(one, numbers)
        for outcome in track(
            found, "seeds", seeds, console=console, disable=not console.is_terminal
        ):
            outcomes.append(outcome)
            if outcome.problem or trace:
                click.echo("\n".join(outcome.trace if trace else outcome.trace[-SHOWN_LINES:]))
            if outcome.problem:
                click.echo(f"seed {outcome.seed}: {outcome.problem}")
            if not console.is_terminal and len(outcomes) % TOLD_EVERY == 0:
                click.echo(f"{len(outcomes)} of {seeds} seeds")
    bad = sorted(outcome.seed for outcome in outcomes if outcome.problem)
    click.echo(
        f"{seeds} seeds, {sum(o.events for o in outcomes)} events (at least"
        f" {min(o.events for o in outcomes)} a seed), {sum(o.orders for o in outcomes)} orders,"
        f" {sum(o.starts for o in outcomes)} starts of the gateway,"
        f" {sum(o.compared for o in outcomes)} comparisons with the journal,"
        f" {sum(o.segments for o in outcomes)} with what a segment begins with,"
        f" {sum(o.unknown for o in outcomes)} orders left unknown: "
        + (f"{len(bad)} do not hold: {bad}" if bad else "all hold")
    )
    sys.exit(1 if bad else 0)


def _one(seed: int, database_every: int, short: bool, strategy: str) -> Outcome:
    if seed % COLLECTED_EVERY == 0:
        gc.collect()
    database = bool(database_every) and seed % database_every == 0
    return simulate(seed, database=database, short=short, strategy=strategy)


if __name__ == "__main__":
    main()
