"""Fuzzes for a bounded time: `python -m tools.fuzz --seconds 60` (needs `pip install -e .[fuzz]`).

Each target runs in a process of its own, guided by what the bytes reach in `sessions`. An input
that breaks a promise is printed and kept in tests/data/fuzz, where the tests try it again.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

SEEDS: Final = Path(__file__).resolve().parents[2] / "tests" / "data" / "fuzz"
TARGETS: Final = ("framing", "decode", "session")
INPUT_BYTES_MAX: Final = 4096


def fuzz(target: str, seconds: int, seeds: Path) -> None:
    """Fuzz one target; does not return: the fuzzer ends the process."""
    try:
        import atheris  # noqa: PLC0415 - an extra: only this command needs it
    except ImportError as error:
        raise SystemExit(f"{error}: run `make fuzz`, or pip install -e .[fuzz]") from None

    with atheris.instrument_imports(include=["sessions", "tools.fuzz.targets"]):
        from tools.fuzz import targets  # noqa: PLC0415 - instrumented as it is imported

    with tempfile.TemporaryDirectory() as corpus:
        options = [
            f"-max_total_time={seconds}",
            f"-max_len={INPUT_BYTES_MAX}",
            f"-artifact_prefix={seeds}/",
            "-timeout=10",
            "-print_final_stats=1",
            "-verbosity=1",
        ]
        atheris.Setup([target, *options, corpus, str(seeds)], targets.TARGETS[target])
        atheris.Fuzz()


def run(target: str, seconds: int, folder: Path) -> list[Path]:
    """Fuzz one target in a process of its own; the new inputs that break it."""
    seeds = folder / target
    seeds.mkdir(parents=True, exist_ok=True)
    known = set(seeds.iterdir())
    command = [sys.executable, "-m", "tools.fuzz", "--seeds", str(folder)]
    done = subprocess.run(
        [*command, "--target", target, "--seconds", str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    lines = done.stdout.splitlines()
    new = sorted(set(seeds.iterdir()) - known)
    if done.returncode:
        print("\n".join(lines[-40:]))
    print(f"{target}: {_runs(lines)} inputs, {len(new)} broke it")
    for path in new:
        print(f"  {path}: {path.read_bytes()!r}")
    if done.returncode and not new:
        raise SystemExit(f"{target}: the fuzzer failed with {done.returncode}")
    return new


def _runs(lines: list[str]) -> str:
    found = [line.split()[-1] for line in lines if "number_of_executed_units" in line]
    return found[0] if found else "no"


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="for all targets together")
    parser.add_argument("--seeds", type=Path, default=SEEDS, help="where inputs are kept")
    parser.add_argument("--target", choices=TARGETS, help="this one, in this process")
    arguments = parser.parse_args()
    if arguments.target:
        fuzz(arguments.target, arguments.seconds, arguments.seeds / arguments.target)
        return 0
    share = max(arguments.seconds // len(TARGETS), 1)
    broken = [path for target in TARGETS for path in run(target, share, arguments.seeds)]
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
