"""Loads the dictionaries of sessions: built in or from files, changed by dialects.

Owns which file counts for which part of a session. Raises DictionaryError; that the files are
there the configuration has checked.
"""

from collections.abc import Hashable, Iterable
from pathlib import Path

import fix_specs
from gateway.config.clients import Client
from gateway.config.fix_link import FixLink
from gateway.config.rules import Route
from sessions.dialect_file import DialectFile, apply_dialect, read_dialect
from sessions.dictionary import Dictionary, builtin_of, fixt, made_of, read_dictionary
from sessions.dictionary_file import DictionaryFile
from sessions.versions import APPL_VER_IDS, FIXT, spec_name


class Dictionaries:
    """Those loaded so far; sessions that ask for the same share one."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Dictionary] = {}

    def of(self, link: FixLink) -> Dictionary:
        """The dictionary of a session."""
        version = link.default_appl_ver_id or ""
        if not link.files and not link.dialect:
            return builtin_of(link.begin_string, version, link.appl_ver_ids)
        others = tuple(link.appl_dictionaries.items())
        versions = (link.begin_string, version, link.appl_ver_ids)
        key = (versions, link.dictionary, link.transport_dictionary, others, link.dialect)
        if key not in self._known:
            made = _fixt_session(link) if link.begin_string == FIXT else _session(link)
            self._known[key] = made
        return self._known[key]

    def of_route(self, route: Route, clients: Iterable[Client]) -> list[Dictionary]:
        """Those of the clients whose orders a route may take."""
        sending = [client for client in clients if not route.client or client.name in route.client]
        return [self.of(client) for client in sending]


def _session(link: FixLink) -> Dictionary:
    file = _read(link.dictionary, link.begin_string)
    dialect = _dialect(link)
    if dialect is not None:
        apply_dialect(dialect, file)
    return made_of(file)


def _fixt_session(link: FixLink) -> Dictionary:
    version = link.default_appl_ver_id
    assert version is not None, f"{link.target_comp_id}: a FIXT session without a version"
    transport = _read(link.transport_dictionary, FIXT)
    application = _read(link.dictionary, version)
    dialect = _dialect(link)
    if dialect is not None:
        apply_dialect(dialect, transport, application, adds=False)
        apply_dialect(dialect, application, transport)
    applications = {APPL_VER_IDS[version]: made_of(application)}
    for other in link.appl_ver_ids:
        if other != version:
            path = link.appl_dictionaries.get(other)
            applications[APPL_VER_IDS[other]] = made_of(_read(path, other))
    return fixt(made_of(transport), applications, APPL_VER_IDS[version])


def _read(path: Path | None, version: str) -> DictionaryFile:
    name = spec_name(version)
    if path is None:
        return read_dictionary(fix_specs.open_spec(name), name)
    return read_dictionary(path.read_bytes(), str(path))


def _dialect(link: FixLink) -> DialectFile | None:
    if not link.dialect:
        return None
    if link.dialect in fix_specs.DIALECTS:
        return read_dialect(fix_specs.open_dialect(link.dialect), link.dialect)
    return read_dialect(Path(link.dialect).read_bytes(), link.dialect)
