"""The dialects of sessions: what their FIX version says differently about orders, and what their
dictionary has of accounts and parties.

Sessions of one version and dictionary share one.
"""

from collections.abc import Iterable, Mapping

from gateway.config import Client, Config
from gateway.config.fix_link import FixLink
from gateway.dictionaries import Dictionaries
from gateway.translate.accounts import AccountFields
from gateway.translate.dialects import DIALECTS, Dialect
from gateway.translate.passing import Groups
from sessions.dictionary import Dictionary

_Key = tuple[str, Dictionary, bool]


class SessionDialects:
    """Those of a configuration, each made when first asked for."""

    def __init__(self, config: Config, dictionaries: Dictionaries) -> None:
        self._config = config
        self._dictionaries = dictionaries
        self._made: dict[_Key, Dialect] = {}
        self._all_groups: Mapping[str, frozenset[str]] | None = None

    def of(self, link: FixLink) -> Dialect:
        """That of the version we send: in FIXT sessions an application version of its own."""
        version = link.default_appl_ver_id or link.begin_string
        dictionary = self._dictionaries.of(link)
        takes_orders = not isinstance(link, Client)
        key = (version, dictionary, takes_orders)
        if key not in self._made:
            senders = self._of_sessions(self._config.clients) if takes_orders else []
            fields = AccountFields(dictionary, self._groups(), senders)
            self._made[key] = DIALECTS[version].in_session(fields)
        return self._made[key]

    def _groups(self) -> Mapping[str, frozenset[str]]:
        """The repeating groups of all sessions."""
        if self._all_groups is None:
            self._all_groups = Groups(self._of_sessions(self._config.fix_links)).tags
        return self._all_groups

    def _of_sessions(self, links: Iterable[FixLink]) -> list[Dictionary]:
        return list(dict.fromkeys(self._dictionaries.of(link) for link in links))
