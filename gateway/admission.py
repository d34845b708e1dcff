"""Whether a connection may be a client's at all, whatever its Logon(A) says: where it comes from,
and which certificate it has shown.
"""

from gateway.config import AcceptorLink
from sessions.addresses import networks, within
from sessions.certificates import COMP_ID
from sessions.transport import Connection


def obstacle(client: AcceptorLink, connection: Connection) -> str:
    """Why not; "" if it may."""
    if client.allow_from and not within(connection.peer, networks(client.allow_from)):
        return f"{client.name} may not log on from there"
    if client.certificates:
        shown = connection.certificate
        if not shown:
            return f"{client.name} must show a certificate"
        if shown.isdisjoint(_wanted(client)):
            return f"{client.name} has another certificate than {', '.join(sorted(shown))}"
    return ""


def _wanted(client: AcceptorLink) -> set[str]:
    comp_id = client.target_comp_id
    return {
        name.replace(COMP_ID, comp_id.lower() if name.startswith("dns:") else comp_id)
        for name in client.certificates
    }
