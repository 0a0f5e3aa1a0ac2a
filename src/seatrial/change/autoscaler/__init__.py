"""The autoscaler foretold before it exists: the controller's own arithmetic, run ahead of it."""
