"""The imperative shell: ask, act, write down, repeat."""
