"""QuickFIX as a process: `python tests/interop/engine ROLE SETTINGS OPTIONS`, on QuickFIX's Python.

Commands come in and what happens goes out as JSON, one object a line. Knows nothing of fixgate.
OPTIONS: `logon` holds the fields that our Logon(A) has besides QuickFIX's, `password` is what a
counterparty's must have, `state` is the file that a broker keeps its orders in, `tls` chooses the
engine's TLS classes.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

import quickfix
from broker import Broker
from fields import built, optional, tree

CLASSES = {
    ("client", False): quickfix.SocketInitiator,
    ("broker", False): quickfix.SocketAcceptor,
    ("client", True): quickfix.SSLSocketInitiator,
    ("broker", True): quickfix.SSLSocketAcceptor,
}
Options = dict[str, Any]


class Application(quickfix.Application):
    """Tells of everything, and lets the broker answer orders."""

    def __init__(self, options: Options, broker: Broker | None) -> None:
        super().__init__()
        self.session: Any = None
        self._options = options
        self._broker = broker
        self._writing = threading.Lock()
        self._lines = os.fdopen(os.dup(sys.stdout.fileno()), "w")
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # QuickFIX prints what fails in TLS

    def tell(self, event: str, **values: Any) -> None:
        """Write a line."""
        with self._writing:
            print(json.dumps({"event": event, **values}), file=self._lines, flush=True)

    def send(self, message: quickfix.Message) -> None:
        """Give it to QuickFIX, which keeps it for the counterparty if there is none now."""
        quickfix.Session.sendToTarget(message, self.session)

    def onCreate(self, session: Any) -> None:  # noqa: N802 - QuickFIX calls it so
        self.session = quickfix.SessionID(
            session.getBeginString().getString(),
            session.getSenderCompID().getString(),
            session.getTargetCompID().getString(),
        )
        self.tell("created")

    def onLogon(self, session: Any) -> None:  # noqa: N802 - as above
        self.tell("logon")

    def onLogout(self, session: Any) -> None:  # noqa: N802 - as above
        self.tell("logout")

    def toAdmin(self, message: Any, session: Any) -> None:  # noqa: N802 - as above
        if _type(message) == "A":
            for tag, value in self._options.get("logon", {}).items():
                message.setField(int(tag), value)
        self._tell("out", message)

    def toApp(self, message: Any, session: Any) -> None:  # noqa: N802 - as above
        self._tell("out", message)

    def fromAdmin(self, message: Any, session: Any) -> None:  # noqa: N802 - as above
        self._tell("in", message)
        wanted = self._options.get("password")
        if wanted and _type(message) == "A" and optional(message, 554) != wanted:
            raise quickfix.RejectLogon("wrong password")

    def fromApp(self, message: Any, session: Any) -> None:  # noqa: N802 - as above
        self._tell("in", message)
        if self._broker is not None:
            for answer in self._broker.answers(message):
                self.send(answer)

    def _tell(self, event: str, message: quickfix.Message) -> None:
        kind = _type(message)
        self.tell(event, type=kind, raw=message.toString(), groups=tree(message))


def _type(message: quickfix.Message) -> str:
    return str(message.getHeader().getField(35))


def obey(application: Application, broker: Broker | None, order: dict[str, Any]) -> None:
    """Do what a line says."""
    session = quickfix.Session.lookupSession(application.session)
    what = order["do"]
    if what == "send":
        application.send(built(order["message"]))
    elif what == "repeat":
        assert broker is not None
        for report in broker.again():
            application.send(report)
    elif what == "number":
        if "out" in order:
            session.setNextSenderMsgSeqNum(order["out"])
        if "in" in order:
            session.setNextTargetMsgSeqNum(order["in"])
    elif what in ("logon", "logout", "reset"):
        getattr(session, what)()
    numbers = {"out": session.getExpectedSenderNum(), "in": session.getExpectedTargetNum()}
    application.tell("done", what=what, numbers=numbers)


def main(role: str, path: str, given: str) -> None:
    """Run until there are no more commands."""
    options: Options = json.loads(given)
    settings = quickfix.SessionSettings(path)
    broker = Broker(options["version"], options["state"]) if role == "broker" else None
    application = Application(options, broker)
    store = quickfix.FileStoreFactory(settings)
    log = quickfix.FileLogFactory(settings)
    engine = CLASSES[role, options.get("tls", False)](application, store, settings, log)
    engine.start()
    for line in sys.stdin:
        obey(application, broker, json.loads(line))
    os._exit(0)  # its stop(), or Python taking its objects down, makes QuickFIX crash at times


if __name__ == "__main__":
    main(*sys.argv[1:])
