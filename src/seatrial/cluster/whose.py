"""Which cluster this is, as far as the kubeconfig says it."""

from msgspec import Struct


class Whose(Struct, frozen=True):
    """A context, its server, and a digest of the CA that vouches for it."""

    context: str
    server: str
    ca_digest: str
