"""The change set: stamped, ordered, compared by keys, with its consequences in words."""
