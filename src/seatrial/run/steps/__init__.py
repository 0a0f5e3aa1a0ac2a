"""One file per phase: what it looks at, and the transition that it returns."""
