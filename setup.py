"""With FIXGATE_COMPILE=1 the modules on an order's way are compiled by mypyc; plain otherwise.

The source is the same; which modules those are stands in pyproject.toml, [tool.fixgate].
FIXGATE_COMPILE_LEVEL=0 has the compiler optimise nothing, for tests: it takes much less time.
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
    level = os.environ.get("FIXGATE_COMPILE_LEVEL", "3")
    modules = [*project["tool"]["fixgate"]["compiled"]]
    return list(mypycify(modules, opt_level=level, debug_level="0"))


setup(ext_modules=extensions())
