"""TLS towards users."""

import ssl
from pathlib import Path


def users_tls(certificate: Path, key: Path) -> ssl.SSLContext:
    """What users are shown; they are offered HTTP/1.1, which every primary speaks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["http/1.1"])
    return context
