"""The versions of FIX: their dictionaries' names, and their ApplVerID(1128) in FIXT sessions.

Tables only; knows no dictionary and no session.
"""

from types import MappingProxyType
from typing import Final

FIXT: Final = "FIXT.1.1"

APPL_VER_IDS: Final = MappingProxyType(
    {
        "FIX.4.0": "2",
        "FIX.4.1": "3",
        "FIX.4.2": "4",
        "FIX.4.3": "5",
        "FIX.4.4": "6",
        "FIX.5.0": "7",
        "FIX.5.0SP1": "8",
        "FIX.5.0SP2": "9",
        "FIX.Latest": "10",
    }
)
"""Application version to ApplVerID(1128)."""

_SPECS: Final = MappingProxyType({"FIX.Latest": "FIX50SP2"})


def spec_name(version: str) -> str:
    """The name in fix_specs.VERSIONS of a version's file; FIX.Latest is read by the last one."""
    return _SPECS.get(version, version.replace(".", ""))


def version_of(appl_ver_id: str) -> str:
    """The version with this ApplVerID(1128), "" for none."""
    for version, known in APPL_VER_IDS.items():
        if known == appl_ver_id:
            return version
    return ""
