"""The commands about staff and sites."""
