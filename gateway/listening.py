"""Why an address cannot be listened on, and what to do about it."""

import errno
import os
import socket
from collections.abc import Mapping
from typing import Final

OF_THIS_MACHINE: Final = (
    'set host in {} to an address of this machine, such as "127.0.0.1", or to "0.0.0.0"'
    " for all of them"
)
REMEDIES: Final[Mapping[int, str]] = {
    errno.EADDRINUSE: "free the port or set another in {}",
    errno.EACCES: "set a port from 1024 on in {}, or give the process the right to this",
    errno.EADDRNOTAVAIL: OF_THIS_MACHINE,
    errno.EAFNOSUPPORT: OF_THIS_MACHINE,
}
OTHER: Final = "set another host or port in {}"


class ListenError(Exception):
    """An address cannot be listened on; the text is one clear line."""


def cannot_listen(
    host: str, port: int, error: OSError | UnicodeError, section: str = "[[listeners]]"
) -> str:
    """One line that names the address, what the system said, and the remedy in `section` of the
    configuration.
    """
    if isinstance(error, socket.gaierror):  # its numbers are of another kind
        reason, remedy = error.strerror or "no such host", OF_THIS_MACHINE
    elif isinstance(error, UnicodeError):
        reason, remedy = "no host name", OF_THIS_MACHINE
    else:
        # The event loop's own text repeats the address.
        reason = os.strerror(error.errno) if error.errno else str(error)
        remedy = REMEDIES.get(error.errno or 0, OTHER)
    return f"{host}:{port}: cannot listen: {reason}: {remedy.format(section)}"
