"""Parse the commands about the database and its settings."""
