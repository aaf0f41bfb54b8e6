"""Hold what every command has in common: the table of nouns, options, arguments, questions, running."""
