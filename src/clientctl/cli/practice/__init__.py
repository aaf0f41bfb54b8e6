"""Parse the commands about staff and sites."""
