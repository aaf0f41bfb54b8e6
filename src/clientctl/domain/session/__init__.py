"""Open the database for a command, and look after its file."""
