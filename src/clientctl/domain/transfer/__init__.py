"""The export and import of a whole practice."""
