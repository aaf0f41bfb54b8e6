"""What all commands share: the table of nouns, options, arguments, questions and the runner."""
