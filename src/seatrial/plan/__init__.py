"""The plan file: read it, refuse it with line and column, or return a frozen Plan."""
