"""The commands about what clients book."""
