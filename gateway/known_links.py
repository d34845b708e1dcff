"""Which session of the journal is one of the configuration: by name, role, version and CompIDs.

A session that changes one of them is another session, with numbers of its own; if it changes back,
it goes on where it stood.
"""

from collections.abc import Iterator
from typing import Final

from gateway.config import (
    AcceptorLink,
    Client,
    Config,
    DropCopy,
    FixBroker,
    FixInitiator,
    MarketData,
)
from gateway.events import LinkDefined
from gateway.link_numbers import LinkNumbers
from gateway.state import State
from gateway.templates import known_clients

Identity = tuple[str, str, str, str]
Session = AcceptorLink | FixInitiator

CLIENT: Final = "client"
DROP_COPY: Final = "drop_copy"
BROKER: Final = "broker"
MARKET_DATA: Final = "market_data"
ROLES: Final[dict[type[Session], str]] = {
    Client: CLIENT,
    DropCopy: DROP_COPY,
    FixBroker: BROKER,
    MarketData: MARKET_DATA,
}


def definition(session: Session) -> LinkDefined:
    """The fact that makes a session known; its number is still to be given."""
    role = ROLES[type(session)]
    comp_ids = session.sender_comp_id, session.target_comp_id
    return LinkDefined(0, session.name, role, session.begin_string, *comp_ids)


def whose(defined: LinkDefined) -> Identity:
    """Whose numbers they are, whatever it is called."""
    return (
        defined.role,
        defined.begin_string,
        defined.sender_comp_id,
        defined.target_comp_id,
    )


def same_session(one: Session, other: Session) -> bool:
    """The same role, version and CompIDs."""
    return whose(definition(one)) == whose(definition(other))


class KnownLinks:
    """Those of the journal, to be found by their definition."""

    def __init__(self, state: State) -> None:
        links = state.links.values()
        self._links = {(k.defined.name, *whose(k.defined)): k for k in links}

    def get(self, wanted: LinkDefined) -> LinkNumbers | None:
        """The link of this definition."""
        return self._links.get((wanted.name, *whose(wanted)))

    def of(self, session: Session) -> LinkNumbers:
        """That of a session which has been defined."""
        found = self.get(definition(session))
        assert found is not None, f"session {session.name} is not defined"
        return found


def sessions_of(config: Config, state: State) -> list[Session]:
    """All FIX sessions of a configuration, those among them that templates have made."""
    brokers = [broker for broker in config.brokers if isinstance(broker, FixBroker)]
    return [*known_clients(config, state), *config.drop_copies, *brokers, *config.market_data]


def gone(config: Config, state: State) -> dict[tuple[str, ...], str]:
    """The names of sessions that are not configured any more and have used numbers, by identity."""
    names = {session.name for session in sessions_of(config, state)}
    return {
        whose(k.defined): k.defined.name
        for k in state.links.values()
        if k.defined.name not in names and (k.next_in, k.next_out) != (1, 1)
    }


def renamed(config: Config, state: State) -> Iterator[str]:
    """A session under a new name begins at number 1: the counterparty would send again all it ever
    sent, and the orders among it would be new ones. One line for each of which that may be feared.
    """
    known = KnownLinks(state)
    old_names = gone(config, state)
    for session in sessions_of(config, state):
        wanted = definition(session)
        old = old_names.get(whose(wanted), "")
        if old and known.get(wanted) is None and not session.sub_ids_identify:
            yield keep_the_name(session.name, old)


def keep_the_name(name: str, old: str) -> str:
    """Why a session cannot be called so, and what to do."""
    return (
        f"{name}: has the CompIDs of {old}, and by another name its numbers would begin at 1 again:"
        f" name it {old}. Or run `fixgate sessions disable {old}` and `fixgate sessions reset"
        f" {old}` when the counterparty begins at 1 as well, and rename it then"
    )
