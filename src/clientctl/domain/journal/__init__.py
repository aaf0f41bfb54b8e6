"""The changes of each command, in words."""
