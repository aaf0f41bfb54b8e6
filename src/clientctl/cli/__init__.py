"""Parse what is typed: one file per noun, named like its domain file."""
