"""Hold the rules, in rooms of their own; each imports only from those above it in the list of the walls."""
