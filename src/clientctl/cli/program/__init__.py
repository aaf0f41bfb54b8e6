"""The commands about the database and its settings."""
