"""Keep clients and all that is noted about them; find them, and find who is who."""
