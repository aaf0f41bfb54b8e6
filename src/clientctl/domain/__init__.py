"""The rules, in rooms: each imports only from those above it in the list of the walls."""
