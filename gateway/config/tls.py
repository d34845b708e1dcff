"""Settings of TLS: where certificates and keys are, and what a peer must show."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import Field
from pydantic.config import JsonDict

from gateway.config.kinds import Switch
from gateway.config.section import STRICT, Section
from sessions.certificates import KeyPair, Rules, client_context, server_context

_AUTHORITIES: Final[JsonDict] = {
    "quickfix": "CertificationAuthoritiesFile, SocketCAFile, SSLCACertificate, SocketTrustStore"
}


class TlsRules(Section):
    """What may be spoken."""

    model_config = STRICT

    min_version: Literal["1.2", "1.3"] = Field(
        default="1.2",
        json_schema_extra={"quickfix": "SSLProtocol, SocketMinimumTLSVersion, SSLProtocols"},
    )
    """Least version of TLS."""
    ciphers: str = Field(default="", json_schema_extra={"quickfix": "SSLCipherSuite, CipherSuites"})
    """Ciphers for TLS 1.2, in OpenSSL's notation; "": those that the library finds good."""

    @property
    def rules(self) -> Rules:
        """As contexts are made with."""
        return Rules(self.min_version, self.ciphers)


class TlsKeyPair(Section):
    """A certificate and its key."""

    model_config = STRICT

    certificate: Path = Field(
        json_schema_extra={"quickfix": "ServerCertificateFile, SocketCertificateFile"}
    )
    """PEM file with the certificate, and behind it those that lead to its authority."""
    key: Path | None = Field(
        default=None,
        json_schema_extra={"quickfix": "ServerCertificateKeyFile, SocketPrivateKeyFile"},
    )
    """PEM file with its key; not set: it is in the file of the certificate."""
    key_password: str = Field(default="", repr=False)
    """Where the password of the key is, "env:NAME", "file:PATH" or "keyring:SERVICE/USER"; "": the
    key has none."""

    @property
    def pair(self) -> KeyPair:
        """The files."""
        return KeyPair(self.certificate, self.key, self.key_password)


class ListenerTls(TlsKeyPair, TlsRules):
    """TLS of a listener: with this table all its connections speak it. Files are read again when
    they change, for new connections."""

    model_config = STRICT

    by_server_name: Mapping[str, TlsKeyPair] = Field(default_factory=dict)
    """Other certificates for those who ask for a name (SNI):
    { "fix.example.com" = { certificate = "other.pem", key = "other.key" } }."""
    client_ca: Path | None = Field(default=None, json_schema_extra=_AUTHORITIES)
    """PEM file with the authorities of clients' certificates, or these certificates themselves; not
    set: clients are asked for none."""
    client_certificate: Literal["required", "optional"] = Field(
        default="required", json_schema_extra={"quickfix": "CertificateVerifyLevel, NeedClientAuth"}
    )
    """With a client_ca: whether there is no connection without a certificate."""
    crl: Path | None = Field(
        default=None, json_schema_extra={"quickfix": "CertificateRevocationListFile"}
    )
    """PEM file with the lists of certificates that the authorities in client_ca have revoked, one
    of each: when a list is missing or out of date nobody comes in. Not set: none is looked at."""

    @property
    def pairs(self) -> Iterable[tuple[tuple[str, ...], TlsKeyPair]]:
        """All certificates, each with where it stands below this table."""
        others = self.by_server_name.items()
        return [((), self), *((("by_server_name", name), pair) for name, pair in others)]

    @property
    def keys(self) -> list[Path]:
        """The files that hold keys."""
        return [pair.key or pair.certificate for _, pair in self.pairs]

    @property
    def files(self) -> list[Path]:
        """All that is read."""
        certificates = [pair.certificate for _, pair in self.pairs]
        return [*certificates, *self.keys, *_named(self.client_ca), *_named(self.crl)]

    def context(self) -> ssl.SSLContext:
        """What connections speak; raises CertificateError."""
        return server_context(
            self.pair,
            {name: other.pair for name, other in self.by_server_name.items()},
            client_ca=self.client_ca,
            client_needed=self.client_certificate == "required",
            rules=self.rules,
            crl=self.crl,
        )


class BrokerTls(TlsRules):
    """TLS to a broker: with this table all connections to it speak it. Files are read again when
    they change, for new connections."""

    model_config = STRICT

    ca: Path | None = Field(default=None, json_schema_extra=_AUTHORITIES)
    """PEM file with the authorities of the broker's certificate, or this certificate itself; not
    set: those that the system trusts."""
    check_hostname: Switch = True
    """Whether the certificate must be for the server's name."""
    server_name: str = Field(
        default="", json_schema_extra={"quickfix": "SocketServerName, SNIHostName, SSLServerName"}
    )
    """The name that is asked for (SNI) and that the certificate must be for; "": the one in
    hosts."""
    certificate: Path | None = Field(
        default=None, json_schema_extra={"quickfix": "ClientCertificateFile"}
    )
    """PEM file with our own certificate, and behind it those that lead to its authority; not set:
    we show none."""
    key: Path | None = Field(
        default=None, json_schema_extra={"quickfix": "ClientCertificateKeyFile"}
    )
    """PEM file with its key; not set: it is in the file of the certificate."""
    key_password: str = Field(default="", repr=False)
    """Where the password of the key is, "env:NAME", "file:PATH" or "keyring:SERVICE/USER"; "": the
    key has none."""

    @property
    def pair(self) -> KeyPair | None:
        """The files, None where we show no certificate."""
        if self.certificate is None:
            return None
        return KeyPair(self.certificate, self.key, self.key_password)

    @property
    def keys(self) -> list[Path]:
        """The file that holds our key."""
        return _named(self.key or self.certificate)

    @property
    def files(self) -> list[Path]:
        """All that is read."""
        return [*_named(self.certificate), *self.keys, *_named(self.ca)]

    def context(self) -> ssl.SSLContext:
        """What connections speak; raises CertificateError."""
        return client_context(
            self.pair, ca=self.ca, check_hostname=self.check_hostname, rules=self.rules
        )


def _named(file: Path | None) -> list[Path]:
    return [] if file is None else [file]
