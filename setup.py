"""With FIXGATE_COMPILE=1 the modules on an order's way are compiled by mypyc; plain otherwise.

The source is the same; which modules those are stands in pyproject.toml, [tool.fixgate].
"""

import os
import tomllib
from pathlib import Path
from typing import Any

from setuptools import setup


def extensions() -> list[Any]:
    """What to compile: nothing, or the modules of [tool.fixgate]."""
    if os.environ.get("FIXGATE_COMPILE") != "1":
        return []
    from mypyc.build import mypycify  # noqa: PLC0415 - needed, and installed, for this build only

    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    return list(mypycify([*project["tool"]["fixgate"]["compiled"]], opt_level="3"))


setup(ext_modules=extensions())
