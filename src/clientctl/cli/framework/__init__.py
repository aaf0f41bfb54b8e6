"""Shared parts of all commands: the table of nouns, options, arguments, questions and the runner."""
