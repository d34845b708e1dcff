"""A FIX acceptor that sends orders back, for conformance suites: the session core and nothing else.

    python -m tools.echo_acceptor --profile PROFILE.json --port 5001

The profile lists the sessions and settings that a suite is written for. NewOrderSingle(D),
SecurityDefinition(d) and Email(C) come back with the same body; other application messages are
refused. Fields are written in ascending order of tags, as such suites expect. Remembers nothing.
"""

import argparse
import asyncio
import json
import signal
from pathlib import Path
from time import time_ns
from typing import Any, Final

from sessions.acceptor import Acceptor
from sessions.config import SessionConfig
from sessions.dictionary import Dictionary, builtin_of
from sessions.fields import MSG_SEQ_NUM, POSS_RESEND, SOH
from sessions.framing import Framer
from sessions.groups import GroupReader, split_pairs
from sessions.message import Message, encode, parse
from sessions.sequence import Numbers
from sessions.session import Session, identify
from sessions.transport import Connection
from tools.memory_link import MemoryLink

ECHOED: Final = frozenset(("D", "d", "C"))
UNSUPPORTED: Final = 3
TICK_S: Final = 0.05
_CL_ORD_ID: Final = "11"
_FRAMED: Final = frozenset(("8", "9", "35", "10"))


def session_config(session: dict[str, Any], settings: dict[str, Any]) -> SessionConfig:
    """The settings of a session as the suites want them; a session's own go over the profile's."""
    wanted = {**settings, **session}
    return SessionConfig(
        begin_string=wanted["begin_string"],
        sender_comp_id=wanted["sender_comp_id"],
        target_comp_id=wanted["target_comp_id"],
        role="acceptor",
        default_appl_ver_id=wanted.get("default_appl_ver_id"),
        reset_on_logon=wanted.get("reset_on_logon", True),
        max_latency_s=wanted.get("check_latency_seconds", 120),
        sending_time_digits=wanted.get("sending_time_decimals", 3),
        check_fields_have_values=wanted.get("validate_fields_have_values", True),
        check_checksum=wanted.get("validate_checksum", True),
        reject_garbled=wanted.get("reject_garbled_messages", False),
        check_user_defined_fields=True,
        framing="swallow",
        quirks=("low_resend_request",),
        send_session_status=False,
        fill_gap_before_logout=False,
        logout_on_timeout=False,
        logout_timeout_s=2.0,
    )


def in_tag_order(frame: bytes, dictionary: Dictionary) -> bytes:
    """The frame with header and body fields ascending; a group stays together at its count tag."""
    message = parse(frame, dictionary.data_fields)
    assert isinstance(message, Message), f"we made a garbled message: {frame!r}"
    pairs = [pair for pair in split_pairs(message) if pair[0] not in _FRAMED]
    definition = dictionary.messages[message.msg_type]
    reader = GroupReader(pairs, False)
    units: list[list[tuple[str, str]]] = []
    at = 0
    while at < len(pairs):
        group = definition.groups.get(pairs[at][0])
        end = at + 1 if group is None else reader.read(at, group)[1]
        units.append(pairs[at:end])
        at = end
    header = dictionary.header_tags
    units.sort(key=lambda unit: (unit[0][0] not in header, int(unit[0][0])))
    fields = "".join(f"{tag}={value}{SOH}" for unit in units for tag, value in unit)
    return encode(message.fields["8"], f"35={message.msg_type}{SOH}{fields}")


