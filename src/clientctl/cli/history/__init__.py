"""Parse the commands about what was changed."""
