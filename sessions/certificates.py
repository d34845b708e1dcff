"""Certificates and keys from files, as contexts of the standard library's `ssl`.

Says what is wrong with a file by the name of the setting that names it. Keys and passwords are in
no error.
"""

import hashlib
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final, cast

_Pairs = tuple[tuple[str, str], ...]
_Subject = tuple[_Pairs, ...]

_NAMES: Final = {"DNS": "dns", "URI": "uri", "email": "email"}
"""What `ssl` calls kinds of names, and what settings do."""
_NAME: Final = re.compile(r"(?:cn|uri|email|ip):.+|dns:[^:]+|sha256:[0-9a-f]{64}")
COMP_ID: Final = "{comp_id}"
"""In the name of a certificate: the CompID of the client."""
_WHAT: Final = {
    "CERTIFICATE": "certificate",
    "PRIVATE KEY": "private key",
    "X509 CRL": "revocation list",
}
MIN_VERSIONS: Final = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class CertificateError(Exception):
    """A file cannot be used. `setting` names it, the text says why."""

    def __init__(self, setting: str, text: str) -> None:
        super().__init__(text)
        self.setting = setting


def parse_name(text: str) -> str:
    """The name of a certificate as `names_of` tells it: "cn:ACME", "dns:fix.acme.example", the
    hash of the certificate, "sha256:..." with or without colons. ValueError for none.
    """
    kind, _, rest = text.partition(":")
    name = text
    if kind == "sha256":
        name = f"sha256:{rest.replace(':', '').lower()}"
    elif kind == "dns":
        name = text if COMP_ID in text else text.lower()
    elif kind == "ip":
        name = _ip(rest)
    if _NAME.fullmatch(name) is None:
        raise ValueError(
            f'"{text}" must be "cn:NAME", "dns:NAME", "uri:NAME", "email:NAME", "ip:ADDRESS" or'
            ' "sha256:HASH" of the certificate'
        )
    return name


def names_of(connection: ssl.SSLObject | None) -> frozenset[str]:
    """All names of the certificate that the peer has shown; none without one, or without TLS. It
    was signed by an authority that is trusted.
    """
    der = None if connection is None else connection.getpeercert(binary_form=True)
    shown = None if connection is None else connection.getpeercert()
    if not der or not shown:
        return frozenset()
    names = {f"sha256:{hashlib.sha256(der).hexdigest()}"}
    for part in cast(_Subject, shown.get("subject", ())):
        names |= {f"cn:{value}" for kind, value in part if kind == "commonName"}
    for kind, value in cast(_Pairs, shown.get("subjectAltName", ())):
        if kind == "IP Address":
            names.add(_ip(value))
        elif kind in _NAMES:
            name = f"{_NAMES[kind]}:{value}"
            names.add(name.lower() if kind == "DNS" else name)
    return frozenset(names)


def _ip(text: str) -> str:
    """One way to write an address; one that is none is left as it is, and is nobody's."""
    try:
        return f"ip:{ip_address(text.strip())}"
    except ValueError:
        return f"ip {text}"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Files of a certificate, with those that lead to its authority, and of its key. `key` None:
    the key is in the same file. `password`: of the key, "" for none.
    """

    certificate: Path
    key: Path | None = None
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be spoken: the least version, a key of MIN_VERSIONS, and the ciphers of TLS 1.2 in
    OpenSSL's notation, "" for its choice.
    """

    min_version: str = "1.2"
    ciphers: str = ""


def server_context(
    pair: KeyPair,
    by_server_name: Mapping[str, KeyPair],
    *,
    client_ca: Path | None,
    client_needed: bool,
    rules: Rules,
    crl: Path | None = None,
) -> ssl.SSLContext:
    """For those who come to us. `by_server_name`: further certificates, for those who ask for the
    name. `client_ca`: who signs certificates of clients, None asks for no certificate; `crl`: which
    of them it has revoked. Raises CertificateError.
    """

    def made(own: KeyPair) -> ssl.SSLContext:
        context = _ruled(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), rules)
        context.num_tickets = 0  # of TLS 1.3: who comes back to a session of FIX begins anew
        _load_pair(context, own)
        if client_ca is not None:
            context.verify_mode = ssl.CERT_REQUIRED if client_needed else ssl.CERT_OPTIONAL
            _load_ca(context, client_ca, "client_ca")
            if crl is not None:
                _load_crl(context, crl)
        return context

    context = made(pair)
    others = {name.lower(): made(other) for name, other in by_server_name.items()}
    if others:

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            chosen = others.get((name or "").lower())
            if chosen is not None:
                connection.context = chosen

        context.sni_callback = choose
    return context


def client_context(
    pair: KeyPair | None, *, ca: Path | None, check_hostname: bool, rules: Rules
) -> ssl.SSLContext:
    """For those we go to. `pair`: our own certificate, if one is asked for; `ca`: who signs theirs,
    None for those that the system trusts. Raises CertificateError.
    """
    context = _ruled(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), rules)
    context.check_hostname = check_hostname
    if ca is None:
        context.load_default_certs()
    else:
        _load_ca(context, ca, "ca")
    if pair is not None:
        _load_pair(context, pair)
    return context


def _ruled(context: ssl.SSLContext, rules: Rules) -> ssl.SSLContext:
    context.minimum_version = MIN_VERSIONS[rules.min_version]
    context.options |= ssl.OP_NO_RENEGOTIATION
    # A file may name the very certificate that is trusted, or one that stands between.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if rules.ciphers:
        try:
            context.set_ciphers(rules.ciphers)
        except ssl.SSLError:
            raise CertificateError("ciphers", f'"{rules.ciphers}" allows no cipher') from None
    return context


def _load_ca(context: ssl.SSLContext, file: Path, setting: str) -> None:
    _read(file, setting, "CERTIFICATE")
    try:
        context.load_verify_locations(file)
    except ssl.SSLError as error:
        raise CertificateError(setting, f"{file}: no certificate: {error.reason}") from None


def _load_crl(context: ssl.SSLContext, file: Path) -> None:
    _read(file, "crl", "X509 CRL")
    try:
        context.load_verify_locations(file)
    except ssl.SSLError as error:
        raise CertificateError("crl", f"{file}: no revocation list: {error.reason}") from None
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF


def _load_pair(context: ssl.SSLContext, pair: KeyPair) -> None:
    """OpenSSL would ask at the terminal for the password of a key that has one."""
    key = pair.key or pair.certificate
    _read(pair.certificate, "certificate", "CERTIFICATE")
    is_locked = "ENCRYPTED" in _read(key, "key", "PRIVATE KEY")
    try:
        context.load_cert_chain(pair.certificate, key, lambda: pair.password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            text = f"{key}: is not the key of the certificate in {pair.certificate}"
            raise CertificateError("key", text) from None
        if is_locked:
            how = "does not open" if pair.password else "is needed for"
            raise CertificateError("key_password", f"{how} {key}") from None
        where = pair.certificate if pair.key is None else f"{pair.certificate} and {key}"
        text = f"{where}: no certificate with its key: {error.reason or 'PEM is damaged'}"
        raise CertificateError("certificate", text) from None


def _read(file: Path, setting: str, what: str) -> str:
    try:
        text = file.read_text(encoding="latin-1")
    except OSError as error:
        raise CertificateError(setting, f"{file}: {error.strerror}") from None
    if f"{what}-----" not in text:
        raise CertificateError(setting, f"{file}: has no {_WHAT[what]} in PEM format")
    return text
