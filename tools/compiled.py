"""A copy of the program whose modules on an order's way are compiled by mypyc.

`python -m tools.compiled DEST` makes it (a minute or two, with a C compiler); the benchmark and the
tests of the compiled build run in such copies. To install it: FIXGATE_COMPILE=1 pip install.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final

from gateway import decide

HERE: Final = Path(__file__).resolve().parents[1]
COPIED: Final = ("docs", "fix_specs", "sessions", "store", "gateway", "tools", "tests")
FILES: Final = ("setup.py", "pyproject.toml", "README.md", "LICENSE", "Makefile")
LOG_LINES: Final = 12


class CompileError(Exception):
    """It cannot be compiled here; the text says why and what helps."""


def is_compiled() -> bool:
    """Whether the program that runs is compiled."""
    return not decide.__file__.endswith(".py")


def obstacle() -> str:
    """Why nothing can be compiled on this machine; "" if it can."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        return f"there is no C compiler ({compiler}): install one (Debian: gcc)"
    headers = Path(sysconfig.get_paths()["include"]) / "Python.h"
    if not headers.exists():
        return f"{headers} is missing: install Python's headers (Debian: python3-dev)"
    return ""


def build(destination: Path) -> Path:
    """Make the compiled copy in `destination`, which must not exist; raises CompileError."""
    why = obstacle()
    if why:
        raise CompileError(why)
    destination.mkdir(parents=True)
    for name in COPIED:
        shutil.copytree(HERE / name, destination / name, ignore=_left_out)
    for name in FILES:
        shutil.copy(HERE / name, destination / name)
    done = subprocess.run(
        [sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"],
        cwd=destination,
        env={**os.environ, "FIXGATE_COMPILE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-LOG_LINES:])
        raise CompileError(f"the compiler failed:\n{tail}")
    return destination


def _left_out(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "__pycache__" or name.endswith(".so")]


def main(arguments: list[str]) -> int:
    """Build into the folder named."""
    if len(arguments) != 1:
        print("usage: python -m tools.compiled DEST", file=sys.stderr)
        return 2
    try:
        built = build(Path(arguments[0]))
    except (CompileError, FileExistsError) as error:
        print(f"compiled: {error}", file=sys.stderr)
        return 1
    print(built)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
