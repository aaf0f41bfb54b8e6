"""Output of lists, records and progress, on terminals and in pipes. No other room writes to stdout."""
