"""Readable lines of the messages of chosen sessions, in the process log: `< 35=D|...` came, `> ...`
left. The journal has every message anyway; this is for watching. Secrets are blanked as there.
"""

from collections.abc import Iterable, Mapping

import structlog

from gateway.config.fix_link import FixLink
from gateway.link import Link
from gateway.secrets import blanked
from sessions.framing import Garbled
from sessions.transport import Connection

log = structlog.get_logger("fixgate")


class MessageLog:
    """`names`: the sessions whose messages are written, by their connection; nothing else is looked
    at while it is empty. `by_default` holds for sessions whose settings say nothing.
    """

    def __init__(self) -> None:
        self.names: dict[Connection, str] = {}
        self.by_default = False

    def renew(self, by_default: bool, links: Iterable[Link]) -> None:
        """Go by another configuration."""
        self.by_default = by_default
        for link in links:
            self.follow(link)

    def follow(self, link: Link) -> None:
        """Begin or end with a session that has a connection, as its settings are now."""
        connection = link.connection
        if connection is None:
            return
        config = link.session.config
        wanted = config.log_messages if isinstance(config, FixLink) else None
        if self.by_default if wanted is None else wanted:
            self.names[connection] = link.name
        else:
            self.forget(connection)

    def forget(self, connection: Connection) -> None:
        """The connection is gone."""
        self.names.pop(connection, None)

    def received(self, link: Link, items: Iterable[bytes | Garbled]) -> None:
        """What came at once on a session's connection."""
        if link.connection not in self.names:
            return
        for item in items:
            if isinstance(item, Garbled):
                text = readable(blanked(item.raw, garbled=True))
                log.info(f"< {text}", session=link.name, garbled=item.reason)
            else:
                log.info(f"< {message_text(item)}", session=link.name)

    def sent(self, writes: Mapping[Connection, list[bytes]]) -> None:
        """What leaves now, durable, by connection."""
        for connection, frames in writes.items():
            name = self.names.get(connection)
            if name is not None:
                for frame in frames:
                    log.info(f"> {message_text(frame)}", session=name)


def message_text(frame: bytes) -> str:
    """A message from MsgType(35) to the field before CheckSum(10), without its secrets."""
    begin = frame.find(b"\x0135=") + 1
    end = frame.rfind(b"\x0110=")
    return readable(blanked(frame)[begin : end if end > begin else len(frame)])


def readable(data: bytes) -> str:
    """Bytes with | for SOH, and nothing that could steer a terminal or end a line."""
    text = data.decode("latin-1").replace("\x01", "|")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
