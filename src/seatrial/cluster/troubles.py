"""Why no connection came about, each with the way out. Once connected, expected trouble is a value and not an exception.

ConnectError
├── NoSuchContext       the kubeconfig is not there, can't be read, or has no such context
├── InsecureRefused     the kubeconfig switches the check of the server's certificate off
├── KubectlNeeded       the credentials are of a kind that only kubectl handles, and there is no kubectl
├── Unreachable         the API server does not answer, or its certificate is not what the kubeconfig expects
└── Unauthorized        the API server does not accept the credentials
"""


class ConnectError(Exception):
    """No connection to the cluster; its text is for a person."""


class NoSuchContext(ConnectError):  # noqa: N818 - the name says what happened
    """The kubeconfig is not there, can't be read, or has no such context."""


class InsecureRefused(ConnectError):  # noqa: N818 - the name says what happened
    """The kubeconfig switches the check of the server's certificate off."""


class KubectlNeeded(ConnectError):  # noqa: N818 - the name says what happened
    """The credentials are of a kind that only kubectl handles."""


class Unreachable(ConnectError):  # noqa: N818 - the name says what happened
    """The API server does not answer."""


class Unauthorized(ConnectError):  # noqa: N818 - the name says what happened
    """The API server does not accept the credentials."""
