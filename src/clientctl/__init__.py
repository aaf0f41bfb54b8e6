"""A solo practitioner's clients at the terminal, in one local SQLite file."""

__version__ = "0.1.0"
