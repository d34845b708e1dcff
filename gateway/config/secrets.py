"""Where secrets are kept: never in the configuration, which names a place for each.

Owns the notation, one for all of them: "env:NAME", "file:PATH", "keyring:SERVICE/USER". Knows the
settings that hold secrets by name, wherever they stand.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from gateway.config.lines import KeyPath
from gateway.config.problems import SECRET_KEYS, Problem

NEVER_HERE: Final = frozenset({"password", "key_password", "secret", "logon_key"})
"""Of SECRET_KEYS those whose value itself must not stand in the file."""
_URLS: Final = (("audit", "database_url"), ("reference", "sql", "database_url"))
_SOME_HASH: Final = f"$argon2id$v=19$m=8,t=1,p=1${'A' * 22}${'A' * 43}"
_SOUND: Final = {
    "password_hash": _SOME_HASH,
    "secret": "x" * 16,
    "url": "https://localhost/",
}
_OF_A_CLIENT: Final = (
    "no client's password is kept: set password_hash to the line that `fixgate hash-password`"
    " prints"
)
_OF_OURS: Final = (
    'a secret must not stand here: keep it elsewhere, and set "env:NAME", "file:PATH" or'
    ' "keyring:SERVICE/USER"'
)
_IN_URL: Final = (
    "a URL with a password must not stand here: keep the whole URL elsewhere, and set"
    ' "env:NAME", "file:PATH" or "keyring:SERVICE/USER"; or leave the password to a .pgpass file'
)
_OPEN: Final = stat.S_IWGRP | stat.S_IRWXO  # what others may do with a file that is no secret


class SecretError(Exception):
    """A secret cannot be had; the text says why, and what to do. It never shows the secret."""


def resolve_secrets(data: dict[str, Any], folder: Path) -> Iterator[Problem]:
    """Replace what names a place by the secret kept there; yields what is wrong with them."""
    for path, table, key in list(_secrets(data, ())):
        source, _, where = table[key].partition(":")
        read = _SOURCES.get(source)
        if path[0] in ("clients", "drop_copies") and key == "password" and table[key]:
            yield Problem(path, _OF_A_CLIENT)
            _forget(table, key)
        elif read is not None:
            try:
                table[key] = read(where, folder)
            except SecretError as error:
                yield Problem(path, str(error))
                _forget(table, key)
        elif key in NEVER_HERE and table[key]:
            yield Problem(path, _OF_OURS)
            _forget(table, key)


def password_in_url(data: dict[str, Any]) -> Iterator[Problem]:
    """A database's password that stands in the file; to be asked before the environment's URL goes
    over it, which may have one.
    """
    for path in _URLS:
        url: Any = data
        for part in path:
            url = url.get(part) if isinstance(url, dict) else None
        if isinstance(url, str) and "://" in url:
            from store.database import has_password  # noqa: PLC0415 - SQLAlchemy is slow to load

            if has_password(url):
                yield Problem(path, _IN_URL)


def _forget(table: dict[str, Any], key: str) -> None:
    """Leave something sound in place of what a problem was told of: one mistake, one problem."""
    sound = _SOUND.get(key)
    if sound is not None:
        table[key] = sound
    else:
        del table[key]


def _secrets(node: Any, path: KeyPath) -> Iterator[tuple[KeyPath, dict[str, Any], str]]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _secrets(item, (*path, index))
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in SECRET_KEYS and isinstance(value, str):
                yield (*path, key), node, key
            yield from _secrets(value, (*path, key))


def _from_environment(name: str, _folder: Path) -> str:
    if name not in os.environ:
        raise SecretError(f"the environment variable {name} is not set")
    return os.environ[name]


def _from_file(name: str, folder: Path) -> str:
    """The text of a file without blanks around it, if it is one that not everybody reads."""
    file = folder / name
    try:
        keep_private(file)
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is not UTF-8 text"
        raise SecretError(f"{file}: {reason}") from None


def keep_private(file: Path) -> None:
    """Raises SecretError if others may read or write a file, and OSError if it is not there."""
    mode = file.stat().st_mode
    if mode & _OPEN:
        raise SecretError(
            f"{file}: mode {stat.S_IMODE(mode):04o} leaves it open to others: run"
            f" `chmod 600 {file}`, or 640 for a group"
        )


def _from_keyring(name: str, _folder: Path) -> str:
    service, slash, user = name.partition("/")
    if not (service and slash and user):
        raise SecretError('must be "keyring:SERVICE/USER"')
    try:
        import keyring  # noqa: PLC0415 - an optional extra, and slow to load
        from keyring.errors import KeyringError  # noqa: PLC0415 - as above
    except ImportError:
        raise SecretError("needs the keyring library: pip install 'fixgate[keyring]'") from None
    try:
        secret = keyring.get_password(service, user)
    except (KeyringError, OSError, RuntimeError) as error:
        raise SecretError(f"the keyring cannot be read: {error}") from None
    if secret is None:
        raise SecretError(
            f"the keyring of this user has nothing for it: run `keyring set {service} {user}`"
        )
    return secret


_SOURCES: Final[Mapping[str, Callable[[str, Path], str]]] = {
    "env": _from_environment,
    "file": _from_file,
    "keyring": _from_keyring,
}
