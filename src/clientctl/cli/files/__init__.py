"""Parse the commands that import and export."""
