"""Whether peers would take a certificate of ours today: a handshake in memory, with somebody who
trusts it, for that is what reads its dates and purposes. Knows no network.
"""

import ssl
from datetime import UTC, datetime
from typing import Final

from sessions.certificates import (
    CertificateError,
    KeyPair,
    Rules,
    client_context,
    server_context,
)

_RULES: Final = Rules()
_STEPS: Final = 8  # a handshake of either version takes fewer flights


def trial(pair: KeyPair, *, as_server: bool) -> datetime | str:
    """Until when the certificate holds, or why nobody takes it. Raises CertificateError for files
    that cannot be used at all.
    """
    if as_server:
        server = server_context(pair, {}, client_ca=None, client_needed=False, rules=_RULES)
        client = client_context(None, ca=pair.certificate, check_hostname=False, rules=_RULES)
    else:
        server = server_context(
            pair, {}, client_ca=pair.certificate, client_needed=True, rules=_RULES
        )
        client = client_context(pair, ca=pair.certificate, check_hostname=False, rules=_RULES)
        client.verify_mode = ssl.CERT_NONE
    try:
        shown = _shown(server, client, to_client=as_server)
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    except ssl.SSLError as error:
        raise CertificateError("certificate", f"{pair.certificate}: {error.reason}") from None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(shown), UTC)


def _shown(server: ssl.SSLContext, client: ssl.SSLContext, *, to_client: bool) -> str:
    """The last moment of the certificate that one side has shown the other."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(down, up, server_side=False, server_hostname="localhost"),
        server.wrap_bio(up, down, server_side=True),
    )
    for _ in range(_STEPS):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    details = ends[0 if to_client else 1].getpeercert()
    assert details, "a certificate was asked for, and none shown"
    return str(details["notAfter"])
