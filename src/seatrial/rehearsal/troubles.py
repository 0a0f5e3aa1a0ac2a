"""What can go wrong while a local cluster is built, started or asked, each with the way out.

RehearsalError
├── MachineLacks    the machine has not what is needed: install it, or use simulated nodes
├── BuildFailed     Go or apt did not deliver: the log says why, and trying again starts clean
├── ClusterFailed   a part did not come up, or ended: its log says why
└── NotUp           there is no such cluster, or it has ended: bring it up
"""


class RehearsalError(Exception):
    """Anything that stops the local cluster; its text is for a person."""


class MachineLacks(RehearsalError):  # noqa: N818 - the name says what happened
    """The machine has not what is needed."""


class BuildFailed(RehearsalError):  # noqa: N818 - the name says what happened
    """A program could not be built or fetched."""


class ClusterFailed(RehearsalError):  # noqa: N818 - the name says what happened
    """A part of the cluster did not come up, or ended."""


class NotUp(RehearsalError):  # noqa: N818 - the name says what happened
    """The cluster that was asked for is not there."""
