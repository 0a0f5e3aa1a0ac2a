"""The rules: one file per family, one pure function per rule."""
