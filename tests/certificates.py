"""Certificates made for a test, as files."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)


class Authority:
    """Signs certificates, and writes itself and them into a folder."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self.folder = folder
        self.name = name
        self._ca = trustme.CA()
        self.file = folder / f"{name}.pem"
        self._ca.cert_pem.write_to_path(self.file)

    def issue(
        self, name: str, *hosts: str, expires: datetime | None = None, password: str = ""
    ) -> tuple[Path, Path]:
        """Files NAME.pem and NAME.key of a certificate for hosts ("localhost" if none is given)
        with NAME as common name.
        """
        issued = self._ca.issue_cert(
            *(hosts or ("localhost", "127.0.0.1")), common_name=name, not_after=expires
        )
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
        key.touch(0o600)
        text = issued.private_key_pem.bytes()
        if password:
            text = load_pem_private_key(text, None).private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode())
            )
        key.write_bytes(text)
        return certificate, key

    def revoke(self, *certificates: Path, until: timedelta = timedelta(days=1)) -> Path:
        """The file NAME.crl with the list of those that are not good any more."""
        now = datetime.now(UTC)
        issuer = x509.load_pem_x509_certificate(self.file.read_bytes())
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.subject)
            .last_update(now - timedelta(days=2))
            .next_update(now + until)
        )
        for file in certificates:
            serial = x509.load_pem_x509_certificate(file.read_bytes()).serial_number
            one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now)
            builder = builder.add_revoked_certificate(one.build())
        key = load_pem_private_key(self._ca.private_key_pem.bytes(), None)
        assert isinstance(key, EllipticCurvePrivateKey)
        crl = self.folder / f"{self.name}.crl"
        crl.write_bytes(builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
        return crl

    def server(self, name: str, *hosts: str) -> ssl.SSLContext:
        """A server that shows such a certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(name, *hosts))
        return context

    def client(self, name: str = "") -> ssl.SSLContext:
        """A client that trusts this authority, and shows a certificate if it has a name."""
        context = ssl.create_default_context(cafile=str(self.file))
        if name:
            context.load_cert_chain(*self.issue(name))
        return context
