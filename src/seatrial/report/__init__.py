"""A journal, told to a person: same entries, same page."""
