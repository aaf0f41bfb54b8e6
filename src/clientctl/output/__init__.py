"""Show things: lists, records and progress, on terminals and in pipes. Only this room writes to stdout."""
