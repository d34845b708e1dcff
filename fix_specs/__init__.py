"""What the FIX versions say, as data: one QuickFIX-format XML file a version.

Only lists and opens the files; reading them is the business of `sessions.dictionary`. Knows no
other package.
"""

from importlib import resources
from types import MappingProxyType
from typing import Final

VERSIONS: Final = MappingProxyType(
    {
        "FIX40": "FIX40.xml",
        "FIX41": "FIX41.xml",
        "FIX42": "FIX42.xml",
        "FIX43": "FIX43.xml",
        "FIX44": "FIX44.xml",
        "FIX50": "FIX50.xml",
        "FIX50SP1": "FIX50SP1.xml",
        "FIX50SP2": "FIX50SP2.xml",
        "FIXT11": "FIXT11.xml",
    }
)
"""Name of a version, as configurations use it, to its file."""

DIALECTS: Final = MappingProxyType(
    {
        "alpaca": "dialects/alpaca.xml",
        "binance": "dialects/binance.xml",
        "example": "dialects/example.xml",
        "linked_orders": "dialects/linked_orders.xml",
    }
)
"""Name of a dialect, as configurations use it, to its file."""


def open_spec(name: str) -> bytes:
    """The XML text of a version; KeyError names the versions there are."""
    if name not in VERSIONS:
        raise KeyError(f"no FIX version {name!r}; there are {', '.join(VERSIONS)}")
    return resources.files(__name__).joinpath(VERSIONS[name]).read_bytes()


def open_dialect(name: str) -> bytes:
    """The XML text of a dialect; KeyError names the dialects there are."""
    if name not in DIALECTS:
        raise KeyError(f"no dialect {name!r}; there are {', '.join(DIALECTS)}")
    return resources.files(__name__).joinpath(DIALECTS[name]).read_bytes()
