"""The run's memory: append one line, fsync, never edit."""
