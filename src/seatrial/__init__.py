"""A sea trial for Kubernetes deployments."""

__version__ = "0.1.0"
