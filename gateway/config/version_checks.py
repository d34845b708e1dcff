"""Checks of FIX versions: which there are, and that settings of FIXT sessions stand there only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.config.fix_link import FixLink
from gateway.config.problems import Problem
from sessions.versions import APPL_VER_IDS, FIXT

BEGIN_STRINGS: Final = ("FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", FIXT)
_BEFORE_44: Final = BEGIN_STRINGS[:4]
_FIXT_ONLY: Final = ("default_appl_ver_id", "appl_ver_ids", "transport_dictionary")


def version_problems(section: str, index: int, link: FixLink) -> Iterator[Problem]:
    """What is wrong with the versions of one session."""
    for name in ("mass_status", "position_accounts"):
        if getattr(link, name, False) and link.begin_string in _BEFORE_44:
            text = f"is for FIX.4.4 and later, this one is {link.begin_string}"
            yield Problem((section, index, name), text)
    if link.begin_string not in BEGIN_STRINGS:
        text = f'must be {" or ".join(BEGIN_STRINGS)}, not "{link.begin_string}"'
        if link.begin_string in APPL_VER_IDS:
            text += f': write "{FIXT}", and default_appl_ver_id = "{link.begin_string}"'
        yield Problem((section, index, "begin_string"), text)
    elif link.begin_string == FIXT:
        yield from _fixt_problems(section, index, link)
    else:
        for name in (*_FIXT_ONLY, "appl_dictionaries"):
            if getattr(link, name):
                text = f"is for {FIXT} sessions, this one is {link.begin_string}"
                yield Problem((section, index, name), text)


def _fixt_problems(section: str, index: int, link: FixLink) -> Iterator[Problem]:
    if link.default_appl_ver_id is None:
        text = f'must be set in a {FIXT} session, for example to "FIX.5.0SP2"'
        yield Problem((section, index, "default_appl_ver_id"), text)
    for version in link.appl_dictionaries:
        if version not in link.appl_ver_ids:
            text = f'"{version}" is not among appl_ver_ids'
            yield Problem((section, index, "appl_dictionaries"), text)
