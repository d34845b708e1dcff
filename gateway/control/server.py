"""Serves the control API on a Unix socket inside the gateway's event loop.

Owns the socket file: made with mode 0600 at its first instant, taken over when stale, refused
when another gateway listens on it, removed at the end. Installs no signal handlers.
"""

from __future__ import annotations

import contextlib
import errno
import grp
import os
import socket
import stat
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from gateway.control.embedded import Embedded
from gateway.control.errors import ControlSocketError
from gateway.control.peer import PeerProtocol

__all__ = ["ControlServer", "ControlSocketError", "open_socket"]

CONNECTIONS_MAX: Final = 32
_BACKLOG: Final = 16


class ControlServer:
    """The control API of one gateway: `start` it in the running loop, `stop` it at the end."""

    def __init__(self, app: FastAPI, path: Path, group: str = "") -> None:
        """`group`: of those who may use the socket besides our own user."""
        self._path = path
        self._group = group
        self._socket: socket.socket | None = None
        self._inode = 0
        self._embedded = Embedded(app, CONNECTIONS_MAX, http=PeerProtocol)

    async def start(self) -> None:
        """Open the socket and serve; raises ControlSocketError."""
        self._socket = open_socket(self._path, self._group)
        self._inode = self._path.stat().st_ino
        await self._embedded.start(self._socket)

    async def stop(self) -> None:
        """Finish requests that run (a short grace), close, remove the socket file."""
        await self._embedded.stop()
        with contextlib.suppress(FileNotFoundError):
            if self._inode and self._path.stat().st_ino == self._inode:
                self._path.unlink()


def open_socket(path: Path, group: str = "") -> socket.socket:
    """A listening Unix socket at `path`, mode 0600, of a group 0660; raises ControlSocketError."""
    gid = _group_id(group) if group else None
    _make_way(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)  # so that no other user can connect between bind and chmod
    try:
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        raise ControlSocketError(_cannot_bind(path, error)) from error
    finally:
        os.umask(mask)
    if gid is not None:
        _open_to(path, gid, listener, group)
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener


def _make_way(path: Path) -> None:
    """Remove what a dead gateway left at `path`; refuse what is alive or no socket."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise ControlSocketError(_cannot_bind(path, error)) from error
    if not stat.S_ISSOCK(mode):
        raise ControlSocketError(
            f"{path}: is not a socket; move it away, or set [control] socket to another path"
        )
    if _answers(path):
        raise ControlSocketError(
            f"{path}: another gateway listens here; stop it, or give this one its own data_dir"
        )
    path.unlink(missing_ok=True)


def _group_id(group: str) -> int:
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        text = f"control.socket_group: there is no group {group}"
        raise ControlSocketError(f"{text}; `getent group` lists them") from None


def _open_to(path: Path, gid: int, listener: socket.socket, group: str) -> None:
    """The group first, then its rights, so that no other group has them meanwhile."""
    try:
        os.chown(path, -1, gid)
        path.chmod(0o660)
    except OSError as error:
        listener.close()
        path.unlink(missing_ok=True)
        raise ControlSocketError(
            f"{path}: can't be given to group {group}: {error.strerror}; the gateway's user must"
            " belong to it"
        ) from error


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            return True  # in doubt it is alive: a busy one must not lose its socket
        return True


def _cannot_bind(path: Path, error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return f"{path}: the folder {path.parent} does not exist; create it or set [control] socket"
    reason = error.strerror or str(error)  # a path that is too long has no errno
    return f"{path}: can't open the control socket: {reason}; set [control] socket to another path"
