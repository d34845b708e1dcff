"""What an operator's command to a session can be refused with."""


class SessionError(Exception):
    """The session can not do that in its present state; the text says why and what to do first."""
