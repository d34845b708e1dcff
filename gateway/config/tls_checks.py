"""Checks of TLS: that files can be used, and that nobody else may read a key.

Part of `checks.CHECKS`; each check takes a draft and yields problems.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.config.problems import Problem
from gateway.config.secrets import SecretError, keep_private
from gateway.config.session_checks import acceptors
from gateway.config.tls import BrokerTls, ListenerTls
from sessions.certificates import CertificateError, KeyPair, server_context

if TYPE_CHECKING:
    from gateway.config.checks import Draft
    from gateway.config.clients import Listener
    from gateway.config.lines import KeyPath


def tls_usable(draft: Draft) -> Iterator[Problem]:
    """Certificates and keys are there, and fit."""
    for index, listener in draft.listeners.items():
        if listener.tls is not None:
            yield from _of_listener(("listeners", index, "tls"), listener.tls)
    for section, found in (("brokers", draft.brokers), ("market_data", draft.market_data)):
        for index, link in found.items():
            tls = getattr(link, "tls", None)
            if tls is not None:
                yield from _of_broker((section, index, "tls"), tls)


def certificates_asked_for(draft: Draft) -> Iterator[Problem]:
    """A session that must show a certificate can come in somewhere."""
    for section, index, link in acceptors(draft):
        names = [listener.name for listener in draft.listeners.values() if _asks(listener)]
        is_asked = any(not link.listeners or name in link.listeners for name in names)
        if link.certificates and draft.listeners and not is_asked:
            text = "no listener that it may log on at asks for one: set client_ca in its tls table"
            yield Problem((section, index, "certificates"), text)


def _asks(listener: Listener) -> bool:
    return listener.tls is not None and listener.tls.client_ca is not None


def _of_listener(path: KeyPath, tls: ListenerTls) -> Iterator[Problem]:
    """Each certificate by itself, so that a problem is told of the one that has it."""
    for below, pair in tls.pairs:
        yield from _private((*path, *below), pair.pair)
        try:
            server_context(pair.pair, {}, client_ca=None, client_needed=False, rules=tls.rules)
        except CertificateError as error:
            place = () if error.setting == "ciphers" else below
            yield Problem((*path, *place, error.setting), str(error))
            return
    if tls.crl is not None and tls.client_ca is None:
        yield Problem((*path, "crl"), "is for certificates of clients: set client_ca too")
    try:
        tls.context()
    except CertificateError as error:
        yield Problem((*path, error.setting), str(error))


def _of_broker(path: KeyPath, tls: BrokerTls) -> Iterator[Problem]:
    if tls.certificate is None and tls.key is not None:
        yield Problem((*path, "key"), "is the key of a certificate: set that too")
    if tls.server_name.startswith("."):
        yield Problem((*path, "server_name"), f'"{tls.server_name}" must be a name')
    if tls.pair is not None:
        yield from _private(path, tls.pair)
    try:
        tls.context()
    except CertificateError as error:
        yield Problem((*path, error.setting), str(error))


def _private(path: KeyPath, pair: KeyPair) -> Iterator[Problem]:
    setting, file = ("certificate", pair.certificate) if pair.key is None else ("key", pair.key)
    try:
        _keep_private_if_there(file)
    except SecretError as error:
        yield Problem((*path, setting), str(error))


def _keep_private_if_there(file: Path) -> None:
    if file.exists():
        keep_private(file)
