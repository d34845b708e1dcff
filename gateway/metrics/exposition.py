"""The text format of Prometheus (version 0.0.4): families of samples as lines.

Knows no gateway.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

Labels = Mapping[str, str]
Sample = tuple[Labels, int | float]


@dataclass(frozen=True, slots=True)
class Family:
    """A metric's name, what kind it is, and what it says."""

    name: str
    kind: Literal["counter", "gauge"]
    help: str


def head(family: Family) -> str:
    """The lines before a family's samples."""
    return f"# HELP {family.name} {family.help}\n# TYPE {family.name} {family.kind}\n"


def lines(family: Family, samples: Iterable[Sample]) -> Iterator[str]:
    """A line each; the labels of two samples must differ."""
    for labels, value in samples:
        named = ",".join(f'{key}="{text.translate(_ESCAPES)}"' for key, text in labels.items())
        yield f"{family.name}{{{named}}} {value!r}\n" if named else f"{family.name} {value!r}\n"
