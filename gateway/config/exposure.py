"""What a sound configuration leaves open to a network, and certificates that peers will not take.

Part of the notes of `fixgate check`. Knows the models, and reads certificates.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final

from gateway.config.alert_checks import in_clear
from gateway.config.clients import AcceptorLink, DropCopy, Listener
from gateway.config.models import Config
from sessions.certificates import CertificateError, KeyPair
from sessions.trial import trial

SOON_DAYS: Final = 30


def exposure(config: Config) -> Iterator[str]:
    """One line for each door that stands open."""
    for listener in config.listeners:
        yield from _of_listener(listener)
    reachable = [listener for listener in config.listeners if not _is_here(listener)]
    for link in config.acceptors:
        yield from _of_acceptor(link, reachable)
    for sink in config.alerts:
        host = in_clear(sink)
        if host and not _is_local(host):
            yield f"alerts of {sink.name} go to {host} for all to read: they are not encrypted"


def _of_listener(listener: Listener) -> Iterator[str]:
    where = f"listener {listener.host}:{listener.port}"
    if listener.proxies and not listener.allow_from:
        yield (
            f"{where} takes whomever its proxies let through: allow_from names the networks that"
            " clients come from"
        )
    elif not _is_here(listener) and not listener.proxies and listener.tls is None:
        yield f"{where} can be reached from other machines, and is not encrypted: set its tls table"


def _of_acceptor(link: AcceptorLink, reachable: list[Listener]) -> Iterator[str]:
    """Those who need nothing but the right CompIDs."""
    open_to_it = [one for one in reachable if not link.listeners or one.name in link.listeners]
    guarded = link.password_hash or link.certificates or link.allow_from
    if guarded or all(listener.allow_from or _asks(listener) for listener in open_to_it):
        return
    kind = "drop copy" if isinstance(link, DropCopy) else "client"
    yield (
        f"{kind} {link.name} may log on from other machines by its CompIDs alone: set a"
        " password_hash, certificates or allow_from"
    )


def _asks(listener: Listener) -> bool:
    """For a certificate without which nobody comes in."""
    tls = listener.tls
    return tls is not None and tls.client_ca is not None and tls.client_certificate == "required"


def _is_here(listener: Listener) -> bool:
    """Whether only programs of this machine reach it."""
    return _is_local(listener.host)


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def lifetimes(config: Config, now: datetime | None = None) -> Iterator[str]:
    """One line for each certificate of ours that peers do not take, or soon will not."""
    for setting, pair, as_server in _certificates(config):
        text = _doubt(pair, as_server, now or datetime.now(UTC))
        if text:
            yield f"{setting}: {pair.certificate} {text}"


def _certificates(config: Config) -> Iterator[tuple[str, KeyPair, bool]]:
    for index, listener in enumerate(config.listeners):
        if listener.tls is not None:
            for below, own in listener.tls.pairs:
                where = ".".join((f"listeners[{index}].tls", *below, "certificate"))
                yield where, own.pair, True
    for section, index, link in config.initiators:
        if link.tls is not None:
            pair = link.tls.pair
            if pair is not None:
                yield f"{section}[{index}].tls.certificate", pair, False


def _doubt(pair: KeyPair, as_server: bool, now: datetime) -> str:
    try:
        until = trial(pair, as_server=as_server)
    except CertificateError:
        return ""  # a problem, told as such
    if isinstance(until, str):
        return f"is taken by nobody: {until}"
    if (until - now).days < SOON_DAYS:
        return f"expires on {until:%Y-%m-%d %H:%M} UTC"
    return ""
