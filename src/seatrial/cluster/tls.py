"""The TLS side of a connection: the server is always checked, by the kubeconfig's CA or by the machine's own."""

import hashlib
import ssl
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from seatrial.cluster.kubeconfig import Credentials
from seatrial.cluster.troubles import InsecureRefused, NoSuchContext


def tls_context(credentials: Credentials) -> ssl.SSLContext:
    """A context that checks certificate and name."""
    refuse_plain_http(credentials)
    try:
        context = ssl.create_default_context(cadata=credentials.ca_pem or None)
        if credentials.certificate_pem:
            _load_certificate(context, credentials)
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None) or "not PEM"
        raise NoSuchContext(
            f"Context '{credentials.context}': a certificate or key can't be read ({reason})."
        ) from None
    return context


def _load_certificate(context: ssl.SSLContext, credentials: Credentials) -> None:
    # OpenSSL reads certificate and key from files only; the directory is 0700 and gone at once.
    with tempfile.TemporaryDirectory(prefix="seatrial-") as directory:
        certificate, key = Path(directory) / "certificate.pem", Path(directory) / "key.pem"
        certificate.write_text(credentials.certificate_pem, encoding="ascii")
        key.touch(mode=0o600)
        key.write_text(credentials.key_pem, encoding="ascii")
        context.load_cert_chain(certificate, key if credentials.key_pem else None)


def refuse_plain_http(credentials: Credentials) -> None:
    """Without TLS only to this very machine: a token must not travel in clear."""
    parts = urlsplit(credentials.server)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")):
        return
    raise InsecureRefused(f"Context '{credentials.context}' has the server {credentials.server}: use https.")


def ca_digest(credentials: Credentials) -> str:
    """What tells one cluster's CA from another's, whatever the line ends of its PEM."""
    if not credentials.ca_pem:
        return "machine"
    lines = [one.strip() for one in credentials.ca_pem.splitlines()]
    return f"sha256:{hashlib.sha256(chr(10).join(one for one in lines if one).encode()).hexdigest()}"
