"""What can go wrong in a session that is no peer's fault: an operator's command, a handler."""


class SessionError(Exception):
    """The session can not do that in its present state; the text says why and what to do first."""


class HandlerError(RuntimeError):
    """A handler raised an error of the operating system that has nothing to do with its connection.

    Event loops take each OSError of a callback for the network's and only close the connection.
    """