class Echo:
    """One session, its connection and the orders it has seen."""

    def __init__(self, config: SessionConfig, dictionary: Dictionary) -> None:
        self._dictionary = dictionary
        session = Session(config, dictionary, Numbers(), test_req_id="TEST")
        self.link = MemoryLink(session, time_ns, self._deliver)
        self.connection: Connection | None = None
        self._seen: set[str] = set()

    def attach(self, connection: Connection, framer: Framer) -> None:
        """The session has a connection."""
        self.connection = connection
        self._seen.clear()
        self.link.attach(self, framer)

    def detach(self) -> None:
        """The connection is gone."""
        self.connection = None
        self.link.detach()

    def write(self, data: bytes) -> None:
        """Send a frame."""
        if self.connection is not None:
            self.connection.write(in_tag_order(data, self._dictionary))

    def close(self, why: str) -> None:
        """Close the connection."""
        if self.connection is not None:
            self.connection.close(why)

    def _deliver(self, message: Message, _problem: str) -> None:
        kind = message.msg_type
        if kind in ("3", "j"):
            return
        if kind not in ECHOED:
            self._refuse(message)
            return
        cl_ord_id = message.fields.get(_CL_ORD_ID, "")
        again = message.fields.get(POSS_RESEND) == "Y"
        if kind == "D" and again and cl_ord_id in self._seen:
            return
        self._seen.add(cl_ord_id)
        outside = self._dictionary.header_tags | self._dictionary.trailer_tags
        fields = [pair for pair in split_pairs(message) if pair[0] not in outside]
        body = f"{POSS_RESEND}=Y{SOH}" if again else ""
        self.link.send(kind, body + "".join(f"{tag}={value}{SOH}" for tag, value in fields))

    def _refuse(self, message: Message) -> None:
        session = self.link.session
        old = session.begin_string in ("FIX.4.0", "FIX.4.1")
        text = "Unsupported message type" if old else "Unsupported Message Type"
        seq = message.fields[MSG_SEQ_NUM]
        assert seq, "delivered without MsgSeqNum(34)"
        self.link.perform([session.business_reject(message, UNSUPPORTED, text, "", time_ns())])


class EchoServer:
    """The port: finds the session of a connection's first message."""

    def __init__(self, profile: dict[str, Any]) -> None:
        self.sessions: dict[tuple[str, ...], Echo] = {}
        self.acceptor: Acceptor | None = None
        for session in profile["sessions"]:
            config = session_config(session, profile.get("settings", {}))
            version = config.default_appl_ver_id or ""
            dictionary = builtin_of(config.begin_string, version, config.appl_ver_ids)
            self.sessions[config.identity] = Echo(config, dictionary)
        self._echoes: dict[Connection, Echo] = {}
        self._strangers: dict[Connection, Framer] = {}

    def on_connected(self, connection: Connection) -> None:
        """Somebody is there."""
        self._strangers[connection] = Framer(swallow=True)

    def on_data(self, connection: Connection, data: bytes) -> None:
        """Bytes of a session, or of a stranger's first message."""
        echo = self._echoes.get(connection)
        if echo is not None:
            echo.link.feed(data)
            return
        framer = self._strangers[connection]
        items = framer.feed(data)
        if not items:
            return
        identity = identify(items[0]) if isinstance(items[0], bytes) else None
        echo = self.sessions.get(identity) if identity else None
        if echo is None or not echo.link.session.is_free:
            connection.close("no free session for the first message")
            return
        del self._strangers[connection]
        self._echoes[connection] = echo
        echo.attach(connection, framer)
        echo.link.take(items)
        if echo.link.session.logged_on and self.acceptor is not None:
            self.acceptor.identified(connection)

    def on_closed(self, connection: Connection, _why: str) -> None:
        """A connection is gone."""
        self._strangers.pop(connection, None)
        echo = self._echoes.pop(connection, None)
        if echo is not None and echo.connection is connection:
            echo.detach()

    def tick(self) -> None:
        """Time passes."""
        for echo in self.sessions.values():
            echo.link.tick()


async def serve(profile: dict[str, Any], host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    server = EchoServer(profile)
    server.acceptor = Acceptor(loop, server, host=host, port=port)
    await server.acceptor.start()
    ended = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, ended.set)
    while not ended.is_set():
        server.tick()
        try:
            await asyncio.wait_for(ended.wait(), TICK_S)
        except TimeoutError:
            continue
    await server.acceptor.stop("the server ends")


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", type=Path, required=True, help="JSON: sessions and settings")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    arguments = parser.parse_args()
    profile = json.loads(arguments.profile.read_text())
    asyncio.run(serve(profile, arguments.host, arguments.port))


if __name__ == "__main__":
    main()
