"""How one process of this program starts another: with the same code, in whatever folder it runs.

Python looks for the modules of `-m` in the current folder first, where anybody may have left some.
"""

import os
import sys
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[1]


def module(name: str) -> list[str]:
    """The beginning of a command that runs a module of ours."""
    return [sys.executable, "-P", "-m", name]


def environment(**more: str) -> dict[str, str]:
    """This process's environment, in which our modules are found, and `more`."""
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **more}
