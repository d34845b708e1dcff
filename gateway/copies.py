"""A drop copy as the core sees it: whose reports it gets, and what its version has of them."""

from collections.abc import Iterable, Mapping

from gateway.translate.dialects import Dialect


class DropCopy:
    """`scopes`: "firm", "client:X", "account:X", "symbol:X". `tags`: for each MsgType(35) that it
    gets, those that its dictionary has there.
    """

    __slots__ = ("_scopes", "dialect", "link", "name", "tags")

    def __init__(
        self,
        *,
        name: str,
        link: int,
        dialect: Dialect,
        scopes: Iterable[str],
        tags: Mapping[str, frozenset[str]],
    ) -> None:
        self.name = name
        self.link = link
        self.dialect = dialect
        self.tags = tags
        self._scopes = frozenset(scopes)

    def may_want(self, client_scopes: Iterable[str]) -> bool:
        """Whether any report of a client may be for it."""
        return self._wants_all(client_scopes) or any(
            scope.startswith(("account:", "symbol:")) for scope in self._scopes
        )

    def wants(self, client_scopes: Iterable[str], account: str, symbol: str) -> bool:
        """Whether a report of this client, Account(1) and Symbol(55) is for it."""
        return (
            self._wants_all(client_scopes)
            or f"account:{account}" in self._scopes
            or f"symbol:{symbol}" in self._scopes
        )

    def _wants_all(self, client_scopes: Iterable[str]) -> bool:
        return "firm" in self._scopes or not self._scopes.isdisjoint(client_scopes)
