"""With FIXGATE_COMPILE=1 the modules on an order's way are compiled by mypyc; plain otherwise.

The source is the same; which modules those are stands in pyproject.toml, [tool.fixgate].
FIXGATE_COMPILE_LEVEL=0 has the compiler optimise nothing, for tests: it takes less time.
"""

import os
import tomllib
from itertools import chain
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

from setuptools import setup
from setuptools.command.build_ext import build_ext


def extensions() -> list[Any]:
    """What to compile: nothing, or the modules of [tool.fixgate]."""
    if os.environ.get("FIXGATE_COMPILE") != "1":
        return []
    from mypyc.build import mypycify  # noqa: PLC0415 - needed, and installed, for this build only

    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    level = os.environ.get("FIXGATE_COMPILE_LEVEL", "3")
    modules = [*project["tool"]["fixgate"]["compiled"]]
    # A file of C a module: one of all is compiled by one core, and takes far more than their sum.
    made = list(mypycify(modules, opt_level=level, debug_level="0", multi_file=True))
    for extension in made:  # nobody outside calls their functions, so calls among them are direct
        extension.extra_compile_args.append("-fvisibility=hidden")
    return made


class BuildOnAllCores(build_ext):
    """The C files of an extension are compiled side by side."""

    def build_extensions(self) -> None:
        """As setuptools does, with as many compilers as there are cores."""
        compile_all = self.compiler.compile

        def compile_each(sources: list[str], **options: Any) -> list[str]:
            with ThreadPool(os.cpu_count()) as pool:
                made = pool.map(lambda source: compile_all([source], **options), sources, 1)
            return list(chain.from_iterable(made))

        self.compiler.compile = compile_each
        super().build_extensions()


setup(ext_modules=extensions(), cmdclass={"build_ext": BuildOnAllCores})
